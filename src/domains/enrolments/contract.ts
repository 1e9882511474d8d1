import { z } from 'zod'
import { Id } from '../../core/id.ts'
import { PageArgs } from '../../core/page.ts'
import { CalendarDate, Instant, Text } from '../../core/primitives.ts'
import { Code } from '../courses/codes.ts'
import { enrolmentStatuses } from './codes.ts'

export const Enrolment = z
  .object({
    id: Id,
    organizationId: Id,
    learnerId: Id,
    mentorId: Id.nullable(),
    courseId: Id,
    courseCode: z.string(),
    courseVersionId: Id,
    status: z
      .enum(enrolmentStatuses)
      .describe(
        'Computed from what happened: `completed` with the last thing that was missing, `failed` when a required quiz was tried as often as it may be. `revoked`: its certificate was.',
      ),
    enrolledAt: Instant,
    dueOn: CalendarDate.nullable(),
    completedOn: CalendarDate.nullable().describe('The day, in UTC, of the last thing that was done.'),
    minutes: z.int32().nullable().describe('Of presence, once it is completed.'),
    validUntil: CalendarDate.nullable().describe(
      'The last day on which the completion counts; null: it always does.',
    ),
    missing: z
      .array(z.string())
      .describe(
        'Codes of the modules that are still to be done, and `(evaluation)`, while it is `enrolled`.',
      ),
    modules: z.array(
      z.object({
        code: z.string(),
        required: z.boolean(),
        done: z.boolean(),
        minutesAttended: z.int32().describe('Two records of the same hour are one hour.'),
        attempts: z.int32(),
        bestScore: z.int32().nullable(),
      }),
    ),
    evaluated: z.boolean(),
    version: z.int32(),
    createdAt: Instant,
    updatedAt: Instant,
  })
  .meta({ id: 'Enrolment', description: 'One learner in one version of a course, and how far they are.' })
export type Enrolment = z.output<typeof Enrolment>

export const NewEnrolment = z
  .strictObject({
    learnerId: Id,
    courseVersionId: Id.describe('A published one.'),
    dueOn: CalendarDate.optional(),
  })
  .meta({ id: 'NewEnrolment' })

export const EnrolmentFilter = z.strictObject({
  ...PageArgs.shape,
  learnerId: Id.optional(),
  status: z.enum(enrolmentStatuses).optional(),
})

const at = Instant.describe(
  'When it happened. Not in the future; five minutes of clock difference are forgiven.',
)
const verifiedBy = Text(200).describe('Who saw it. Sealed at rest.').meta({ example: 'Sample Instructor' })

export const NewAttendance = z.strictObject({
  id: Id,
  moduleCode: Code,
  at,
  minutes: z.int().min(1).max(1440),
  verifiedBy,
})

export const NewAttempt = z.strictObject({
  id: Id,
  moduleCode: Code.describe('A quiz.'),
  at,
  score: z.int().min(0).max(100),
  verifiedBy: verifiedBy.optional(),
})

export const Evaluate = z.strictObject({
  id: Id,
  at: at.optional().describe('Left out: now. That it was done is kept, not what it says.'),
})

export const ById = z.strictObject({ id: Id })
