import { z } from 'zod'
import { Id } from '../../core/id.ts'
import { PageArgs } from '../../core/page.ts'
import { CalendarDate, Instant, Text } from '../../core/primitives.ts'
import { Code, Credits, TopicCredits } from '../courses/codes.ts'
import { externalStatuses, reviewOutcomes } from './codes.ts'

const changed = { version: z.int32(), createdAt: Instant, updatedAt: Instant }
const ofTopics = z.array(z.object({ topic: z.string(), credits: Credits }))

export const CreditAward = z
  .object({
    id: Id,
    organizationId: Id,
    learnerId: Id,
    enrolmentId: Id,
    courseVersionId: Id,
    accreditationId: Id,
    creditType: z.string(),
    credits: Credits,
    topics: ofTopics,
    awardedOn: CalendarDate.describe('The day on which the course was completed.'),
    revokedAt: Instant.nullable(),
    ...changed,
  })
  .meta({ id: 'CreditAward', description: 'One for each learner and version of a course.' })
export type CreditAward = z.output<typeof CreditAward>

export const NewCreditAward = z.strictObject({
  id: Id.describe('The enrolment: a completed one.'),
  accreditationId: Id.describe('Of the same version.'),
  credits: Credits.optional().describe('Left out: as many as were accredited. Never more.'),
  topics: TopicCredits.optional().describe('Left out: as accredited, when the credits are.'),
})

const external = {
  title: Text(200).describe('Sealed at rest.').meta({ example: 'Ethics for peer workers' }),
  provider: Text(200).describe('Sealed at rest.').meta({ example: 'Sample State University' }),
  creditType: Code.meta({ example: 'naadac_ce' }),
  credits: Credits,
  topics: TopicCredits,
  completedOn: CalendarDate.describe('Not in the future.'),
  evidenceHash: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/, 'Expected sha256: and 64 hexadecimal digits')
    .describe('Of the document that proves it, which stays with you.')
    .meta({ example: `sha256:${'0'.repeat(64)}` }),
}

export const ExternalCredit = z
  .object({
    id: Id,
    organizationId: Id,
    learnerId: Id,
    ...external,
    title: z.string(),
    provider: z.string(),
    topics: ofTopics,
    status: z.enum(externalStatuses).describe('Only an `accepted` one counts.'),
    reviewedAt: Instant.nullable(),
    reviewNote: z.string().nullable(),
    ...changed,
  })
  .meta({
    id: 'ExternalCredit',
    description: 'Earned elsewhere, and looked at by somebody else than who sent it.',
  })
export type ExternalCredit = z.output<typeof ExternalCredit>

export const NewExternalCredit = z.strictObject({
  id: Id.describe('The learner.'),
  ...external,
  topics: external.topics.default([]),
})

export const ReviewExternalCredit = z.strictObject({
  id: Id,
  outcome: z.enum(reviewOutcomes),
  note: Text(1000).optional().describe('Sealed at rest.'),
})

export const OfLearner = z.strictObject({ id: Id, ...PageArgs.shape })
export const ById = z.strictObject({ id: Id })
