import { z } from 'zod'
import { Id } from '../../core/id.ts'
import { PageArgs } from '../../core/page.ts'
import { CalendarDate, Instant } from '../../core/primitives.ts'

export const NewTreatingRelationship = z.strictObject({
  id: Id.describe('The patient.'),
  treatingOrganizationId: Id,
  beganOn: CalendarDate.optional().describe('Default: today, in UTC.'),
})

export const EndTreatingRelationship = z.strictObject({
  id: Id,
  endedOn: CalendarDate.optional().describe('From this day on it is over. Default: today, in UTC.'),
})

export const TreatingRelationship = z
  .object({
    id: Id,
    organizationId: Id,
    patientId: Id,
    treatingOrganizationId: Id,
    beganOn: CalendarDate,
    endedOn: CalendarDate.nullable(),
    version: z.int32(),
    createdAt: Instant,
    updatedAt: Instant,
  })
  .meta({
    id: 'TreatingRelationship',
    description:
      'That an organization treats a patient: what a general designation in a consent asks for at each disclosure (42 CFR 2.31(a)(4)(ii)(B)). Being a mentor is not treating.',
  })
export type TreatingRelationship = z.output<typeof TreatingRelationship>

export const TreatingFilter = z.strictObject({ id: Id.describe('The patient.'), ...PageArgs.shape })
