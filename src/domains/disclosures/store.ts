import type { SubjectType, TxCtx } from '../../core/context.ts'
import { notFound } from '../../core/errors.ts'
import { newId } from '../../core/id.ts'
import { tellDenied } from '../../core/watched.ts'
import { insertAll } from '../../db/insert.ts'
import type { DataClass, Purpose } from '../consents/codes.ts'
import { decide } from '../decisions/decision.ts'
import type { Decision, Grounds } from '../decisions/facts.ts'
import { toDisclosure } from './attached.ts'
import type { Disclosure } from './contract.ts'
import { basisOf, ledgerRow, ofTheRequest } from './ledger.ts'
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
  /** The class of each member of the record, where it has members of its own: the ledger keeps which were sent. */
  readonly members?: Readonly<Record<string, DataClass | undefined>>
}

/** What may be shown of it. `disclosure` and `redacted` go into the answer as they are. */
export interface Shown {
  readonly permitted: ReadonlySet<DataClass>
  readonly decision: Decision
  readonly attached: { readonly disclosure?: Disclosure; readonly redacted?: DataClass[] }
}

/** What a request is for that does not say. */
const purposeOfRequests: Purpose = 'treatment'

/**
 * The one way in which data of another organization reaches a caller: asks `decide`, writes the ledger rows into
 * the same transaction (no row, no data) and returns the notice that must travel along. Within one organization
 * it is no disclosure. The caller of this function shows only the permitted classes.
 */
export function disclose(ctx: TxCtx, readings: readonly Reading[], form: 'long' | 'short'): Shown[] {
  const rows: (typeof disclosures.$inferInsert)[] = []
  const purpose = ctx.purpose ?? purposeOfRequests
  const shown = readings.map((reading): Shown => {
    const decision = decide(reading.grounds, {
      discloserId: reading.holderId,
      recipientId: ctx.organizationId,
      patientId: reading.patientId,
      purpose,
      dataClasses: reading.dataClasses,
      at: ctx.now,
      byPatient: ctx.person?.type === 'patient' && ctx.person.id === reading.patientId,
    })
    const permitted = new Set(decision.permittedClasses)
    if (decision.decision === 'deny') tellDenied(decision.reasons)
    const basis = basisOf(decision)
    if (basis && permitted.size > 0) ctx.restOn(basis, [reading.subjectId, reading.patientId])
    const id = newId(ctx.now)
    const row = ledgerRow(ctx, id, reading, decision, purpose)
    if (row) rows.push(row)
    if (reading.holderId === ctx.organizationId || permitted.size === 0)
      return { permitted, decision, attached: {} }
    const redacted = reading.dataClasses.filter((dataClass) => !permitted.has(dataClass))
    // To whoever serves the program it is no disclosure, so no notice is due (42 CFR 2.12(c)(4)).
    const disclosure = row && toDisclosure(id, decision, purpose, form)
    const left = redacted.length > 0 && { redacted }
    return { permitted, decision, attached: { ...left, ...(disclosure && { disclosure }) } }
  })
  if (rows.length > 0) ctx.write(insertAll(disclosures, rows, ofTheRequest))
  return shown
}

/** One record with the long notice; what may not be seen at all does not exist. */
export function discloseOne(ctx: TxCtx, reading: Reading): Shown {
  const [shown] = disclose(ctx, [reading], 'long')
  if (!shown || shown.permitted.size === 0) throw notFound(reading.subjectType)
  return shown
}

/** A record without the members whose data class is not permitted. Members without a class always stay. */
export function project<Row extends object>(
  record: Row,
  classes: Partial<Record<keyof Row, DataClass>>,
  permitted: ReadonlySet<DataClass>,
): Row {
  const withheld = Object.keys(classes).filter((member) => {
    const dataClass = classes[member as keyof Row]
    return dataClass !== undefined && !permitted.has(dataClass)
  })
  if (withheld.length === 0) return record
  return Object.fromEntries(Object.entries(record).filter(([member]) => !withheld.includes(member))) as Row
}
