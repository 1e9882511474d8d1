import { stringify } from 'csv-stringify/sync'
import type { FastifyRequest } from 'fastify'

/** An answer that a spreadsheet can open: which members, in which order, and the rows that have them. */
export interface Csv<Output> {
  readonly columns: readonly string[]
  readonly rowsOf: (output: Output) => readonly object[]
}

/** Asked for by name only: a client that takes anything gets JSON. */
export const wantsCsv = ({ headers }: FastifyRequest): boolean =>
  (headers.accept ?? '').split(',').some((range) => range.split(';')[0]?.trim().toLowerCase() === 'text/csv')

/** RFC 4180. A name that begins like a formula is made harmless: a spreadsheet would run it. */
export const toCsv = <Output>({ columns, rowsOf }: Csv<Output>, output: Output): string =>
  stringify([...rowsOf(output)], {
    header: true,
    columns: [...columns],
    record_delimiter: 'windows',
    escape_formulas: true,
  })
