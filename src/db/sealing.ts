import { getTableColumns, getTableName, type SQL, sql } from 'drizzle-orm'
import { jsonb, type PgColumn, type PgTable } from 'drizzle-orm/pg-core'
import type { TxCtx } from '../core/context.ts'
import type { PersonKey } from '../core/data-keys.ts'
import { AppError } from '../core/errors.ts'
import { openValue, sealValue } from '../core/sealing.ts'

/** Ciphertexts by member. Merged in SQL, so that a change of one member needs no reading of the others. */
type Ciphertexts = Readonly<Record<string, string | null>>

/** The column that every table with sealed members has. */
export const sealedColumn = () => jsonb().$type<Ciphertexts>().notNull().default({})

/** A symbol: it travels with copies of a row, and into no answer. */
const keyOfRow = Symbol('person key')

/** Null: no key was made for the person yet (a row from before keys); what is written stays plain until the sweep comes. */
interface Keyed {
  readonly [keyOfRow]?: PersonKey | null
  /** A row that was not opened is none of these. */
  readonly sealed?: never
}

type SealedTable = PgTable & {
  readonly networkId: PgColumn
  readonly sealed: PgColumn
  readonly $inferSelect: { networkId: string; sealed: Ciphertexts }
}

/** A row as domains know it: every member plain, and the key of its person at hand. */
export type Opened<Table extends SealedTable> = Omit<Table['$inferSelect'], 'sealed'> & Keyed

/** A row as it is stored, or a part of it, with its person's wrapped key: empty bytes for a destroyed one. */
interface Stored {
  readonly sealed: Ciphertexts
  readonly wrappedKey: Buffer | null
}

/** The same, every member of it plain. */
export type OpenedRow<Row extends Stored> = Omit<Row, keyof Stored> & Keyed

export interface Spec<Table extends SealedTable> {
  /** The column that says whose the row is. */
  readonly person: keyof Table['$inferSelect'] & string
  /** The columns that tell the rows of one person apart: a ciphertext opens in its own row only. */
  readonly row: readonly (keyof Table['$inferSelect'] & string)[]
  /** The sealed members, each with what is read where there is nothing, or nothing any more. */
  readonly members: Partial<Table['$inferSelect']>
  /** A keyed hash beside the ciphertext, where a value must be found again: made from the plain row. */
  index?(ctx: TxCtx, row: Table['$inferSelect']): Partial<Table['$inferSelect']>
}

export interface Sealing<Table extends SealedTable = SealedTable> {
  readonly table: Table
  readonly spec: Spec<Table>
  /** For `select` and `returning`: every column, and the person's wrapped key, in the same statement. */
  readonly columns: Table['_']['columns'] & { readonly wrappedKey: SQL.Aliased<Buffer | null> }
  /** The same, of which only the rows that are meant can be opened: of the others the sealed members are as if empty. */
  readonly columnsWhere: (meant: SQL) => Sealing<Table>['columns']
  /** Of a row at least the person and what tells it apart. Sealed members that were not read are not opened. */
  readonly open: <Row extends Stored>(ctx: TxCtx, rows: readonly Row[]) => Promise<OpenedRow<Row>[]>
  /** The values to insert for a plain row. */
  readonly row: <Row extends object>(key: PersonKey | null, plain: Row) => Row
  /** The values to set for plain changes of a row that was opened. */
  readonly changes: <Changes extends object>(row: Opened<Table>, changes: Changes) => Changes
}

/** The key of the person whom an opened row is about. */
export const keyOf = (row: Keyed): PersonKey | null => row[keyOfRow] ?? null

/** As `keyOf`, for what cannot wait for the sweep: within minutes of the first start every person has a key. */
export function requireKey(row: Keyed): PersonKey {
  const key = keyOf(row)
  if (key) return key
  throw new AppError('service_unavailable', 'The key of this person is being made. Repeat the request.')
}

/** A row that was just made, as if it had been read. */
export const withKey = <Row extends object>(row: Row, key: PersonKey | null): Row & Keyed => ({
  ...row,
  [keyOfRow]: key,
})

const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/**
 * How a table keeps names and words: sealed under the key of the person they are about, which a correlated look-up brings
 * along with each row. A store selects `columns`, hands the rows to `open`, and knows nothing else of it.
 */
export function sealing<Table extends SealedTable>(table: Table, spec: Spec<Table>): Sealing<Table> {
  const name = getTableName(table)
  const members = Object.keys(spec.members)
  const isSealed = (member: string) => members.includes(member)
  const placeOf = (row: Readonly<Record<string, unknown>>, member: string) => ({
    table: name,
    member,
    row: spec.row.map((column) => String(row[column])).join('/'),
  })
  const wrappedKey = wrappedKeyOf(name, snake(spec.person))

  function sealMembers(key: PersonKey, row: object, said: object): Ciphertexts {
    const entries = Object.entries(said).filter(([member, value]) => isSealed(member) && value !== undefined)
    return Object.fromEntries(
      entries.map(([member, value]) => [
        member,
        value === null ? null : sealValue(key, placeOf({ ...row }, member), value),
      ]),
    )
  }

  function openRow<Row extends Stored>({ wrappedKey: _, sealed, ...row }: Row, key: PersonKey | null) {
    const read = members.filter((member) => member in row)
    const opened = read.map((member) => {
      // A plain value is one that is not sealed yet, and later than any ciphertext beside it.
      const plain = (row as Record<string, unknown>)[member]
      const ciphertext = sealed[member]
      const value =
        plain ?? (ciphertext && key?.secret ? openValue(key, placeOf(row, member), ciphertext) : null)
      return [member, value ?? (spec.members as Record<string, unknown>)[member]]
    })
    return withKey({ ...row, ...Object.fromEntries(opened) }, key) as unknown as OpenedRow<Row>
  }

  return {
    table,
    spec,
    columns: { ...getTableColumns(table), wrappedKey },
    columnsWhere: (meant) => ({
      ...getTableColumns(table),
      wrappedKey: sql<Buffer | null>`case when ${meant} then ${wrappedKey.sql} end`.as('wrapped_key'),
    }),
    open: (ctx, rows) =>
      Promise.all(
        rows.map(async (row) => {
          const personId = String((row as Record<string, unknown>)[spec.person])
          return openRow(row, await openKey(ctx, personId, row.wrappedKey))
        }),
      ),
    row: (key, plain) =>
      key ? { ...plain, ...emptied(plain), sealed: sealMembers(key, plain, plain) } : plain,
    changes(row, changes) {
      const key = keyOf(row)
      const sealed = key ? sealMembers(key, row, changes) : {}
      if (Object.keys(sealed).length === 0) return changes
      const merged = sql`${table.sealed} || ${JSON.stringify(sealed)}::jsonb`
      return { ...changes, ...emptied(changes), sealed: merged }
    },
  }

  /** Typed as what the columns stand for: what is said there is in `sealed` now. */
  function emptied(said: object) {
    return Object.fromEntries(
      Object.keys(said)
        .filter(isSealed)
        .map((member) => [member, null]),
    )
  }
}

/**
 * The wrapped key of a row's person, to be selected along with the row. Written out: in a statement over one table
 * drizzle names columns alone, and here they would be those of the keys.
 */
export function wrappedKeyOf(table: string, person: string): SQL.Aliased<Buffer | null> {
  const lookUp = sql.raw(
    `(select coalesce(k.sealed_key, '\\x'::bytea) from person_keys k where k.network_id = "${table}"."network_id" and k.person_id = "${table}"."${person}")`,
  ) as SQL<Buffer | null>
  // Named, so that a subquery can hand it on.
  return lookUp.as('wrapped_key')
}

/** Opens the wrapped key that came with a row. */
export async function openKey(
  { keyring, networkId }: Pick<TxCtx, 'keyring' | 'networkId'>,
  personId: string,
  wrapped: Buffer | null,
): Promise<PersonKey | null> {
  if (wrapped === null) return null
  if (wrapped.length === 0) return { networkId, personId, secret: null }
  return keyring.dataKeys.open(networkId, personId, wrapped)
}
