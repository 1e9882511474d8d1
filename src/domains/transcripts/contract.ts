import { z } from 'zod'
import { Id } from '../../core/id.ts'
import { PageArgs } from '../../core/page.ts'
import { CalendarDate, Instant } from '../../core/primitives.ts'
import { certificateStatuses } from '../certificates/codes.ts'
import { Credits } from '../courses/codes.ts'
import { enrolmentStatuses } from '../enrolments/codes.ts'
import { Profession } from '../learners/codes.ts'

export const entryKinds = ['course', 'placement', 'external'] as const
/** Those of enrolments and of placements, which share two, and of what came from elsewhere. */
export const entryStatuses = [...enrolmentStatuses, 'active', 'accepted'] as const

export const TranscriptEntry = z
  .object({
    kind: z.enum(entryKinds),
    id: Id.describe('The enrolment, the placement, or the credit that was earned elsewhere.'),
    title: z.string(),
    provider: z.string().nullable().describe('Null: your own organization.'),
    status: z.enum(entryStatuses),
    completedOn: CalendarDate.nullable(),
    minutes: z.int32().nullable().describe('Of a placement those that its supervisor has signed.'),
    creditType: z.string().nullable(),
    credits: Credits.nullable(),
    certificateStatus: z.enum(certificateStatuses).nullable().describe('Null: none was issued.'),
  })
  .meta({ id: 'TranscriptEntry' })
export type TranscriptEntry = z.output<typeof TranscriptEntry>

export const Transcript = z
  .object({
    learnerId: Id,
    learnerName: z.string(),
    profession: Profession,
    asOf: Instant,
    signedMinutes: z
      .int32()
      .describe('What supervisors have signed in all placements together, also in those that are not shown.'),
    entries: z
      .array(TranscriptEntry)
      .describe(
        'Newest first, a thousand at most. A placement stands here once an hour of it was signed, and credit from elsewhere once it was accepted.',
      ),
    truncated: z.boolean().describe('There is more than the entries that are shown.'),
  })
  .meta({
    id: 'Transcript',
    description: 'What a learner has learned, and where. Over HTTP also as CSV: send Accept: text/csv.',
  })
export type Transcript = z.output<typeof Transcript>

export const ById = z.strictObject({ id: Id })

export const LearnerReportLine = z
  .object({
    enrolmentId: Id,
    firstName: z.string().describe('The name up to its last word.'),
    lastName: z.string().describe('The last word of the name.'),
    licenseState: z.string().nullable(),
    licenseNumber: z.string().nullable(),
    npi: z.string().nullable(),
    birthMonthDay: z.string().nullable(),
    profession: Profession,
    activityNumber: z.string().nullable(),
    providerNumber: z.string(),
    completedOn: CalendarDate,
    creditType: z.string(),
    credits: Credits,
  })
  .meta({
    id: 'LearnerReportLine',
    description:
      'What an accreditor asks for of each learner who earned credit: the fields of ACCME’s PARS, as far as they are known here.',
  })
export type LearnerReportLine = z.output<typeof LearnerReportLine>

export const LearnerReportFilter = z.strictObject({
  ...PageArgs.shape,
  id: Id.describe('The course.'),
  completedFrom: CalendarDate.optional(),
  completedTo: CalendarDate.optional().describe('The last day that is reported.'),
})
