import type { SQL } from 'drizzle-orm'
import { PgDialect } from 'drizzle-orm/pg-core'
import type { Statement } from '../core/context.ts'

const dialect = new PgDialect({ casing: 'snake_case' })

/** Written by hand, for `ctx.write`: what the builder has no words for. */
export const statement = (text: SQL): Statement => ({ toSQL: () => dialect.sqlToQuery(text) })
