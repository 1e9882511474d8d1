import { z } from 'zod'
import { Id } from '../../core/id.ts'
import { PageArgs } from '../../core/page.ts'
import { Instant, Text } from '../../core/primitives.ts'
import { CompetencyGroup, competencyGroups, SessionKind } from './codes.ts'

const attendeesMax = 50

const fields = {
  at: Instant.describe(
    'When it took place. Not in the future; five minutes of clock difference are forgiven.',
  ),
  kind: SessionKind.describe('Every kind counts as supervision, a group’s too.'),
  minutes: z.int().min(1).max(1440).meta({ example: 50 }),
  topics: z
    .array(CompetencyGroup)
    .max(competencyGroups.length)
    .describe('By the groups of the SAMHSA core competencies for peer workers.')
    .meta({ example: ['managing_crises'] }),
  mentorIds: z
    .array(Id)
    .min(1)
    .max(attendeesMax)
    .describe('The mentors of your organization who were there.'),
  supervisorName: Text(200).meta({ example: 'Sample Supervisor' }),
  supervisorOrganizationId: Id.describe(
    'The organization of the network that the supervisor works for, if any. Never an employer of a mentor who was there.',
  ),
  supervisorHasPeerBackground: z
    .boolean()
    .describe('Whether the supervisor has worked as a peer: those who have not see the role differently.'),
  actions: Text(2000).describe(
    'What was agreed to do. Nobody who is accompanied is named or described here, and nothing of a mentor’s own health.',
  ),
}

export const SupervisionSession = z
  .object({
    id: Id,
    organizationId: Id,
    ...fields,
    minutes: z.int32(),
    supervisorOrganizationId: Id.nullable(),
    supervisorHasPeerBackground: z.boolean().nullable(),
    actions: z.string().nullable(),
    version: z.int32(),
    createdAt: Instant,
    updatedAt: Instant,
  })
  .meta({ id: 'SupervisionSession' })
export type SupervisionSession = z.output<typeof SupervisionSession>

export const NewSupervisionSession = z
  .strictObject({
    ...fields,
    topics: fields.topics.default([]),
    supervisorOrganizationId: fields.supervisorOrganizationId.optional(),
    supervisorHasPeerBackground: fields.supervisorHasPeerBackground.optional(),
    actions: fields.actions.optional(),
  })
  .meta({ id: 'NewSupervisionSession' })

export const SessionFilter = z.strictObject({
  ...PageArgs.shape,
  mentorId: Id.optional().describe('Those at which this mentor was.'),
})
