import { z } from 'zod'
import { Id } from '../../core/id.ts'
import { PageArgs } from '../../core/page.ts'
import { CalendarDate, evenWhenMalformed, fault, Instant, Text } from '../../core/primitives.ts'
import { DataClass, dataClasses } from '../consents/codes.ts'
import { agreementKinds, orderSections } from './codes.ts'

const fields = {
  kind: z
    .enum(agreementKinds)
    .describe(
      '`qsoa`, `baa_qsoa`: a qualified service organization, which needs no consent; `administrative_control`: units under one direct administration; `research`, `audit`, `court_order`: an approval for that purpose alone; `baa`: kept on file, permits nothing by itself.',
    ),
  counterpartyOrganizationId: Id.describe(
    'Who receives under it. Your organization is the one that discloses.',
  ),
  patientId: Id.optional().describe('Only this patient’s record. Required for a court order.'),
  dataClasses: z.array(DataClass).max(dataClasses.length).default([]).describe('Empty: all.'),
  justification: Text(2000)
    .optional()
    .describe(
      'Why the counterparty is a qualified service organization. Required: mentoring itself is doubtful as such a service, and whoever cannot say why needs consents.',
    ),
  reference: Text(200).optional().describe('Number of the order, the protocol or the audit.'),
  orderSection: z.enum(orderSections).optional().describe('Section of 42 CFR part 2, subpart E.'),
  subpoenaReference: Text(200)
    .optional()
    .describe('Required for a court order: an order alone compels nothing (42 CFR 2.61).'),
  documentSha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'Expected a SHA-256 digest in lower-case hex')
    .optional()
    .describe('Digest of the signed agreement.'),
  signedOn: CalendarDate,
  effectiveOn: CalendarDate.optional().describe('Default: the day it was signed.'),
  endsOn: CalendarDate.optional().describe(
    'Last day on which it holds, in UTC. Required for approvals and orders.',
  ),
}

const required: Readonly<Record<string, readonly (keyof typeof fields)[]>> = {
  qsoa: ['justification'],
  baa_qsoa: ['justification'],
  research: ['reference', 'endsOn'],
  audit: ['reference', 'endsOn'],
  court_order: ['patientId', 'orderSection', 'subpoenaReference', 'endsOn'],
}

export const NewAgreement = z
  .strictObject(fields)
  .check(
    evenWhenMalformed((payload) => {
      const { value } = payload as { value: unknown }
      if (value === null || typeof value !== 'object') return
      const said = value as Record<string, unknown>
      const missing = typeof said.kind === 'string' ? (required[said.kind] ?? []) : []
      for (const member of missing)
        if (said[member] === undefined)
          payload.issues.push({
            ...fault('required', [member], 'An agreement of this kind needs this member.'),
            input: undefined,
          })
      const from = said.effectiveOn ?? said.signedOn
      if (typeof from === 'string' && typeof said.endsOn === 'string' && said.endsOn < from)
        payload.issues.push({
          ...fault('ends_before_start', ['endsOn'], 'It would end before it begins.'),
          input: undefined,
        })
    }),
  )
  .meta({ id: 'NewOrganizationAgreement' })

const nullableText = z.string().nullable()

export const Agreement = z
  .object({
    id: Id,
    organizationId: Id.describe('Who discloses under it.'),
    kind: z.enum(agreementKinds),
    counterpartyOrganizationId: Id,
    patientId: Id.nullable(),
    dataClasses: z.array(DataClass),
    justification: nullableText,
    reference: nullableText,
    orderSection: z.enum(orderSections).nullable(),
    subpoenaReference: nullableText,
    documentSha256: nullableText,
    signedOn: CalendarDate,
    effectiveOn: CalendarDate,
    endsOn: CalendarDate.nullable(),
    inForce: z.boolean().describe('At the moment of the request.'),
    terminatedAt: Instant.nullable(),
    terminationReason: nullableText,
    version: z.int32(),
    createdAt: Instant,
    updatedAt: Instant,
  })
  .meta({
    id: 'OrganizationAgreement',
    description: 'What two organizations agreed on (42 CFR 2.11, 2.12(c), 2.52, 2.53, subpart E).',
  })
export type Agreement = z.output<typeof Agreement>

export const AgreementFilter = z.strictObject({
  ...PageArgs.shape,
  kind: z.enum(agreementKinds).optional(),
  counterpartyOrganizationId: Id.optional(),
})

export const TerminateAgreement = z.strictObject({ id: Id, reason: Text(1000).optional() })
