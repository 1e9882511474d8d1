import { getTableColumns } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import { getTableConfig } from 'drizzle-orm/pg-core'
import type { Statement } from '../core/context.ts'

const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

const texts = new Map<string, string>()

/**
 * Inserts many rows by one parameter: the statement is as long for a hundred as for one, is written once for each table,
 * and PostgreSQL plans it once for each connection. For rows that hold text of the service's own and ids: JSON cannot
 * hold U+0000.
 */
export function insertAll<Table extends PgTable>(
  table: Table,
  rows: readonly Table['$inferInsert'][],
): Statement {
  return {
    toSQL: () => ({ sql: textFor(table, Object.keys(rows[0] ?? {})), params: [JSON.stringify(rows)] }),
  }
}

function textFor(table: PgTable, members: readonly string[]): string {
  const { name } = getTableConfig(table)
  const key = `${name}(${members.join()})`
  const known = texts.get(key)
  if (known !== undefined) return known
  const columns = getTableColumns(table)
  const into = members.map(snake).join(', ')
  const from = members.map((member) => `"${member}"`).join(', ')
  const types = members.map((member) => `"${member}" ${columns[member]?.getSQLType() ?? 'text'}`).join(', ')
  const text = `insert into ${name} (${into}) select ${from} from jsonb_to_recordset($1::jsonb) as given(${types})`
  texts.set(key, text)
  return text
}
