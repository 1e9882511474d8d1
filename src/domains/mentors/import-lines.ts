import { CsvError, parse } from 'csv-parse/sync'
import type { Issue } from '../../core/errors.ts'

/**
 * One line of an import, numbered as an editor numbers it: read, or why it cannot be. A row of CSV that runs over
 * several lines has the number of its first.
 */
export type ImportLine =
  | { readonly line: number; readonly value: unknown }
  | { readonly line: number; readonly faults: readonly Issue[] }

/** How the cells of a column become JSON. */
export type ColumnType = 'text' | 'list' | 'number' | 'boolean' | 'json'

interface Bounds {
  /** Lines with something in them, the header not counted. */
  readonly linesMax: number
}

interface CsvShape extends Bounds {
  /** Every column that may be there, by the name in its header. */
  readonly columns: Readonly<Record<string, ColumnType>>
}

/** Reads newline-delimited JSON: a value on each line. A line that is no JSON is refused by itself. */
export function readNdjson(body: string, { linesMax }: Bounds): ImportLine[] {
  return bounded(linesMax, jsonLines(body))
}

/**
 * Reads CSV (RFC 4180) with a header row. Without a usable header no cell has a meaning, so its faults are the
 * whole answer; a row that cannot be read is refused by itself. A cell that is not of its column's type stays text:
 * the schema that reads the value names it, together with every other fault of the row.
 */
export function readCsv(body: string, { columns, linesMax }: CsvShape): ImportLine[] {
  const rows = csvRows(body)
  const header = rows.next()
  if (header.done) return [refused(1, 'header_missing', 'The first row names the columns.')]
  const { line } = header.value
  if ('faults' in header.value) return [header.value]
  const names = header.value.cells
  const faults = headerFaults(names, columns)
  if (faults.length > 0) return [{ line, faults }]
  return bounded(linesMax, toLines(rows, names, columns))
}

/** Part of a file would be an arbitrary part: beyond the bound nothing of it is taken, and nothing more is read. */
function bounded(linesMax: number, lines: Iterable<ImportLine>): ImportLine[] {
  const read: ImportLine[] = []
  for (const line of lines) {
    if (read.length === linesMax) {
      const detail = `An import takes at most ${linesMax} lines. Nothing of this one was taken; send it in parts.`
      return [refused(line.line, 'too_many_lines', detail)]
    }
    read.push(line)
  }
  return read
}

function refused(line: number, code: string, detail: string) {
  return { line, faults: [{ path: [], code, detail }] }
}

function* jsonLines(body: string): Generator<ImportLine> {
  for (const [index, { text }] of physicalLines(body).entries()) {
    if (text.trim() === '') continue
    const value = parsed(text)
    yield value === malformed
      ? refused(index + 1, 'malformed_json', 'The line does not parse as JSON.')
      : { line: index + 1, value }
  }
}

const malformed = Symbol('malformed')

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return malformed
  }
}

interface PhysicalLine {
  readonly text: string
  readonly from: number
  readonly until: number
}

/** Lines as every system ends them. A byte order mark, which spreadsheets write, is no part of the first. */
function physicalLines(body: string): PhysicalLine[] {
  const lines: PhysicalLine[] = []
  let from = body.startsWith('\uFEFF') ? 1 : 0
  for (const { index, 0: end } of body.matchAll(/\r\n|\n|\r|$/g)) {
    lines.push({ text: body.slice(from, index), from, until: index })
    from = index + end.length
  }
  return lines
}

interface Cells {
  readonly line: number
  readonly lastLine: number
  readonly cells: readonly string[]
}

type Row = Cells | { readonly line: number; readonly faults: readonly Issue[] }

/**
 * Each row is cut out first and then parsed alone, so that a fault stays in its row. A row ends where its quotes
 * are even in number. Where that leads to something that is no CSV, a quote was forgotten: only the line on which
 * it began is refused, or one slip would take every row below it along.
 */
function* csvRows(body: string): Generator<Row> {
  const lines = physicalLines(body)
  const odd = lines.map(({ text }) => text.split('"').length % 2 === 0)
  for (let at = 0; at < lines.length; at += 1) {
    const last = odd[at] ? odd.indexOf(true, at + 1) : at
    const [first, end] = [lines[at], lines[last]]
    const rows = first && end ? parsedRow(body.slice(first.from, end.until)) : malformed
    if (rows === malformed) {
      yield refused(at + 1, 'malformed_csv', 'A quote is opened and not closed, or stands inside a cell.')
      continue
    }
    const cells = rows[0]?.map((cell) => cell.trim()) ?? []
    if (cells.some((cell) => cell !== '')) yield { line: at + 1, lastLine: last + 1, cells }
    at = last
  }
}

function parsedRow(text: string): string[][] | typeof malformed {
  try {
    return parse(text, { record_delimiter: ['\r\n', '\n', '\r'], relax_column_count: true, trim: true })
  } catch (error) {
    if (error instanceof CsvError) return malformed
    throw error
  }
}

/** Enough to see what is wrong. A header of commas alone must not be answered by a fault for each. */
const headerFaultsMax = 20

/** A name comes back in the path alone: of a file without a header, the first row holds somebody's name. */
function headerFaults(names: readonly string[], columns: CsvShape['columns']): Issue[] {
  const known = Object.keys(columns).join(', ')
  const seen = new Set<string>()
  const faults: Issue[] = []
  for (const name of names) {
    const path = [name.slice(0, 100)]
    if (!Object.hasOwn(columns, name))
      faults.push({ path, code: 'unknown_column', detail: `There is no such column. There are ${known}.` })
    else if (seen.has(name))
      faults.push({ path, code: 'repeated_column', detail: 'Another column has this name.' })
    if (faults.length === headerFaultsMax) break
    seen.add(name)
  }
  return faults
}

function* toLines(
  rows: Iterable<Row>,
  names: readonly string[],
  columns: CsvShape['columns'],
): Generator<ImportLine> {
  for (const row of rows) {
    if ('faults' in row) yield row
    else if (row.cells.length !== names.length) yield raggedRow(row, names.length)
    else {
      const cells = names.map((name, at) => ({
        name,
        text: row.cells[at] ?? '',
        type: columns[name] ?? 'text',
      }))
      yield toLine(row.line, cells)
    }
  }
}

/** Says how far the row goes: where a quote was forgotten and closed by chance, the rows between are inside. */
function raggedRow({ line, lastLine, cells }: Cells, expected: number): ImportLine {
  const where = lastLine > line ? ` The row goes on to line ${lastLine}.` : ''
  const detail = `The header has ${expected} columns, this row ${cells.length}.${where}`
  return refused(line, 'wrong_number_of_columns', detail)
}

interface Cell {
  readonly name: string
  readonly text: string
  readonly type: ColumnType
}

function toLine(line: number, cells: readonly Cell[]): ImportLine {
  const members = cells
    // An empty cell is a member left out, so that the default of the schema applies.
    .filter(({ text }) => text !== '')
    .map(({ name, text, type }) => [name, toValue(text, type)] as const)
  const faults = members
    .filter(([, value]) => value === malformed)
    .map(([name]) => ({ path: [name], code: 'malformed_json', detail: 'The cell does not parse as JSON.' }))
  return faults.length > 0 ? { line, faults } : { line, value: Object.fromEntries(members) }
}

function toValue(text: string, type: ColumnType): unknown {
  switch (type) {
    case 'text':
      return text
    case 'list':
      // By bars, because recurrence rules have commas and semicolons. A bar alone is the empty list.
      return text
        .split('|')
        .map((item) => item.trim())
        .filter((item) => item !== '')
    case 'number':
      return /^-?\d{1,15}(\.\d{1,15})?$/.test(text) ? Number(text) : text
    case 'boolean':
      return /^(true|false)$/i.test(text) ? text.toLowerCase() === 'true' : text
    case 'json':
      return parsed(text)
  }
}
