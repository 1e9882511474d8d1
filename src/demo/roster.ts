import { createHmac } from 'node:crypto'
import { panelForm } from '../domains/conflicts/rules.ts'
import { getPanelKey, putPanel } from '../domains/conflicts/service.ts'
import { importMentors } from '../domains/mentors/import.ts'
import { setMentorStatus } from '../domains/mentors/service.ts'
import { createProgram, reportCapacity } from '../domains/programs/service.ts'
import { recordCredential, recordScreening } from '../domains/qualifications/commands.ts'
import { setRequirement } from '../domains/qualifications/service.ts'
import { recordSession } from '../domains/supervision/service.ts'
import { type Cast, dateOf, type Member } from './cast.ts'
import { sampleMentor, samplePatient } from './people.ts'
import { storyOfPanel } from './stories.ts'

const mentorsAltogether = 40
const mentorsOfOperator = 24
/** A mentor who is also a clinician at Sample Clinic South. Their NPI is the one that HL7 uses in examples. */
const clinician = 3
const clinicianReference = 'http://hl7.org/fhir/sid/us-npi|1234567893'

/** Each says how much room it has; what one said a month ago has run out, and counts as unknown. */
export async function addPrograms({ at }: Cast) {
  const wanted = [
    [
      'operator',
      {
        name: 'Sample Peer Line',
        modes: ['phone', 'video', 'text'],
        languages: ['en', 'es'],
        cadence: 'stepped_default',
        eligibility: { minimumAge: 18 },
      },
      { daysAgo: 1, status: 'capacity', openSlots: 12 },
    ],
    [
      'operator',
      {
        name: 'Sample First 90 Days',
        modes: ['phone', 'in_person'],
        languages: ['en'],
        cadence: 'post_overdose_90',
        eligibility: { minimumAge: 18, reasons: ['post_overdose', 'post_detox'] },
        clockSpans: { attempt_first_contact: { routine: { hours: 8 } } },
        matchWeights: { shared_experience: 4, availability: 3 },
        startingIntensity: { urgent: 'high', asap: 'high', stat: 'high' },
        termWeeks: 13,
        reviewWeeks: 4,
      },
      { daysAgo: 2, status: 'waitlist', waitlistLength: 3, medianWaitDays: 9 },
    ],
    [
      'otherOperator',
      {
        name: 'Sample Family Mentors',
        modes: ['phone', 'group'],
        languages: ['en'],
        cadence: 'telephone_weekly_12',
        mentorTypes: ['family_peer'],
      },
      { daysAgo: 30, status: 'capacity', openSlots: 5 },
    ],
  ] as const
  const programs = []
  for (const [member, program, { daysAgo, ...room }] of wanted) {
    const { id, name, organizationId } = await createProgram(at(member, 190), program)
    await reportCapacity(at(member, daysAgo), { id, ...room })
    programs.push({ id, name, organizationId })
  }
  return programs
}

/** Mostly active; every tenth and the last twelve are on their way in. Returns the first operator's ids, by number. */
export async function addMentors({ at, clients }: Cast): Promise<string[]> {
  const all = Array.from({ length: mentorsAltogether }, (_, index) => sampleMentor(index))
  const employed = {
    employerIds: [clients.otherClinic.organizationId],
    practitionerReferences: [clinicianReference],
    supervisorName: 'Sample Supervisor',
    supervisorOrganizationId: clients.otherOperator.organizationId,
    supervisorHasPeerBackground: true,
  }
  all[clinician] = { ...sampleMentor(clinician), ...employed }
  const join = async (member: Member, mentors: readonly object[]) => {
    const body = mentors.map((mentor) => JSON.stringify(mentor)).join('\n')
    const { lines } = await importMentors(at(member, 180), { format: 'ndjson', body })
    return lines.map(({ mentorId = '' }) => mentorId)
  }
  const ours = await join('operator', all.slice(0, mentorsOfOperator))
  const theirs = await join('otherOperator', all.slice(mentorsOfOperator))
  for (const [index, id] of [...ours, ...theirs].entries()) {
    const member = index < mentorsOfOperator ? 'operator' : 'otherOperator'
    if (index % 10 !== 9 && index < 28) await setMentorStatus(at(member, 179), { id, status: 'active' })
  }
  return ours
}

/** What is demanded of certified mentors, and what they have: one runs out soon, one never brought it. */
export async function addPapers({ at, now }: Cast, mentors: readonly string[]) {
  for (const [number, expiresInDays] of [
    [0, 400],
    [7, 200],
    [14, 25],
  ] as const)
    await recordCredential(at('operator', 20), {
      id: mentors[number],
      code: 'icrc_pr',
      issuer: 'Sample Certification Board',
      jurisdiction: 'US-CO',
      issuedOn: dateOf(now, 300),
      expiresOn: dateOf(now, -expiresInDays),
      verification: 'document_seen',
      verifiedBy: 'Sample Coordinator',
      verifiedOn: dateOf(now, 21),
    })
  await setRequirement(at('operator', 5), {
    item: 'credential',
    code: 'icrc_pr',
    mentorTypes: ['peer_certified'],
    leastVerification: 'document_seen',
    source: 'Sample Recovery Community, policy on certified mentors',
  })
  await recordScreening(at('operator', 20), {
    id: mentors[9],
    kind: 'background_check',
    resultClass: 'needs_review',
    decidedBy: 'Sample Coordinator',
    performedOn: dateOf(now, 22),
  })
  await recordSession(at('operator', 6), {
    at: at('operator', 6.1).now.toISOString(),
    kind: 'group',
    minutes: 50,
    topics: ['sharing_lived_experience', 'managing_crises'],
    mentorIds: [0, 1, 2, 4, 5, 7, 8].map((number) => mentors[number]),
    supervisorName: 'Sample Supervisor',
    supervisorHasPeerBackground: true,
  })
  await recordSession(at('operator', 3), {
    at: at('operator', 3.1).now.toISOString(),
    kind: 'individual',
    minutes: 30,
    mentorIds: [mentors[clinician]],
    supervisorName: 'Sample Supervisor',
  })
}

/** The clinic of the clinician who mentors says whom it knows, as keyed hashes. */
export async function uploadPanel({ at }: Cast) {
  const { key } = await getPanelKey(at('otherClinic', 100), {})
  const { name, birthDate } = samplePatient(storyOfPanel)
  const hash = createHmac('sha256', Buffer.from(key, 'base64url')).update(panelForm(name, birthDate) ?? '')
  await putPanel(at('otherClinic', 100), {
    practitionerReference: clinicianReference,
    hashes: [hash.digest('base64url')],
  })
}
