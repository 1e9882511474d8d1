import { z } from 'zod'
import { type SubjectType, subjectTypes } from '../../core/context.ts'
import { Id } from '../../core/id.ts'
import { PageArgs } from '../../core/page.ts'
import { evenWhenMalformed, fault, Instant, Text } from '../../core/primitives.ts'
import { DataClass, dataClasses, Purpose } from '../consents/codes.ts'
import { designations, disclosureBases, Method, manualMethods } from './codes.ts'

/** One row of the ledger, as it is read. */
export const LedgerEntry = z
  .object({
    id: Id,
    at: Instant.describe('When it was disclosed.'),
    organizationId: Id.describe('Who disclosed: the organization whose data it is.'),
    patientId: Id,
    recipient: z.object({
      organizationId: Id.nullable().describe('Null: outside of the network.'),
      name: z.string().nullable(),
      person: z.string().nullable().describe('Told to the organization that disclosed, and to the patient.'),
      address: z.string().nullable(),
      clientId: Id.nullable().describe('The API client that received it.'),
    }),
    basis: z.enum(disclosureBases),
    consentId: Id.nullable(),
    approvalId: Id.nullable().describe('The agreement, order or emergency grant, where it rests on one.'),
    designation: z
      .enum(designations)
      .nullable()
      .describe('How the consent designates the recipient (42 CFR 2.31(a)(4)).'),
    purpose: Purpose,
    dataClasses: z.array(DataClass),
    description: z.string().nullable().describe('Of the information, in plain words.'),
    fieldsHash: z.string().nullable().describe('SHA-256 of the names of the members that were sent.'),
    subjectType: z.enum(subjectTypes as readonly [SubjectType, ...SubjectType[]]).nullable(),
    subjectId: Id.nullable(),
    method: Method,
    viaEhr: z.boolean().describe('Made through an electronic health record (42 CFR 2.25(a)(2)).'),
    noticeVersion: z.string().nullable().describe('Which statement of 42 CFR 2.32 went along.'),
    consentCopySent: z
      .boolean()
      .describe('A copy of the consent, or its scope, went along (42 CFR 2.32(b)).'),
    ruleVersion: z.string().nullable().describe('The rules of the decision that permitted it.'),
    requestId: z.string(),
    manual: z.boolean().describe('Entered by hand.'),
    recordedAt: Instant.nullable(),
    correctsId: Id.nullable().describe('The entry in whose place this one stands.'),
    correctedById: Id.nullable().describe('The entry that stands in place of this one.'),
  })
  .meta({ id: 'LedgerEntry', description: 'One disclosure. Never changed, never taken away.' })
export type LedgerEntry = z.output<typeof LedgerEntry>

const period = {
  from: Instant.optional().describe('Disclosed at this instant or later.'),
  to: Instant.optional().describe('Disclosed before this instant.'),
}

export const LedgerFilter = z.strictObject({
  ...PageArgs.shape,
  ...period,
  patientId: Id.optional(),
  recipientOrganizationId: Id.optional(),
})

export const PatientLedgerFilter = z.strictObject({ ...PageArgs.shape, ...period, id: Id })

const Recipient = z
  .strictObject({
    organizationId: Id.optional().describe('In the network; then nothing else names it.'),
    name: Text(200).optional().describe('An organization outside of the network.'),
    person: Text(200).optional().describe('Who took it there. Sealed at rest.'),
    address: Text(500).optional().describe('If known (45 CFR 164.528(b)(2)(ii)). Sealed at rest.'),
  })
  .check(
    evenWhenMalformed((payload) => {
      const said = payload.value as { organizationId?: unknown; name?: unknown } | null
      if (said === null || typeof said !== 'object') return
      if ((said.organizationId === undefined) !== (said.name === undefined)) return
      payload.issues.push({
        ...fault('recipient_ambiguous', [], 'Name an organizationId or a name, one of them.'),
        input: undefined,
      })
    }),
  )

export const NewLedgerEntry = z
  .strictObject({
    patientId: Id,
    at: Instant.describe('When it was said or sent; not in the future.'),
    recipient: Recipient,
    basis: z.enum(disclosureBases),
    consentId: Id.optional().describe('Required where it rests on consent.'),
    designation: z.enum(designations).optional(),
    purpose: Purpose,
    dataClasses: z.array(DataClass).min(1).max(dataClasses.length),
    description: Text(500).optional().describe('Left out, it is made of the classes. Name no names here.'),
    method: z.enum(manualMethods),
    viaEhr: z.boolean().default(false),
    noticeSent: z.boolean().default(false).describe('The statement of 42 CFR 2.32 went along.'),
    consentCopySent: z.boolean().default(false),
    correctsId: Id.optional().describe('An entry that was wrong: this one stands in its place from now on.'),
  })
  .check(
    evenWhenMalformed((payload) => {
      const said = payload.value as { basis?: unknown; consentId?: unknown } | null
      if (said?.basis !== 'consent' || said.consentId !== undefined) return
      payload.issues.push({
        ...fault('required', ['consentId'], 'A disclosure that rests on consent names it.'),
        input: undefined,
      })
    }),
  )
  .meta({ id: 'NewLedgerEntry' })
