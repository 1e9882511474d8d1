import { z } from 'zod'
import { bases, faces, personTypes, type SubjectType, subjectTypes } from '../../core/context.ts'
import { Id } from '../../core/id.ts'
import { PageArgs } from '../../core/page.ts'
import { CalendarDate, Instant } from '../../core/primitives.ts'

const outcomes = ['allowed', 'denied'] as const

export const AuditFilter = z.strictObject({
  ...PageArgs.shape,
  patientId: Id.optional(),
  subjectType: z.enum(subjectTypes).optional(),
  subjectId: Id.optional(),
  clientId: Id.optional(),
  actingUser: z.string().min(1).max(200).optional(),
  action: z
    .string()
    .regex(/^[\w.]{1,100}$/, 'Expected an operation id, such as referrals.get')
    .optional(),
  outcome: z.enum(outcomes).optional(),
  from: Instant.optional().describe('At this instant or later.'),
  to: Instant.optional().describe('Before this instant.'),
})

export const AuditEvent = z
  .object({
    id: Id,
    at: Instant,
    action: z.string().describe('The operation id, or the name of a job.'),
    outcome: z.enum(outcomes).describe('`denied`: it was asked for and refused, with `code`.'),
    code: z.string().nullable().describe('Error code of the refusal.'),
    subjectType: z.enum(subjectTypes as readonly [SubjectType, ...SubjectType[]]).nullable(),
    subjectId: Id.nullable().describe('Of a refusal: the id that was asked for, whether or not it exists.'),
    patientId: Id.nullable().describe('Null for refusals: they say nothing of anybody.'),
    clientId: z.string().describe('The API client; all zeros for the service itself and the command line.'),
    actingUser: z.string().nullable().describe('As the calling system named them (X-Acting-User).'),
    person: z
      .object({ type: z.enum(personTypes), id: Id })
      .nullable()
      .describe('For whom a portal token spoke.'),
    face: z.enum(faces).nullable(),
    clientAddress: z
      .string()
      .nullable()
      .describe('As the service saw it: that of a proxy, where one is in front.'),
    basis: z
      .object({ kind: z.enum(bases), id: Id.nullable().describe('The consent, agreement or grant.') })
      .nullable(),
    requestId: z.string(),
  })
  .meta({
    id: 'AuditEvent',
    description: 'Who read or changed what, or was refused it. Never holds content.',
  })
export type AuditEvent = z.output<typeof AuditEvent>

export const VerifyFrom = z.strictObject({
  from: z.coerce
    .number()
    .int()
    .min(1)
    .max(Number.MAX_SAFE_INTEGER)
    .default(1)
    .describe('Position to begin at: `nextFrom` of the answer before.')
    .meta({ type: 'integer', minimum: 1, example: 1 }),
  head: z
    .string()
    .regex(/^\d{1,15}:[0-9a-f]{64}$/, 'Expected a position, a colon and 64 hex digits')
    .optional()
    .describe('A head that you kept, as `position:hash`: the chain has to stand there as it did.'),
})

const Broken = z.object({
  position: z.number().int().nullable(),
  reason: z
    .enum([
      'hash_differs',
      'row_missing',
      'link_missing',
      'anchor_differs',
      'tail_missing',
      'row_outside_chain',
    ])
    .describe(
      '`hash_differs`: the row or its link was changed, or moved. `row_missing`: the row is gone. `link_missing`: a link is gone. `anchor_differs`: not what stood there when it was anchored. `tail_missing`: the chain once reached further. `row_outside_chain`: rows were added or taken away behind the chain.',
    ),
})
export type Broken = z.output<typeof Broken>

export const Verification = z
  .object({
    valid: z.boolean().describe('Nothing is broken in the part that was checked.'),
    checked: z.number().int().describe('Links that were recomputed.'),
    firstBroken: Broken.nullable(),
    nextFrom: z.number().int().nullable().describe('Where to go on; null at the end of the chain.'),
    waiting: z.number().int().describe('Rows of the last seconds that are not in the chain yet.'),
    head: z
      .object({ position: z.number().int(), hash: z.string(), sealedAt: Instant })
      .nullable()
      .describe(
        'Keep it outside of the service: later it proves that the chain was not cut or written anew.',
      ),
  })
  .meta({ id: 'AuditVerification' })
export type Verification = z.output<typeof Verification>

export const AccessFilter = z.strictObject({
  id: Id,
  from: CalendarDate.optional().describe('First day, in UTC. Default: three months before `to`.'),
  to: CalendarDate.optional().describe('Last day, in UTC. Default: today.'),
})

export const Accesses = z
  .object({
    data: z
      .array(
        z.object({
          day: CalendarDate,
          organizationId: z.string(),
          organizationName: z.string().nullable().describe('Null for the service itself.'),
          action: z.string(),
          byPatient: z.boolean().describe('Done with the patient’s own portal token.'),
          count: z.number().int(),
        }),
      )
      .max(1000),
    truncated: z.boolean().describe('There are more: ask for fewer days.'),
  })
  .meta({
    id: 'PatientAccesses',
    description:
      'Which organization did what with a patient’s record, by day: all of them for the patient, its own for the organization that holds the patient.',
  })
