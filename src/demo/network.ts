import { createHmac } from 'node:crypto'
import type { Caller, Ctx, Scope } from '../core/context.ts'
import { scopes } from '../core/context.ts'
import { openContext, type Service } from '../db/access.ts'
import { createClient } from '../domains/clients/service.ts'
import { panelForm } from '../domains/conflicts/rules.ts'
import { declareConflict, getPanelKey, putPanel } from '../domains/conflicts/service.ts'
import { importMentors } from '../domains/mentors/import.ts'
import { setMentorStatus } from '../domains/mentors/service.ts'
import { agree } from '../domains/mentorships/agreements.ts'
import { correctContact, recordContact } from '../domains/mentorships/contacts.ts'
import { pauseMentorship, recuseMentorship } from '../domains/mentorships/service.ts'
import { sayClosingVoice } from '../domains/mentorships/voices.ts'
import { acceptOffer, createOffer, declineOffer } from '../domains/offers/service.ts'
import { chooseMentor, makeShortlist } from '../domains/offers/shortlist.ts'
import { createNetwork } from '../domains/organizations/network.ts'
import { createOrganization } from '../domains/organizations/service.ts'
import { createProgram, reportCapacity } from '../domains/programs/service.ts'
import { recordCredential, recordScreening } from '../domains/qualifications/commands.ts'
import { setRequirement } from '../domains/qualifications/service.ts'
import { evaluateRecognition, publishScheme } from '../domains/recognition/commands.ts'
import {
  acceptReferral,
  cancelReferral,
  completeReferral,
  holdReferral,
  rejectReferral,
  waitlistReferral,
} from '../domains/referrals/commands.ts'
import { createReferral } from '../domains/referrals/service.ts'
import { recordSession } from '../domains/supervision/service.ts'
import { teach } from './courses.ts'
import type { DemoClient, DemoCredentials } from './demo.ts'
import { consentOf, sampleMentor, samplePatient } from './people.ts'
import { bill, readyClinicians } from './professionals.ts'
import { type Step, type Story, stories, storyOfPanel } from './stories.ts'
import { addTellings } from './tellings.ts'

const dayMs = 86_400_000
const nobody = '00000000-0000-0000-0000-000000000000'
const mentorsAltogether = 40
const mentorsOfOperator = 24
/** A mentor who is also a clinician at Sample Clinic South. Their NPI is the one that HL7 uses in examples. */
const clinician = 3
const clinicianReference = 'http://hl7.org/fhir/sid/us-npi|1234567893'

const clinicScopes: readonly Scope[] = [
  'organizations:read',
  'programs:read',
  'patients:read',
  'patients:write',
  'consents:read',
  'consents:write',
  'referrals:read',
  'referrals:write',
  'engagement:read',
  'mentorships:read',
  'matching:read',
  'stories:read',
  'plans:read',
]
const operatorScopes: readonly Scope[] = [
  'organizations:read',
  'organizations:write',
  'programs:read',
  'programs:write',
  'patients:read',
  'patients:write',
  'consents:read',
  'referrals:read',
  'referrals:write',
  'engagement:read',
  'mentors:read',
  'mentors:write',
  'matching:read',
  'matching:write',
  'mentorships:read',
  'mentorships:write',
  'education:read',
  'education:write',
  'stories:read',
  'stories:write',
  'plans:read',
  'plans:write',
  'insights:read',
  'recognition:read',
  'recognition:write',
  'billing:read',
  'billing:write',
]
const adminScopes: readonly Scope[] = [
  'organizations:read',
  'organizations:write',
  'programs:read',
  'clients:read',
  'clients:write',
  'network:write',
  'recognition:read',
  'recognition:write',
]

const members = {
  clinic: {
    name: 'Sample Clinic North',
    kind: 'treatment_program',
    part2Status: ['program'],
    scopes: clinicScopes,
  },
  otherClinic: {
    name: 'Sample Clinic South',
    kind: 'hospital',
    part2Status: ['program', 'covered_entity'],
    scopes: clinicScopes,
  },
  operator: {
    name: 'Sample Recovery Community',
    kind: 'rco',
    part2Status: ['lawful_holder'],
    scopes: operatorScopes,
  },
  otherOperator: {
    name: 'Sample Peer Alliance',
    kind: 'recovery_center',
    part2Status: ['lawful_holder'],
    scopes: operatorScopes,
  },
  networkAdmin: { name: 'Sample Network Office', kind: 'hub', part2Status: ['none'], scopes: adminScopes },
} as const

type Member = keyof typeof members

/** The demo's past is made by the same actions that serve requests, with the clock turned back. */
interface Cast {
  readonly now: Date
  readonly at: (member: Member, daysAgo: number) => Ctx
  readonly clients: Readonly<Record<Member, DemoClient>>
}

export async function buildDemoNetwork(
  service: Service,
  now: Date,
): Promise<Omit<DemoCredentials, 'baseUrl'>> {
  const networkId = await createNetwork(service, 'Sample Network', now)
  const open = (organizationId: string, clientId: string, daysAgo: number): Ctx => {
    const caller: Caller = { networkId, organizationId, clientId, scopes: new Set(scopes) }
    return openContext(service, caller, { requestId: 'demo', now: new Date(now.getTime() - daysAgo * dayMs) })
  }
  const clients = await enrol(open(nobody, nobody, 200))
  const cast: Cast = {
    now,
    clients,
    at: (member, daysAgo) => open(clients[member].organizationId, clients[member].clientId, daysAgo),
  }
  const programs = await addPrograms(cast)
  const mentors = await addMentors(cast)
  await addPapers(cast, mentors)
  await teach(cast.at('operator', 150), [dateOf(now, 150), dateOf(now, -580)])
  for (const operator of ['operator', 'otherOperator'] as const)
    await readyClinicians(cast.at(operator, 178), {
      employer: cast.at('clinic', 178),
      supervisorOrganizationId: clients.networkAdmin.organizationId,
    })
  await bill(cast.at('operator', 150), dateOf(now, 150))
  await addTellings(cast.at('operator', 40), open(clients.operator.organizationId, nobody, 39), mentors)
  await recognize(cast)
  await uploadPanel(cast)
  for (const [index, story] of stories.entries())
    await tell(cast, story, { index, mentors, programId: programs[0]?.id ?? '' })
  return { networkId, clients, programs }
}

const dateOf = (now: Date, daysAgo: number) =>
  new Date(now.getTime() - daysAgo * dayMs).toISOString().slice(0, 10)

async function enrol(admin: Ctx): Promise<Record<Member, DemoClient>> {
  const enrolled = {} as Record<Member, DemoClient>
  for (const [member, { scopes: granted, ...organization }] of Object.entries(members)) {
    const { id, name } = await createOrganization(admin, { ...organization, timeZone: 'America/Denver' })
    const client = await createClient(admin, { organizationId: id, name: `${name} system`, scopes: granted })
    enrolled[member as Member] = {
      organizationId: id,
      organizationName: name,
      clientId: client.id,
      clientSecret: client.clientSecret,
      scopes: granted,
    }
  }
  return enrolled
}

/** Each says how much room it has; what one said a month ago has run out, and counts as unknown. */
async function addPrograms({ at }: Cast) {
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
async function addMentors({ at, clients }: Cast): Promise<string[]> {
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
async function addPapers({ at, now }: Cast, mentors: readonly string[]) {
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

/** A scheme of the network's, by which the first operator was looked at. */
async function recognize({ at }: Cast) {
  const scheme = await publishScheme(at('networkAdmin', 10), {
    code: 'mentorship_ready',
    name: 'Sample: Mentorship-ready',
    description: 'Sample: papers of the mentors are in order.',
    subject: 'organization',
    validMonths: 12,
    rules: [{ fact: 'papers_current', comparison: 'at_least', threshold: 0.5 }],
  })
  await evaluateRecognition(at('operator', 2), { id: scheme.id })
}

/** The clinic of the clinician who mentors says whom it knows, as keyed hashes. */
async function uploadPanel({ at }: Cast) {
  const { key } = await getPanelKey(at('otherClinic', 100), {})
  const { name, birthDate } = samplePatient(storyOfPanel)
  const hash = createHmac('sha256', Buffer.from(key, 'base64url')).update(panelForm(name, birthDate) ?? '')
  await putPanel(at('otherClinic', 100), {
    practitionerReference: clinicianReference,
    hashes: [hash.digest('base64url')],
  })
}

interface Setting {
  /** Of the story, and of its patient. */
  readonly index: number
  readonly programId: string
  readonly mentors: readonly string[]
}

async function tell(cast: Cast, story: Story, { index, programId, mentors }: Setting) {
  const clinic = cast.at(story.by, story.requested)
  const patient = samplePatient(index)
  const { id, patientId } = await createReferral(clinic, {
    placerId: `SAMPLE-ORDER-${index + 1}`,
    patient,
    programId,
    reason: ['transition_of_care'],
    priority: story.priority ?? 'routine',
    preferences: { substances: [index % 2 === 0 ? 'alcohol' : 'opioids'], availability: ['weekday_evening'] },
    consent: consentOf(patient.name, clinic.now),
  })
  const thread: Thread = { referralId: id, patientId, mentors }
  for (const step of story.steps) await take(cast, story, thread, step)
}

interface Thread {
  readonly referralId: string
  readonly patientId: string
  readonly mentors: readonly string[]
  offerId?: string
  mentorshipId?: string | null
  contactId?: string
}

async function take(cast: Cast, story: Story, thread: Thread, step: Step) {
  const operator = cast.at('operator', step.day)
  const { referralId: id, mentors, mentorshipId } = thread
  const inTwoWeeks = dateOf(operator.now, -14)
  switch (step.do) {
    case 'accept':
      return acceptReferral(operator, { id })
    case 'offer':
      thread.offerId = (
        await createOffer(operator, {
          id,
          mentorId: mentors[step.mentor],
          ...(step.handOver && { handOver: true }),
        })
      ).id
      return undefined
    case 'auto_offer':
      thread.offerId = (await createOffer(operator, { id, auto: true })).id
      return undefined
    case 'decline':
      return declineOffer(operator, { id: thread.offerId })
    case 'shortlist':
      return makeShortlist(operator, { id, mentorIds: step.mentors.map((number) => mentors[number]) })
    case 'choose':
      thread.offerId = (await chooseMentor(operator, { id, mentorId: mentors[step.mentor] })).id
      return undefined
    case 'start':
      thread.mentorshipId = (await acceptOffer(operator, { id: thread.offerId })).mentorshipId
      return undefined
    case 'contact':
      thread.contactId = (
        await recordContact(operator, {
          id: mentorshipId,
          at: operator.now.toISOString(),
          mode: 'phone',
          result: step.result,
          ...(step.introduces !== undefined && { introducesMentorId: mentors[step.introduces] }),
        })
      ).id
      return undefined
    case 'correct':
      return correctContact(operator, { id: thread.contactId, result: step.result })
    case 'agree':
      return agree(operator, {
        id: mentorshipId,
        goals: ['Sample: a walk each week', 'Sample: call before the weekend'],
        frequency: 'Twice a week at first',
        modes: ['phone'],
        hours: 'Weekday evenings',
        signedByMentorAt: operator.now.toISOString(),
        signedByPatientAt: operator.now.toISOString(),
      })
    case 'mentor_pauses':
      return setMentorStatus(operator, {
        id: mentors[step.mentor],
        status: 'paused',
        pauseReason: 'wellbeing',
        pausedUntil: dateOf(cast.now, -30),
      })
    case 'recuse':
      return recuseMentorship(operator, { id: mentorshipId })
    case 'pause':
      return pauseMentorship(operator, { id: mentorshipId, resumeBy: inTwoWeeks })
    case 'hold':
      return holdReferral(operator, { id, reason: 'in_hospital_or_residential', resumeBy: inTwoWeeks })
    case 'waitlist':
      return waitlistReferral(operator, { id, reviewBy: inTwoWeeks })
    case 'declare':
      return declareConflict(operator, {
        id: mentors[step.mentor],
        patientId: thread.patientId,
        kind: step.kind,
      })
    case 'complete':
      return completeReferral(operator, {
        id,
        outcome: 'goals_met',
        nextSupport: 'Sample Recovery Community meetings',
      })
    case 'closing_voices':
      await sayClosingVoice(operator, {
        id: mentorshipId,
        voice: 'patient',
        feltAccompanied: 'yes',
        wouldAgain: true,
        text: 'Sample: somebody called when they said they would.',
      })
      return sayClosingVoice(operator, { id: mentorshipId, voice: 'mentor', wouldAgain: true })
    case 'reject':
      return rejectReferral(operator, { id, reason: 'no_capacity' })
    case 'cancel':
      return cancelReferral(cast.at(story.by, step.day), { id, reason: 'person_declined' })
  }
}
