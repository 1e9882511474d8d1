import { z } from 'zod'
import { Id } from '../../core/id.ts'
import { PageArgs } from '../../core/page.ts'
import { Instant, Text } from '../../core/primitives.ts'
import { DataClass, dataClasses } from '../consents/codes.ts'
import { endedBases, firstStatuses, requesters, restrictionStatuses } from './codes.ts'

export const NewRestriction = z
  .strictObject({
    id: Id.describe('The patient.'),
    recipientOrganizationId: Id.optional().describe('Left out: nobody may have it.'),
    mentorId: Id.optional().describe(
      'A mentor whom the person does not want. Nothing else is restricted then.',
    ),
    dataClasses: z
      .array(DataClass)
      .max(dataClasses.length)
      .default([])
      .describe('What may not be disclosed. Empty: nothing may.'),
    text: Text(2000).describe('In the words of the person.'),
    selfPay: z
      .boolean()
      .default(false)
      .describe('To a health plan, of what was paid for in full: has to be agreed to (42 CFR 2.26(a)(6)).'),
    status: z
      .enum(firstStatuses)
      .default('agreed')
      .describe(
        '`requested`: kept, and binding once it is agreed to. What a patient’s own token sends is requested.',
      ),
  })
  .refine(
    ({ mentorId, recipientOrganizationId, dataClasses: classes }) =>
      mentorId === undefined || (recipientOrganizationId === undefined && classes.length === 0),
    {
      path: ['mentorId'],
      error: 'A restriction is of a mentor, or of what is disclosed.',
      params: { code: 'conflicting_members' },
    },
  )

export const Restriction = z
  .object({
    id: Id,
    organizationId: Id.describe('The organization that keeps it.'),
    patientId: Id,
    recipientOrganizationId: Id.nullable(),
    mentorId: Id.nullable(),
    dataClasses: z.array(DataClass).describe('Empty: all.'),
    text: z.string().nullable(),
    selfPay: z.boolean(),
    status: z
      .enum(restrictionStatuses)
      .describe('Only `agreed` binds: from that moment, whatever a consent says.'),
    requestedBy: z.enum(requesters),
    decisionReason: z.string().nullable(),
    decidedAt: Instant.nullable(),
    endedAt: Instant.nullable(),
    endedBasis: z.enum(endedBases).nullable(),
    version: z.int32(),
    createdAt: Instant,
    updatedAt: Instant,
  })
  .meta({ id: 'Restriction', description: 'What a patient has ruled out (42 CFR 2.26).' })
export type Restriction = z.output<typeof Restriction>

export const RestrictionFilter = z.strictObject({ id: Id.describe('The patient.'), ...PageArgs.shape })

export const DecideRestriction = z.strictObject({
  id: Id,
  outcome: z.enum(['agreed', 'denied']),
  reason: Text(1000).optional(),
})

export const EndRestriction = z.strictObject({
  id: Id,
  basis: z
    .enum(endedBases)
    .describe(
      'A notice to the patient ends it for records made afterwards only; one of self-pay it cannot end.',
    ),
})
