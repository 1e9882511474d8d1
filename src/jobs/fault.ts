import { DrizzleQueryError } from 'drizzle-orm'
import pg from 'pg'

export interface Fault {
  readonly name: string
  readonly message: string
  readonly code?: string | undefined
  readonly table?: string | undefined
  readonly constraint?: string | undefined
  readonly stack: readonly string[]
}

/**
 * What an error may leave behind in the log and in the queue. PostgreSQL and drizzle quote values in their messages,
 * and people's data belongs in neither: of theirs only codes and names are kept.
 */
export function faultOf(thrown: unknown): Fault {
  const error = thrown instanceof Error ? thrown : new Error('Something was thrown that is no Error')
  const refused = [error, error.cause].find((one) => one instanceof pg.DatabaseError)
  const quotesValues = error instanceof pg.DatabaseError || error instanceof DrizzleQueryError
  return {
    name: error.name,
    message: quotesValues ? 'The database did not take a statement' : error.message,
    ...(refused && { code: refused.code, table: refused.table, constraint: refused.constraint }),
    stack: (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)),
  }
}
