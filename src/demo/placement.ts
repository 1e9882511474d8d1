import { createConsent } from '../domains/consents/service.ts'
import { createLearner } from '../domains/learners/service.ts'
import { addCohort, createLearningProgram } from '../domains/learning/service.ts'
import { recordHour, signHour } from '../domains/placements/commands.ts'
import { createPlacement } from '../domains/placements/service.ts'
import { type Cast, dateOf } from './cast.ts'
import { furtherConsentOf } from './people.ts'
import type { Thread } from './steps.ts'

/** A certified peer, who signs for the student's hours. */
const supervisor = 0
const student = { name: 'Sample Student', reference: 'STUDENT-0042', profession: 'student' } as const
const minuteMs = 60_000

/** A student of the school goes along with a mentor of the operator, and is part of the way there. */
export async function place(cast: Cast, thread: Thread): Promise<void> {
  const placementId = await begin(cast, thread)
  await ask(cast, thread)
  await goAlong(cast, thread, placementId, {
    day: 9,
    competencies: ['sharing_lived_experience'],
    reflection: 'Sample: I listened, and learned how little has to be said.',
  })
  await goAlong(cast, thread, placementId, {
    day: 4,
    competencies: ['sharing_lived_experience', 'linking_to_resources'],
  })
}

/** School and operator know the student by the school's number, and each for itself by name. */
async function begin({ at, clients, now }: Cast, { companionId, mentors }: Thread): Promise<string> {
  await createLearner(at('school', 60), student)
  const program = await createLearningProgram(at('operator', 60), {
    name: 'Sample Peer Practicum',
    framework: 'samhsa_core_2015',
    competencies: ['sharing_lived_experience', 'linking_to_resources', 'managing_crises'],
    requiredMinutes: 2400,
    reflectionsRequired: 2,
  })
  const cohort = await addCohort(at('operator', 59), {
    id: program.id,
    name: 'Sample Cohort',
    beginsOn: dateOf(now, 30),
    endsOn: dateOf(now, -150),
  })
  const learner = await createLearner(at('operator', 20), student)
  const { id } = await createPlacement(at('operator', 11), {
    cohortId: cohort.id,
    learnerId: learner.id,
    hostMentorId: companionId,
    supervisorId: mentors[supervisor],
    schoolOrganizationId: clients.school.organizationId,
    schoolReference: student.reference,
    relationship: 'observed',
  })
  return id
}

/** Before anybody sits with them: the person says yes, in writing, to a learner of this school. */
async function ask({ at, clients }: Cast, { patientId, patientName }: Thread): Promise<void> {
  const clinic = at('clinic', 10)
  await createConsent(clinic, {
    patientId,
    ...furtherConsentOf(patientName, clinic.now, {
      dataClasses: ['learner_presence'],
      informationDescription: 'That somebody who learns is there when I talk with my mentor.',
      recipientIds: [clients.operator.organizationId, clients.school.organizationId],
    }),
  })
}

interface Learned {
  /** So many days ago: the mentor called the person, and the student listened. */
  readonly day: number
  readonly competencies: readonly string[]
  readonly reflection?: string
}

/** Recorded the same day, and signed the day after by the supervisor's own token. */
async function goAlong(
  { at }: Cast,
  { mentorshipId, mentors }: Thread,
  placementId: string,
  { day, ...learned }: Learned,
): Promise<void> {
  const beganAt = at('operator', day).now
  const { id } = await recordHour(at('operator', day - 0.2), {
    id: placementId,
    mentorshipId,
    beganAt: beganAt.toISOString(),
    endedAt: new Date(beganAt.getTime() + 45 * minuteMs).toISOString(),
    ...learned,
  })
  await signHour(at('operator', day - 1, { type: 'mentor', id: mentors[supervisor] ?? '' }), { id })
}
