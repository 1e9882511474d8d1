import { z } from 'zod'
import { Id } from '../../core/id.ts'
import { PageArgs } from '../../core/page.ts'
import { Instant, Text } from '../../core/primitives.ts'
import { Code } from '../courses/codes.ts'
import { hourStatuses, placementStatuses, relationships } from './codes.ts'

const changed = { version: z.int32(), createdAt: Instant, updatedAt: Instant }

export const Placement = z
  .object({
    id: Id,
    organizationId: Id.describe('Whose mentors the learner goes along with.'),
    cohortId: Id,
    learningProgramId: Id,
    learnerId: Id,
    hostMentorId: Id.nullable().describe('Null for the school: mentors are their organization’s.'),
    supervisorId: Id.nullable().describe('The peer supervisor who signs its hours. Null for the school.'),
    schoolOrganizationId: Id.nullable(),
    schoolReference: z.string().nullable().describe('The school’s own number of its learner.'),
    relationship: z.enum(relationships),
    status: z
      .enum(placementStatuses)
      .describe('`completed` with the signature under the last thing that was missing.'),
    requiredMinutes: z.int32(),
    recordedMinutes: z.int32(),
    signedMinutes: z.int32().describe('Only these count.'),
    signedReflections: z.int32(),
    evidenced: z.array(z.string()).describe('Competencies of which signed hours are evidence.'),
    ...changed,
  })
  .meta({
    id: 'Placement',
    description: 'One learner beside one mentor, and how far they are. It names nobody who is accompanied.',
  })
export type Placement = z.output<typeof Placement>

export const NewPlacement = z
  .strictObject({
    cohortId: Id,
    learnerId: Id,
    hostMentorId: Id.describe('The mentor whom the learner goes along with.'),
    supervisorId: Id.describe(
      'A mentor of your organization who is a peer, active, and neither the learner nor the mentor who is there.',
    ),
    schoolOrganizationId: Id.optional().describe(
      'The organization of the network that sent the learner. It reads how far the placement is; the person’s consent has to name it.',
    ),
    schoolReference: Text(100).optional().describe('Sealed at rest.'),
    relationship: z.enum(relationships).default('observed'),
  })
  .meta({ id: 'NewPlacement' })

export const PlacementFilter = z.strictObject({
  ...PageArgs.shape,
  learnerId: Id.optional(),
  status: z.enum(placementStatuses).optional(),
})

const hour = {
  relationship: z.enum(relationships),
  beganAt: Instant,
  endedAt: Instant.describe('Not in the future, and within a day of its beginning.'),
  competencies: z.array(Code).max(30).describe('Of the learning program.'),
  reflection: Text(4000).describe(
    'The learner’s own. Nobody who is accompanied is named or described here. Sealed at rest.',
  ),
}

export const PlacementHour = z
  .object({
    id: Id,
    organizationId: Id,
    placementId: Id,
    learnerId: Id,
    hostMentorId: Id,
    supervisorId: Id,
    mentorshipId: Id,
    consentId: Id.describe(
      'The person’s own consent that a learner may be there, signed when the hour began.',
    ),
    ...hour,
    competencies: z.array(z.string()),
    reflection: z.string().nullable(),
    status: z.enum(hourStatuses),
    signedAt: Instant.nullable(),
    signedBy: Id.nullable(),
    ...changed,
  })
  .meta({ id: 'PlacementHour' })
export type PlacementHour = z.output<typeof PlacementHour>

export const NewPlacementHour = z.strictObject({
  id: Id.describe('The placement.'),
  mentorshipId: Id.describe('Of the mentor of the placement.'),
  ...hour,
  relationship: hour.relationship.default('observed'),
  competencies: hour.competencies.default([]),
  reflection: hour.reflection.optional(),
})

export const SignOff = z.strictObject({
  id: Id,
  supervisorId: Id.optional().describe(
    'Who signs, where your system speaks for them. Left out with the portal token of the supervisor.',
  ),
})

export const OfPlacement = z.strictObject({ id: Id, ...PageArgs.shape })
export const ById = z.strictObject({ id: Id })
