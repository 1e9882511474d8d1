import { createHash } from 'node:crypto'
import type { auditEvents } from '../../db/audit.ts'
import type { disclosures } from '../disclosures/table.ts'
import type { ChainSource } from './table.ts'

/**
 * The form in which rows are hashed now. A member that a later version adds is a form of its own: links keep theirs,
 * so that what was sealed before is still checked by what it was sealed as.
 */
export const formNow = 1

/** Before the first link. */
export const genesis = Buffer.alloc(32)

type AuditRow = typeof auditEvents.$inferSelect
type LedgerRow = typeof disclosures.$inferSelect
export type ChainRow =
  | { readonly source: 'audit_events'; readonly row: AuditRow }
  | { readonly source: 'disclosures'; readonly row: LedgerRow }

const auditMembers: readonly (keyof AuditRow)[] = [
  'networkId',
  'id',
  'organizationId',
  'at',
  'action',
  'subjectType',
  'subjectId',
  'patientId',
  'actorClientId',
  'actingUser',
  'personType',
  'personId',
  'face',
  'clientAddress',
  'outcome',
  'code',
  'basis',
  'basisId',
  'requestId',
]

const ledgerMembers: readonly (keyof LedgerRow)[] = [
  'networkId',
  'id',
  'organizationId',
  'readerIds',
  'at',
  'patientId',
  'recipientOrganizationId',
  'recipientClientId',
  'basis',
  'consentId',
  'approvalId',
  'designation',
  'purpose',
  'dataClasses',
  'briefDescription',
  'fieldsHash',
  'subjectType',
  'subjectId',
  'method',
  'viaEhr',
  'noticeVersion',
  'consentCopySent',
  'ruleVersion',
  'requestId',
  'manual',
  'recordedByClientId',
  'recordedAt',
  'recipientName',
  'recipientDetail',
  'correctsId',
]

/** Names every member of the table, in one order, on every machine: JSON of an array, instants in UTC, bytes in hex. */
function canonical({ source, row }: ChainRow, form: number): string {
  if (form !== formNow) throw new Error(`A link has form ${form}, which this version does not know`)
  const values =
    source === 'audit_events'
      ? auditMembers.map((member) => row[member])
      : ledgerMembers.map((member) => row[member])
  return JSON.stringify([
    form,
    source,
    ...values.map((value) => (Buffer.isBuffer(value) ? value.toString('hex') : value)),
  ])
}

/** A row that was gone before it was sealed has a link too: the hole is kept, and found. */
const missing = (source: ChainSource, id: string, form: number) =>
  JSON.stringify([form, source, id, 'missing'])

export function linkHash(
  before: Buffer,
  source: ChainSource,
  id: string,
  row: ChainRow | undefined,
  form: number,
): Buffer {
  const text = row ? canonical(row, form) : missing(source, id, form)
  return createHash('sha256').update(before).update(text).digest()
}
