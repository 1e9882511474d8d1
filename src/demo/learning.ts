import { createHash } from 'node:crypto'
import { issueCertificate } from '../domains/certificates/service.ts'
import { reviewExternalCredit, submitExternalCredit } from '../domains/credits/commands.ts'
import { awardCredit } from '../domains/credits/service.ts'
import { recordAttempt, recordAttendance, recordEvaluation } from '../domains/enrolments/commands.ts'
import { enrol } from '../domains/enrolments/service.ts'
import { createLearner } from '../domains/learners/service.ts'
import { createRenewalRule } from '../domains/renewals/service.ts'
import { type Cast, dateOf } from './cast.ts'
import type { Taught } from './courses.ts'

/** The mentor whose credential is to be renewed, and one who has begun the same course. */
const [finished, underway] = [0, 7] as const

/** A course completed, with credit and certificate; credit from elsewhere; what a renewal asks for; a course begun. */
export async function learn(cast: Cast, mentors: readonly string[], course: Taught): Promise<void> {
  const enrolmentId = await takeCourse(cast, await learnerOf(cast, mentors, finished), course)
  await awardCredit(cast.at('operator', 55), { id: enrolmentId, accreditationId: course.accreditationId })
  await issueCertificate(cast.at('operator', 55), {
    id: enrolmentId,
    signer: 'Sample Director of Training',
  })
  await askForRenewal(cast)
  await beginCourse(cast, await learnerOf(cast, mentors, underway), course)
}

interface Learner {
  readonly id: string
  /** Who says for themselves that they evaluated a course, and sends in credit from elsewhere. */
  readonly mentorId: string
}

async function learnerOf({ at }: Cast, mentors: readonly string[], number: number): Promise<Learner> {
  const mentorId = mentors[number] ?? ''
  const { id } = await createLearner(at('operator', 62), {
    mentorId,
    name: `Sample Mentor ${number + 1}`,
    profession: 'peer_specialist',
  })
  return { id, mentorId }
}

const verifiedBy = 'Sample Instructor'

async function takeCourse(cast: Cast, { id: learnerId, mentorId }: Learner, { versionId }: Taught) {
  const { at, now } = cast
  const { id } = await enrol(at('operator', 60), { learnerId, courseVersionId: versionId })
  await attend(cast, id, 58, { moduleCode: 'boundaries', minutes: 120 })
  await attend(cast, id, 57, { moduleCode: 'privacy', minutes: 60 })
  const tried = at('operator', 56)
  await recordAttempt(tried, { id, moduleCode: 'final_quiz', at: tried.now.toISOString(), score: 92 })
  const mentor = { type: 'mentor', id: mentorId } as const
  await recordEvaluation(at('operator', 56, mentor), { id })
  const elsewhere = await submitExternalCredit(at('operator', 30, mentor), {
    id: learnerId,
    title: 'Sample: ethics for peer workers',
    provider: 'Sample State University',
    creditType: 'sample_ce',
    credits: '6.00',
    topics: [{ topic: 'ethics', credits: '4.00' }],
    completedOn: dateOf(now, 45),
    evidenceHash: `sha256:${createHash('sha256').update('Sample: ethics for peer workers').digest('hex')}`,
  })
  await reviewExternalCredit(at('operator', 29), { id: elsewhere.id, outcome: 'accepted' })
  return id
}

async function beginCourse(cast: Cast, { id: learnerId }: Learner, { versionId }: Taught) {
  const { at, now } = cast
  const dueOn = dateOf(now, -40)
  const { id } = await enrol(at('operator', 20), { learnerId, courseVersionId: versionId, dueOn })
  await attend(cast, id, 15, { moduleCode: 'boundaries', minutes: 120 })
}

/** Written down a little after it was over. */
function attend(
  { at }: Cast,
  id: string,
  daysAgo: number,
  module: { readonly moduleCode: string; readonly minutes: number },
) {
  const began = at('operator', daysAgo + 0.1).now.toISOString()
  return recordAttendance(at('operator', daysAgo), { id, ...module, at: began, verifiedBy })
}

async function askForRenewal({ at }: Cast): Promise<void> {
  await createRenewalRule(at('operator', 150), {
    code: 'icrc_pr',
    windowMonths: 24,
    credits: '20.00',
    topics: [{ topic: 'ethics', credits: '6.00' }],
    source: 'IC&RC Peer Recovery: 20 hours in two years, 6 of them ethics',
  })
}
