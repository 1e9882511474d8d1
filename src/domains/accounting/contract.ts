import { z } from 'zod'
import { Id } from '../../core/id.ts'
import { PageArgs } from '../../core/page.ts'
import { CalendarDate, Instant, Text } from '../../core/primitives.ts'
import { Purpose } from '../consents/codes.ts'
import { disclosureBases } from '../disclosures/codes.ts'

const asked = {
  from: CalendarDate.optional().describe('First day. Default and earliest: three years before the request.'),
  to: CalendarDate.optional().describe('Last day. Default: today.'),
}

const flag = z
  .enum(['true', 'false'])
  .transform((text) => text === 'true')
  .meta({ type: 'string', enum: ['true', 'false'] })

export const AccountingQuery = z.strictObject({
  id: Id,
  ...asked,
  summarize: flag
    .optional()
    .describe(
      '`true`: several disclosures of the same to one recipient for one purpose are one line, with the first, the last and how many (45 CFR 164.528(b)(3)).',
    ),
})

export const linesMax = 5_000

export const AccountingLine = z.object({
  firstAt: Instant,
  lastAt: Instant.describe('The same as `firstAt` where there was one.'),
  count: z.number().int(),
  recipient: z.object({
    organizationId: Id.nullable(),
    name: z.string().nullable(),
    address: z.string().nullable().describe('If known.'),
  }),
  purpose: Purpose,
  basis: z.enum(disclosureBases),
  description: z.string().nullable(),
})
export type AccountingLine = z.output<typeof AccountingLine>

const period = {
  from: CalendarDate,
  to: CalendarDate,
  timeZone: z.string().describe('The days are days there: the time zone of the organization.'),
}

export const Accounting = z
  .object({
    patientId: Id,
    ...period,
    asOf: Instant,
    lines: z.array(AccountingLine).max(linesMax).describe('By time.'),
    truncated: z.boolean().describe('There are more lines: ask for fewer days, or for a summary.'),
  })
  .meta({
    id: 'Accounting',
    description: 'Disclosures of a patient’s record (42 CFR 2.25, 45 CFR 164.528(b)(2)).',
  })
export type Accounting = z.output<typeof Accounting>

export const requestKinds = ['accounting', 'intermediary_list'] as const
export const requestStatuses = ['open', 'fulfilled'] as const

export const NewAccountingRequest = z.strictObject({ id: Id, ...asked }).meta({ id: 'NewAccountingRequest' })

export const NewIntermediaryRequest = z
  .strictObject({ id: Id })
  .meta({ id: 'NewIntermediaryDisclosureRequest' })

export const AccountingRequest = z
  .object({
    id: Id,
    organizationId: Id,
    patientId: Id,
    kind: z.enum(requestKinds),
    status: z.enum(requestStatuses),
    requestedAt: Instant,
    ...period,
    dueAt: Instant.describe('A running clock: whoever is late is told, then their lead, then the hub.'),
    extendedAt: Instant.nullable(),
    extensionReason: z.string().nullable(),
    fulfilledAt: Instant.nullable(),
    documentSha256: z
      .string()
      .nullable()
      .describe('Digest of `document` as it was given: compact JSON, members in the order answered.'),
    disclosuresCount: z.number().int().nullable(),
    version: z.int32(),
    createdAt: Instant,
    updatedAt: Instant,
  })
  .meta({ id: 'AccountingRequest' })
export type AccountingRequest = z.output<typeof AccountingRequest>

export const AccountingRequestWithDocument = AccountingRequest.extend({
  document: Accounting.describe(
    'Of an open request as it would be now; of a fulfilled one as it was given, whatever was entered since.',
  ),
}).meta({ id: 'AccountingRequestWithDocument' })

export const AccountingRequestFilter = z.strictObject({
  ...PageArgs.shape,
  patientId: Id.optional(),
  kind: z.enum(requestKinds).optional(),
  status: z.enum(requestStatuses).optional(),
})

export const ExtendRequest = z
  .strictObject({ id: Id, reason: Text(1000).describe('Told to the patient in writing.') })
  .meta({ id: 'ExtendAccountingRequest' })
