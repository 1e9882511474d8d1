/** The row of a statement that always returns one, such as an insert. */
export function only<Row>(rows: readonly Row[]): Row {
  const [row] = rows
  if (!row || rows.length > 1) throw new Error(`Expected one row, got ${rows.length}`)
  return row
}
