import type pg from 'pg'
import { stating } from '../core/watched.ts'

type Query = (statement: string | { readonly text: string }, ...rest: unknown[]) => unknown

/** Tells of each statement where somebody listens when the connection is made; else the connection stays as it is. */
export function tellStatements(client: pg.PoolClient): void {
  if (!stating.hasSubscribers) return
  const query = client.query.bind(client) as Query
  const told: Query = (statement, ...rest) => {
    const text = typeof statement === 'string' ? statement : statement.text
    return stating.tracePromise(() => query(statement, ...rest) as Promise<unknown>, { text })
  }
  Object.assign(client, { query: told })
}
