import { getTableColumns } from 'drizzle-orm'
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core'
import { getTableConfig } from 'drizzle-orm/pg-core'
import type { Statement } from '../core/context.ts'

const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

const texts = new Map<string, string>()

/** Written once for each table and set of members. */
function textOnce(key: string, write: () => string): string {
  const known = texts.get(key)
  if (known !== undefined) return known
  const text = write()
  texts.set(key, text)
  return text
}

const nameOf = (table: PgTable) => getTableConfig(table).name

const toDriver = (column: PgColumn | undefined, value: unknown) =>
  value === undefined || value === null || !column ? null : column.mapToDriverValue(value)

/** From so many rows on a text is as long as it is rare. */
const keptUpTo = 10

/**
 * Inserts one row, or some that name the same members. What drizzle's own insert does, with a text that is looked up
 * instead of built: to build it takes longer than PostgreSQL takes to store the row. Members left out have the
 * column's default.
 */
export function insertRows<Table extends PgTable>(
  table: Table,
  given: Table['$inferInsert'] | readonly Table['$inferInsert'][],
): Statement {
  const rows = (Array.isArray(given) ? given : [given]) as readonly Readonly<Record<string, unknown>>[]
  return {
    toSQL: () => {
      const columns = Object.entries<PgColumn>(getTableColumns(table)).filter(
        ([member, { generated }]) => !generated && rows.some((row) => row[member] !== undefined),
      )
      const params = rows.flatMap((row) => columns.map(([member, column]) => toDriver(column, row[member])))
      return {
        sql: textOfRows(
          table,
          columns.map(([member]) => member),
          rows.length,
        ),
        params,
      }
    },
  }
}

function textOfRows(table: PgTable, members: readonly string[], rows: number): string {
  const name = nameOf(table)
  const write = () => {
    const places = Array.from({ length: rows }, (_, row) => {
      const ofRow = members.map((__, at) => `$${row * members.length + at + 1}`)
      return `(${ofRow.join(', ')})`
    })
    return `insert into ${name} (${members.map(snake).join(', ')}) values ${places.join(', ')}`
  }
  return rows > keptUpTo ? write() : textOnce(`${name}(${members.join()})x${rows}`, write)
}

/**
 * Inserts many rows: the statement is as long for a hundred as for one, is written once for each table, and PostgreSQL plans
 * it once for each connection. What `shared` names is the same in all rows and is sent once, the rest as JSON: to read JSON was
 * a good part of what it took to store a page of ledger rows. For rows that hold text of the service's own and ids: JSON cannot hold
 * U+0000.
 */
export function insertAll<Table extends PgTable>(
  table: Table,
  rows: readonly Table['$inferInsert'][],
  shared: readonly (keyof Table['$inferInsert'] & string)[] = [],
): Statement {
  const [first, ...more] = rows as readonly Readonly<Record<string, unknown>>[]
  if (!first || more.length === 0) return insertRows(table, rows)
  const once: readonly string[] = shared
  const own = Object.keys(first).filter((member) => !once.includes(member))
  const columns: Readonly<Record<string, PgColumn>> = getTableColumns(table)
  // JSON leaves out what is undefined.
  const unsaid = Object.fromEntries(once.map((member) => [member, undefined]))
  return {
    toSQL: () => ({
      sql: textOfAll(table, own, once),
      params: [
        JSON.stringify(rows.map((row) => ({ ...row, ...unsaid }))),
        ...once.map((member) => toDriver(columns[member], first[member])),
      ],
    }),
  }
}

function textOfAll(table: PgTable, own: readonly string[], shared: readonly string[]): string {
  const name = nameOf(table)
  return textOnce(`${name}(${own.join()})(${shared.join()})`, () => {
    const columns = getTableColumns(table)
    const typeOf = (member: string) => columns[member]?.getSQLType() ?? 'text'
    const into = [...own, ...shared].map(snake)
    const given = own.map((member) => `"${member}"`)
    const once = shared.map((member, at) => `$${at + 2}::${typeOf(member)}`)
    const types = own.map((member) => `"${member}" ${typeOf(member)}`)
    return `insert into ${name} (${into.join(', ')}) select ${[...given, ...once].join(', ')} from json_to_recordset($1::json) as given(${types.join(', ')})`
  })
}
