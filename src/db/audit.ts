import { pgTable, text, uuid } from 'drizzle-orm/pg-core'
import {
  type Basis,
  bases,
  type Caller,
  faces,
  type Occasion,
  personTypes,
  type Refused,
  type SubjectType,
  type Touched,
} from '../core/context.ts'
import { AppError } from '../core/errors.ts'
import { newId } from '../core/id.ts'
import type { Database } from './client.ts'
import { heldRow, instant } from './columns.ts'
import { insertAll, insertRows } from './insert.ts'
import { inTransaction, type OpenTransaction } from './transaction.ts'

/**
 * Who read or changed what, or asked for it and was refused. Ids and codes only. Appended in the request's own
 * transaction: no row, no answer.
 */
export const auditEvents = pgTable('audit_events', {
  ...heldRow,
  at: instant().notNull(),
  action: text().notNull(),
  subjectType: text().$type<SubjectType>(),
  subjectId: uuid(),
  patientId: uuid(),
  actorClientId: uuid().notNull(),
  actingUser: text(),
  personType: text({ enum: personTypes }),
  personId: uuid(),
  face: text({ enum: faces }),
  clientAddress: text(),
  outcome: text({ enum: ['allowed', 'denied'] }).notNull(),
  code: text(),
  basis: text({ enum: bases }),
  basisId: uuid(),
  requestId: text().notNull(),
})

/** The same in all rows of a request. */
const ofTheRequest = [
  'networkId',
  'organizationId',
  'at',
  'actorClientId',
  'actingUser',
  'personType',
  'personId',
  'face',
  'clientAddress',
  'requestId',
] as const satisfies readonly (keyof NewAuditRow)[]

/** The rows of one request, however many actions made them. */
export const insertAudit = (rows: readonly NewAuditRow[]) => insertAll(auditEvents, rows, ofTheRequest)

export type NewAuditRow = typeof auditEvents.$inferInsert
export type Audited = Caller & Occasion

/** What each subject's reading rests on; the rest is the organization's own, or the person's. */
export type BasisOf = (touched: Touched) => Basis | undefined

/** `write` gets all rows of an action at once; those of a query that many actions answer go out together. */
export function writeAudit(
  audited: Audited,
  write: (rows: readonly NewAuditRow[]) => void,
  action: string,
  touched: readonly Touched[],
  basisOf: BasisOf,
): void {
  if (touched.length === 0) return
  const rows = touched.map((subject): NewAuditRow => {
    const basis = basisOf(subject) ?? { kind: ownBasisOf(audited) }
    return {
      ...rowOf(audited, action),
      subjectType: subject.subjectType,
      subjectId: subject.subjectId,
      patientId: subject.patientId,
      outcome: 'allowed',
      basis: basis.kind,
      basisId: basis.id,
    }
  })
  write(rows)
}

const ownBasisOf = ({ person }: Audited) => (person?.type === 'patient' ? 'patient_self' : 'own')

/** In a transaction of its own: the one that was refused is gone, and with it all that it wrote. */
export async function recordRefusal(
  database: Database,
  settings: readonly string[],
  audited: Audited,
  refused: Refused,
): Promise<void> {
  try {
    await inTransaction(database.pool, settings, async (open) => writeRefusal(audited, open, refused))
  } catch (cause) {
    throw Object.assign(
      new AppError('service_unavailable', 'The request could not be written to the audit trail. Repeat it.'),
      { cause },
    )
  }
}

/** Sent without waiting; the commit fails if it does. */
export function writeRefusal(
  audited: Audited,
  { write }: Pick<OpenTransaction, 'write'>,
  { action, code, subjectId }: Refused,
): void {
  const row: NewAuditRow = { ...rowOf(audited, action), outcome: 'denied', code, subjectId }
  write(insertRows(auditEvents, row))
}

function rowOf(audited: Audited, action: string) {
  const { networkId, organizationId, clientId, actingUser, person, face, clientAddress, requestId, now } =
    audited
  return {
    networkId,
    id: newId(now),
    organizationId,
    at: now,
    action,
    actorClientId: clientId,
    actingUser,
    personType: person?.type,
    personId: person?.id,
    face,
    clientAddress,
    requestId,
  }
}
