import { createHash } from 'node:crypto'
import type { Basis, Face, TxCtx } from '../../core/context.ts'
import type { DataClass, Purpose } from '../consents/codes.ts'
import type { Decision, Relationship } from '../decisions/facts.ts'
import type { DisclosureBasis, Method } from './codes.ts'
import { noticeVersion } from './notice.ts'
import type { Reading } from './store.ts'
import type { disclosures } from './table.ts'

type LedgerRow = typeof disclosures.$inferInsert

interface Ground {
  readonly audit: Basis['kind']
  /** Absent: no disclosure in the sense of 42 CFR part 2, so no row of the ledger. */
  readonly ledger?: DisclosureBasis
}

const grounds: Readonly<Record<Relationship, Ground>> = {
  internal: { audit: 'internal' },
  patient_self: { audit: 'patient_self' },
  qso: { audit: 'qso' },
  consented_recipient: { audit: 'consent', ledger: 'consent' },
  intermediary: { audit: 'consent', ledger: 'consent' },
  research: { audit: 'research', ledger: 'research' },
  audit: { audit: 'audit', ledger: 'audit' },
  court_order: { audit: 'court_order', ledger: 'court_order' },
  emergency_medical: { audit: 'emergency', ledger: 'emergency' },
}

/** On what the caller sees the record, for the audit row; the organization's own rests on nothing. */
export function basisOf({ relationship, consent, agreement }: Decision): Basis | undefined {
  if (relationship === 'internal' && !agreement) return undefined
  return { kind: consent ? 'consent' : grounds[relationship].audit, id: consent?.id ?? agreement?.id }
}

const methodOf: Readonly<Record<Face, Method>> = {
  rest: 'api',
  graphql: 'graphql',
  fhir: 'fhir',
  job: 'webhook',
  cli: 'export',
}

/** The same in all rows of a request. */
export const ofTheRequest = [
  'networkId',
  'readerIds',
  'at',
  'recipientOrganizationId',
  'recipientClientId',
  'purpose',
  'method',
  'viaEhr',
  'requestId',
  'manual',
  'recordedAt',
] as const satisfies readonly (keyof LedgerRow)[]

/** The row for what is about to be sent, or none where it is no disclosure. */
export function ledgerRow(
  ctx: TxCtx,
  id: string,
  { holderId, patientId, subjectType, subjectId, members }: Omit<Reading, 'grounds' | 'dataClasses'>,
  { relationship, consent, agreement, designation, permittedClasses, ruleVersion }: Decision,
  purpose: Purpose,
): LedgerRow | undefined {
  const basis = consent ? 'consent' : grounds[relationship].ledger
  if (!basis || permittedClasses.length === 0) return undefined
  return {
    networkId: ctx.networkId,
    id,
    organizationId: holderId,
    readerIds: [ctx.organizationId],
    at: ctx.now,
    patientId,
    recipientOrganizationId: ctx.organizationId,
    recipientClientId: ctx.clientId,
    basis,
    consentId: consent?.id ?? null,
    approvalId: consent ? null : (agreement?.id ?? null),
    designation: designation ?? null,
    purpose,
    dataClasses: [...permittedClasses],
    briefDescription: describe(permittedClasses),
    fieldsHash: digestOf(members ?? memberless, permittedClasses),
    subjectType,
    subjectId,
    method: methodOf[ctx.face ?? 'rest'],
    viaEhr: true,
    noticeVersion: consent ? noticeVersion : null,
    consentCopySent: consent !== undefined,
    ruleVersion,
    requestId: ctx.requestId,
    manual: false,
    recordedAt: ctx.now,
  }
}

const words: Readonly<Record<DataClass, string>> = {
  identity: 'who the patient is',
  contact: 'how to reach the patient',
  referral_reason: 'the reason of the referral',
  referral_status: 'the status of the referral',
  engagement_status: 'whether the patient is being accompanied',
  contact_summary: 'when and how often there was contact',
  contact_notes: 'notes on contacts',
  recovery_plan: 'the recovery plan',
  assessment_scores: 'scores of assessments',
  assessment_answers: 'answers to assessments',
  milestones: 'milestones',
  incident: 'an incident',
  location: 'where the patient is',
  safety: 'what concerns the safety of the patient',
  learner_presence: 'what somebody who learns sees and hears when they are there',
}

/** "A brief description of the information disclosed" (45 CFR 164.528(b)(2)), in the patient's language, not in ours. */
export function describe(dataClasses: readonly DataClass[]): string {
  const text = dataClasses.map((dataClass) => words[dataClass]).join('; ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}

type Members = Readonly<Record<string, DataClass | undefined>>

const memberless: Members = {}
const digests = new WeakMap<Members, Map<string, string>>()

/**
 * Of the names of the members that belong to a permitted class, or of the classes where the record names none. Kept: a kind
 * of record has a few digests, and a page of it would make the same one for each row.
 */
function digestOf(members: Members, permitted: readonly DataClass[]) {
  const known = digests.get(members) ?? new Map<string, string>()
  digests.set(members, known)
  const classes = permitted.join()
  const digest = known.get(classes) ?? makeDigest(members, permitted)
  known.set(classes, digest)
  return digest
}

function makeDigest(members: Members, permitted: readonly DataClass[]) {
  const sent = Object.entries(members).flatMap(([name, dataClass]) =>
    dataClass && permitted.includes(dataClass) ? [name] : [],
  )
  const named = sent.length > 0 ? sent : permitted
  return createHash('sha256')
    .update([...named].sort().join('\n'))
    .digest('hex')
}
