import { randomBytes } from 'node:crypto'
import { operationOf, shownBody } from './contract.ts'
import { educationIn, placementIn, presenceConsent } from './education.ts'
import { makeGrounds } from './grounds.ts'
import type { Marks } from './marks.ts'
import { recognized } from './recognized.ts'
import { sampleConsent, sampleMentor, sampleReferral } from './samples.ts'
import type { Answer, Api } from './service.ts'
import type { World } from './world.ts'

export interface Tellers {
  readonly clinic: Api
  readonly operator: Api
  readonly office: Api
  /** Another client of the clinic's. */
  readonly privacyOffice: Api
  /** The portal of a patient, by the operator. */
  readonly person: (patientId: string) => Promise<Api>
}

/** By family of the path: the id of one of each. */
export type Ids = Readonly<Record<string, string>>

const everyClass = [
  ...['identity', 'contact', 'referral_reason', 'referral_status', 'engagement_status'],
  ...['contact_summary', 'contact_notes', 'safety'],
]

const shown = (operationId: string) => shownBody(operationOf(operationId))
const randomCode = () => `c_${randomBytes(4).toString('hex')}`

/** Where the clinic is, it may still be yesterday. */
const dayBefore = (now: Date) => new Date(now.getTime() - 86_400_000).toISOString().slice(0, 10)

/**
 * One of everything: a person whom the clinic refers and the operator accompanies, with everything that people write on the
 * way, in the marks of who writes it. A new family of resources is told here too, or the tests over every operation fail.
 */
export async function tellStory(
  { clinic, operator, office, privacyOffice, person }: Tellers,
  world: World,
  now: Date,
  { ofClinic, ofOperator }: { readonly ofClinic: Marks; readonly ofOperator: Marks },
): Promise<{ readonly ids: Ids; readonly consentIds: readonly string[] }> {
  const at = now.toISOString()
  const made = async (asked: Promise<Answer>) => {
    const { status, body } = await asked
    if (status >= 300) throw new Error(JSON.stringify(body))
    return body
  }
  const byClinic = (operationId: string, path: string, body: object) =>
    made(clinic.post(path, ofClinic.in(operationId, body)))
  const byOperator = (operationId: string, path: string, body: object) =>
    made(operator.post(path, ofOperator.in(operationId, body)))

  const program = await made(
    operator.post('/v1/programs', {
      name: `Sample Line ${randomCode()}`,
      modes: ['phone'],
      languages: ['en'],
    }),
  )
  const consentIds: string[] = []
  const refer = async () => {
    const referral = await byClinic(
      'referrals.create',
      '/v1/referrals',
      sampleReferral(program.id, {
        consent: sampleConsent({ dataClasses: everyClass, expiration: { none: true } }),
      }),
    )
    consentIds.push(referral.consentId)
    return referral
  }
  const join = async () => {
    const { id } = await byOperator('mentors.create', '/v1/mentors', sampleMentor({ capacity: 50 }))
    await byOperator('mentors.setStatus', `/v1/mentors/${id}/status`, { status: 'active' })
    return id as string
  }
  const accompany = async (referralId: string, mentorId: string) => {
    await made(operator.post(`/v1/referrals/${referralId}/accept`, {}))
    const offer = await byOperator('offers.create', `/v1/referrals/${referralId}/offers`, { mentorId })
    const { mentorshipId } = await made(operator.post(`/v1/offers/${offer.id}/accept`, {}))
    const contact = await byOperator('contacts.record', `/v1/mentorships/${mentorshipId}/contacts`, {
      ...{ at, mode: 'phone', result: 'two_way' },
    })
    await byOperator('agreements.create', `/v1/mentorships/${mentorshipId}/agreements`, { goals: ['x'] })
    return { mentorshipId: mentorshipId as string, contactId: contact.id as string }
  }

  const [mentorId, another] = [await join(), await join()]
  const referral = await refer()
  const { mentorshipId, contactId } = await accompany(referral.id, mentorId)
  await byOperator('contacts.correct', `/v1/contacts/${contactId}/correct`, { mode: 'video' })
  const offered = await refer()
  await made(operator.post(`/v1/referrals/${offered.id}/accept`, {}))
  const offer = await byOperator('offers.create', `/v1/referrals/${offered.id}/offers`, { mentorId })
  await made(operator.post(`/v1/referrals/${referral.id}/shortlist`, { mentorIds: [another] }))

  const refused = await refer()
  await byOperator('referrals.reject', `/v1/referrals/${refused.id}/reject`, { reason: 'no_capacity' })
  const cancelled = await refer()
  await byClinic('referrals.cancel', `/v1/referrals/${cancelled.id}/cancel`, { reason: 'person_declined' })
  const ended = await refer()
  const past = await accompany(ended.id, another)
  await byOperator('mentorships.close', `/v1/mentorships/${past.mentorshipId}/close`, {
    outcome: 'goals_met',
  })
  await byOperator('mentorships.sayClosingVoice', `/v1/mentorships/${past.mentorshipId}/closing-voices`, {
    voice: 'patient',
  })

  const ofMentor = `/v1/mentors/${mentorId}`
  const screening = await byOperator(
    'screenings.record',
    `${ofMentor}/screenings`,
    shown('screenings.record'),
  )
  const credential = await byOperator(
    'credentials.record',
    `${ofMentor}/credentials`,
    shown('credentials.record'),
  )
  const session = await byOperator('supervisionSessions.record', '/v1/supervision-sessions', {
    ...shown('supervisionSessions.record'),
    mentorIds: [mentorId],
  })
  const conflict = await made(
    operator.post(`${ofMentor}/conflicts`, { patientId: referral.patientId, kind: 'small_community' }),
  )
  const story = await byOperator('stories.create', '/v1/stories', {
    ...shown('stories.create'),
    mentorId,
    audiences: ['matched_patients'],
  })
  await made(
    operator.post(
      `/v1/stories/${story.id}/consent`,
      ofOperator.in('stories.consent', shown('stories.consent')),
    ),
  )
  const plan = await made(operator.post(`/v1/mentorships/${mentorshipId}/recovery-plan`, {}))
  const worded = await made(
    operator.patch(
      `/v1/recovery-plans/${plan.id}`,
      ofOperator.in('recoveryPlans.update', shown('recoveryPlans.update')),
      { 'if-match': '*' },
    ),
  )
  const spokenOf = await made(
    person(referral.patientId).then((api) =>
      api.post(
        `/v1/recovery-plans/${worded.id}/milestones`,
        ofOperator.in('milestones.record', shown('milestones.record')),
      ),
    ),
  )
  const blueprint = await byOperator('blueprints.create', '/v1/blueprints', {
    ...shown('blueprints.create'),
    mentorId,
  })
  const requirement = await made(
    operator.post('/v1/mentor-requirements', {
      ...{ item: 'credential', code: randomCode(), mentorTypes: ['health_student'] },
    }),
  )
  const run = await made(operator.post('/v1/matching-runs', { programId: program.id }))
  const ruleSet = await made(
    office.post('/v1/engagement/rule-sets', {
      ...shown('engagement.proposeRuleSet'),
      name: `eng-${randomCode().slice(2)}`,
    }),
  )

  // An address that needs no name server: nothing listens there.
  const endpoint = await made(
    operator.post('/v1/webhook-endpoints', { url: 'http://127.0.0.1:9/hooks', types: ['*'] }),
  )

  const open = () =>
    byClinic(
      'emergencies.open',
      `/v1/patients/${referral.patientId}/emergency-disclosures`,
      shown('emergencies.open'),
    )
  const documented = await open()
  const ofEmergency = `/v1/emergency-disclosures/${documented.id}`
  await byClinic('emergencies.document', `${ofEmergency}/document`, {
    ...shown('emergencies.document'),
    disclosedAt: documented.openedAt,
  })
  await made(
    privacyOffice.post(
      `${ofEmergency}/review`,
      ofClinic.in('emergencies.review', shown('emergencies.review')),
    ),
  )
  const emergency = await open()

  const presence = await made(
    clinic.post('/v1/consents', presenceConsent(referral.patientId, [world.operator.organizationId])),
  )
  consentIds.push(presence.id)
  const beside = { hostMentorId: mentorId, supervisorId: another, mentorshipId }
  const education = {
    ...(await educationIn(byOperator, mentorId)),
    ...(await placementIn(byOperator, beside, at)),
  }
  const grounds = await makeGrounds(world, clinic, referral.patientId)
  const spoken = await byClinic('disclosures.record', '/v1/disclosures', {
    ...shown('disclosures.record'),
    patientId: referral.patientId,
  })
  const accounting = await made(
    clinic.post(`/v1/patients/${referral.patientId}/accounting-requests`, { from: dayBefore(now) }),
  )
  const recognition = await recognized(office, operator, world)
  // Decided: what the office may still do to an appeal is proved beside its domain.
  await made(
    office.post(`/v1/recognition-appeals/${recognition['recognition-appeals']}/decide`, {
      ...{ decision: 'dismissed', reason: 'Sample reason.' },
    }),
  )
  const ids = {
    ...recognition,
    ...grounds,
    ...education,
    disclosures: spoken.id,
    'accounting-requests': accounting.id,
    referrals: referral.id,
    patients: referral.patientId,
    consents: referral.consentId,
    mentors: mentorId,
    offers: offer.id,
    mentorships: mentorshipId,
    contacts: contactId,
    screenings: screening.id,
    credentials: credential.id,
    'mentor-requirements': requirement.id,
    'supervision-sessions': session.id,
    conflicts: conflict.id,
    stories: story.id,
    blueprints: blueprint.id,
    'recovery-plans': plan.id,
    milestones: spokenOf.id,
    'matching-runs': run.id,
    engagement: ruleSet.id,
    'webhook-endpoints': endpoint.id,
    'emergency-disclosures': emergency.id,
    organizations: world.operator.organizationId,
    programs: program.id,
    clients: world.operator.clientId,
  }
  return { ids, consentIds }
}
