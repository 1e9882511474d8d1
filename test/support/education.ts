import { billingIn } from './billing.ts'
import { cliniciansIn } from './clinicians.ts'
import { sampleConsent } from './samples.ts'
import type { Answer, Api } from './service.ts'
import type { World } from './world.ts'

/** A course of one live module and a quiz, published, and a learner in it. */
export const sampleVersion = (changes: object = {}) => ({
  label: '2026.1',
  modules: [
    { code: 'boundaries', title: 'Boundaries and dual relationships', kind: 'live', minutes: 60 },
    { code: 'final_quiz', title: 'Final quiz', kind: 'quiz', passMark: 80 },
  ],
  ...changes,
})

export const sampleAccreditation = (changes: object = {}) => ({
  body: 'Sample Accrediting Council',
  providerNumber: 'PROV-1',
  activityNumber: 'ACT-1',
  creditType: 'naadac_ce',
  creditsMax: '8.00',
  topics: [{ topic: 'ethics', credits: '2.00' }],
  effectiveFrom: '2026-01-01',
  effectiveTo: '2027-12-31',
  ...changes,
})

export const sampleExternalCredit = {
  title: 'Ethics for peer workers',
  provider: 'Sample State University',
  creditType: 'naadac_ce',
  credits: '6.00',
  topics: [{ topic: 'ethics', credits: '6.00' }],
  completedOn: '2026-10-02',
  evidenceHash: `sha256:${'0'.repeat(64)}`,
}

export const sampleRule = {
  code: 'icrc_pr',
  windowMonths: 24,
  credits: '20.00',
  topics: [{ topic: 'ethics', credits: '6.00' }],
  source: 'IC&RC Peer Recovery: 20 hours in two years, 6 of them ethics',
}

export async function made(asked: Promise<Answer>) {
  const { status, body } = await asked
  if (status >= 300) throw new Error(JSON.stringify(body))
  return body
}

let courses = 0

/** What an organization teaches, step by step. */
export function teaching(api: Api) {
  const post = (path: string, body: object = {}) => made(api.post(path, body))
  const course = (changes: object = {}) =>
    post('/v1/courses', {
      code: `course_${++courses}_${Date.now()}`,
      title: 'Sample Core Training',
      ...changes,
    })
  const version = async (courseId: string, changes: object = {}) => {
    const { id } = await post(`/v1/courses/${courseId}/versions`, sampleVersion(changes))
    return post(`/v1/course-versions/${id}/publish`)
  }
  const learner = (changes: object = {}) => post('/v1/learners', { name: 'Sample Learner', ...changes })
  const enrol = (learnerId: string, courseVersionId: string) =>
    post('/v1/enrolments', { learnerId, courseVersionId })
  /** All that `sampleVersion` asks for; on a day of one's own. */
  const complete = async (enrolmentId: string, at = '2026-11-17T18:00:00Z') => {
    const of = `/v1/enrolments/${enrolmentId}`
    await post(`${of}/attendances`, {
      ...{ moduleCode: 'boundaries', at, minutes: 60, verifiedBy: 'Sample Instructor' },
    })
    await post(`${of}/attempts`, { moduleCode: 'final_quiz', at, score: 90 })
    return post(`${of}/evaluation`, { at })
  }
  return { post, course, version, learner, enrol, complete }
}

/** Families of paths of this chapter: what the operator holds of its own. */
export const educationFamilies = [
  ...['learners', 'courses', 'course-versions', 'course-accreditations', 'enrolments', 'credit-awards'],
  ...['certificates', 'external-credits', 'renewal-rules', 'learning-programs', 'cohorts'],
  ...['placements', 'placement-hours', 'billing-rules'],
  ...['clinician-terms', 'clinician-acceptances', 'recognition-consents'],
]

// biome-ignore lint/suspicious/noExplicitAny: an answer, into which tests look freely
type Post = (operationId: string, path: string, body: object) => Promise<any>

async function another(post: Post, courseId: string): Promise<string> {
  const { id } = await post('courseVersions.draft', `/v1/courses/${courseId}/versions`, {
    ...{ label: '2026.2', evaluationRequired: false },
    modules: [{ code: 'reading', title: 'Reading', kind: 'reading' }],
  })
  await post('courseVersions.publish', `/v1/course-versions/${id}/publish`, {})
  return id
}

const finish = (post: Post, enrolmentId: string) =>
  post('enrolments.attend', `/v1/enrolments/${enrolmentId}/attendances`, {
    ...{ moduleCode: 'reading', at: '2026-11-17T18:00:00Z', minutes: 10, verifiedBy: 'Sample Instructor' },
  })

async function accreditedIn(post: Post, { courseVersionId }: { courseVersionId: string }): Promise<string> {
  const path = `/v1/course-versions/${courseVersionId}/accreditations`
  return (await post('courseAccreditations.record', path, sampleAccreditation())).id
}

/** One of each resource of this chapter, of a mentor; for every sweep over operations. */
export async function educationIn(post: Post, mentorId: string) {
  const learner = await post('learners.create', '/v1/learners', { name: 'Sample Learner', mentorId })
  const code = `course_${learner.id.slice(-12)}`
  const course = await post('courses.create', '/v1/courses', { code, title: 'Sample Core Training' })
  const drafted = await post('courseVersions.draft', `/v1/courses/${course.id}/versions`, sampleVersion())
  const ofVersion = `/v1/course-versions/${drafted.id}`
  await post('courseVersions.publish', `${ofVersion}/publish`, {})
  const accredited = await post(
    'courseAccreditations.record',
    `${ofVersion}/accreditations`,
    sampleAccreditation(),
  )
  const enrolment = await post('enrolments.create', '/v1/enrolments', {
    ...{ learnerId: learner.id, courseVersionId: drafted.id },
  })
  const enrolled = await post('enrolments.create', '/v1/enrolments', {
    ...{ learnerId: learner.id, courseVersionId: await another(post, course.id) },
  })
  await finish(post, enrolled.id)
  const external = await post('externalCredits.submit', `/v1/learners/${learner.id}/external-credits`, {
    ...sampleExternalCredit,
    evidenceHash: `sha256:${learner.id.replaceAll('-', '').repeat(2)}`,
  })
  const rule = await post('renewalRules.create', '/v1/renewal-rules', { ...sampleRule, code })
  const award = await post('creditAwards.create', `/v1/enrolments/${enrolled.id}/credit-awards`, {
    accreditationId: await accreditedIn(post, enrolled),
  })
  const certificate = await post('certificates.issue', `/v1/enrolments/${enrolled.id}/certificates`, {
    signer: 'Sample Director',
  })
  return {
    ...(await billingIn(post)),
    ...(await cliniciansIn(post)),
    'credit-awards': award.id,
    certificates: certificate.id,
    'external-credits': external.id,
    'renewal-rules': rule.id,
    learners: learner.id,
    courses: course.id,
    'course-versions': drafted.id,
    'course-accreditations': accredited.id,
    enrolments: enrolment.id,
  }
}

/** The person's own word that a learner may be there, given to these organizations. */
export const presenceConsent = (
  patientId: string,
  organizationIds: readonly string[],
  changes: object = {},
) => ({
  patientId,
  ...sampleConsent({
    dataClasses: ['learner_presence'],
    informationDescription: 'That somebody who learns is there when I talk with my mentor.',
    recipients: organizationIds.map((organizationId) => ({ organizationId })),
    expiration: { none: true },
    ...changes,
  }),
})

export const sampleProgram = (changes: object = {}) => ({
  name: 'Sample Peer Practicum',
  framework: 'samhsa_core_2015',
  competencies: ['sharing_lived_experience', 'managing_crises'],
  requiredMinutes: 120,
  reflectionsRequired: 1,
  ...changes,
})

interface Beside {
  readonly hostMentorId: string
  readonly supervisorId: string
  readonly mentorshipId: string
}

/** A learner beside a mentor, with an hour that waits for its signature. The person has consented before. */
export async function placementIn(
  post: Post,
  { hostMentorId, supervisorId, mentorshipId }: Beside,
  at: string,
) {
  const { id: learnerId } = await post('learners.create', '/v1/learners', { name: 'Sample Student' })
  const program = await post('learningPrograms.create', '/v1/learning-programs', {
    ...sampleProgram({ name: `Sample Practicum ${learnerId}` }),
  })
  const cohort = await post('cohorts.create', `/v1/learning-programs/${program.id}/cohorts`, {
    ...{ name: 'Sample Cohort', beginsOn: '2026-11-01', endsOn: '2027-06-30' },
  })
  const placement = await post('placements.create', '/v1/placements', {
    ...{ cohortId: cohort.id, learnerId, hostMentorId, supervisorId },
  })
  const hour = await post('placementHours.record', `/v1/placements/${placement.id}/hours`, {
    ...{ mentorshipId, beganAt: at, endedAt: new Date(Date.parse(at) + 120_000).toISOString() },
  })
  return {
    'learning-programs': program.id,
    cohorts: cohort.id,
    placements: placement.id,
    'placement-hours': hour.id,
  }
}

const posting =
  (api: Api): Post =>
  (_, path, body) =>
    made(api.post(path, body))

/** All of this chapter, for the sweeps over every operation: held by the operator, with the consent that the clinic keeps. */
export async function makeEducation(
  { clinic, operator }: { readonly clinic: Api; readonly operator: Api },
  world: World,
  { patientId, ...beside }: Beside & { readonly patientId: string },
) {
  await made(clinic.post('/v1/consents', presenceConsent(patientId, [world.operator.organizationId])))
  return {
    ...(await educationIn(posting(operator), beside.hostMentorId)),
    ...(await placementIn(posting(operator), beside, '2026-11-18T19:00:00Z')),
  }
}
