import type { SubjectType, TxCtx } from '../../core/context.ts'
import { notFound } from '../../core/errors.ts'
import { newId } from '../../core/id.ts'
import { insertAll } from '../../db/insert.ts'
import type { DataClass, Purpose } from '../consents/contract.ts'
import { type ConsentFacts, type Decision, decide, type Grounds } from '../consents/decision.ts'
import type { Disclosure } from './contract.ts'
import { notices, noticeVersion } from './notice.ts'
import { disclosures } from './table.ts'

/** One record that the caller wants to read, and whose it is. */
export interface Reading {
  /** Of its patient. */
  readonly grounds: Grounds
  readonly holderId: string
  readonly patientId: string
  readonly subjectType: SubjectType
  readonly subjectId: string
  /** The classes that the whole record would show. */
  readonly dataClasses: readonly DataClass[]
}

/** What may be shown of it. `disclosure` and `redacted` go into the answer as they are. */
export interface Shown {
  readonly permitted: ReadonlySet<DataClass>
  readonly decision: Decision
  readonly attached: { readonly disclosure?: Disclosure; readonly redacted?: DataClass[] }
}

/** Systems read for treatment; a purpose of the caller's own comes with the requests that need one. */
const purposeOfRequests: Purpose = 'treatment'

/**
 * The one way in which data of another organization reaches a caller: asks `decide`, writes the ledger rows into
 * the same transaction (no row, no data) and returns the notice that must travel along. Within one organization
 * it is no disclosure. The caller of this function shows only the permitted classes.
 */
export function disclose(ctx: TxCtx, readings: readonly Reading[], form: 'long' | 'short'): Shown[] {
  const rows: (typeof disclosures.$inferInsert)[] = []
  const shown = readings.map((reading): Shown => {
    const decision = decide(reading.grounds, {
      discloserId: reading.holderId,
      recipientId: ctx.organizationId,
      purpose: purposeOfRequests,
      dataClasses: reading.dataClasses,
      at: ctx.now,
    })
    const permitted = new Set(decision.permittedClasses)
    if (!decision.consent) return { permitted, decision, attached: {} }
    const id = newId(ctx.now)
    rows.push(ledgerRow(ctx, id, reading, decision.consent, decision.permittedClasses))
    const redacted = reading.dataClasses.filter((dataClass) => !permitted.has(dataClass))
    const disclosure = toDisclosure(id, decision.consent, form)
    return { permitted, decision, attached: { ...(redacted.length > 0 && { redacted }), disclosure } }
  })
  if (rows.length > 0) ctx.write(insertAll(disclosures, rows))
  return shown
}

/** One record with the long notice; what may not be seen at all does not exist. */
export function discloseOne(ctx: TxCtx, reading: Reading): Shown {
  const [shown] = disclose(ctx, [reading], 'long')
  if (!shown || shown.permitted.size === 0) throw notFound(reading.subjectType)
  return shown
}

function ledgerRow(
  ctx: TxCtx,
  id: string,
  { holderId, patientId, subjectType, subjectId }: Reading,
  consent: ConsentFacts,
  dataClasses: readonly DataClass[],
): typeof disclosures.$inferInsert {
  return {
    networkId: ctx.networkId,
    id,
    organizationId: holderId,
    readerIds: [ctx.organizationId],
    at: ctx.now,
    patientId,
    recipientOrganizationId: ctx.organizationId,
    recipientClientId: ctx.clientId,
    basis: 'consent',
    consentId: consent.id,
    purpose: purposeOfRequests,
    dataClasses: [...dataClasses],
    subjectType,
    subjectId,
    method: 'api',
    noticeVersion,
    requestId: ctx.requestId,
  }
}

function toDisclosure(id: string, consent: ConsentFacts, form: 'long' | 'short'): Disclosure {
  const { dataClasses, purposes, expiresOn, recipients } = consent
  return {
    id,
    basis: 'consent',
    consentId: consent.id,
    notice: { version: noticeVersion, form, text: notices[form] },
    consentCopy: { href: `/v1/consents/${consent.id}`, sha256: consent.documentSha256 },
    scope: {
      recipients: recipients.map(({ name }) => name),
      dataClasses: [...dataClasses],
      purposes: [...purposes],
      expiresOn,
      explanation: explain(consent),
    },
  }
}

function explain({ dataClasses, purposes, expiresOn }: ConsentFacts): string {
  const plain = (codes: readonly string[]) => codes.map((code) => code.replaceAll('_', ' ')).join(', ')
  const until =
    expiresOn === null ? 'until it is revoked or its expiration event occurs' : `through ${expiresOn}`
  return `Covers ${plain(dataClasses)}, for ${plain(purposes)}, ${until}. The patient may revoke it at any time.`
}

/** A record without the members whose data class is not permitted. Members without a class always stay. */
export function project<Row extends object>(
  record: Row,
  classes: Partial<Record<keyof Row, DataClass>>,
  permitted: ReadonlySet<DataClass>,
): Row {
  const entries = Object.entries(record).filter(([member]) => {
    const dataClass = classes[member as keyof Row]
    return dataClass === undefined || permitted.has(dataClass)
  })
  return Object.fromEntries(entries) as Row
}
