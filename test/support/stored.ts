import pg from 'pg'

/**
 * Rows as they are stored, past every wall. With parameters in a transaction: the embedded engine takes the messages of its
 * connections by turns, and without one another's could come between those of a statement.
 */
export async function storedFor<Row>(
  owner: pg.ClientConfig,
  sql: string,
  parameters: readonly unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client(owner)
  await client.connect()
  try {
    if (parameters.length === 0) return (await client.query(sql)).rows
    await client.query('begin')
    const { rows } = await client.query(sql, [...parameters])
    await client.query('commit')
    return rows
  } finally {
    await client.end()
  }
}
