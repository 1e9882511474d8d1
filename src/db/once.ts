import { fillPlaceholders, type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import type { Statement, TxCtx } from '../core/context.ts'
import type { Tx } from './client.ts'

/** What drizzle made of a statement whose values are placeholders. */
interface Prepared<Row> {
  readonly execute: (values: Record<string, unknown>) => Promise<Row[]>
}

interface Preparable<Row> {
  readonly prepare: (name: string) => Prepared<Row>
}

/** A statement that is built once for each connection, and given its values at each request. */
export type Once<Values extends object, Row> = (
  ctx: Pick<TxCtx, 'db' | 'networkId'>,
  values: Values,
) => Promise<Row[]>

/**
 * For the statements of hot paths: to build their SQL took a third of the processor time of a read. `build` names what
 * differs from request to request by `sql.placeholder`; `networkId` is given. The name that PostgreSQL knows the statement by is given elsewhere
 * (`prepared.ts`), for on the engine inside this process names would collide.
 */
export function once<Values extends object, Row>(build: (db: Tx) => Preparable<Row>): Once<Values, Row> {
  const made = new WeakMap<Tx, Prepared<Row>>()
  return ({ db, networkId }, values) => {
    const known = made.get(db) ?? build(db).prepare('')
    made.set(db, known)
    return known.execute({ networkId, ...values })
  }
}

/** The same, where some requests leave parts of a statement out: one for each of its shapes, which are few. */
export function onceForEach<Shape extends string, Values extends object, Row>(
  build: (db: Tx, shape: Shape) => Preparable<Row>,
): (shape: Shape) => Once<Values, Row> {
  const made = new Map<Shape, Once<Values, Row>>()
  return (shape) => {
    const known = made.get(shape) ?? once<Values, Row>((db) => build(db, shape))
    made.set(shape, known)
    return known
  }
}

/**
 * A value that the planner does not see, as it sees neither the length of an array nor a limit that is a parameter. Where it
 * sees them, it finds a plan for the values a little cheaper than the one that it keeps, and makes one at each request,
 * which takes up to three times as long as reading a page. For statements that have one good plan, whatever the values are.
 * The network is never hidden: by it a statement is sent to its shard (docs/guides/scale.md).
 */
export const unseen = (
  name: string,
  type: 'uuid' | 'text' | 'bigint' | 'uuid[]' | 'text[]' | 'bytea[]' = 'uuid',
) => sql`(select ${sql.placeholder(name)}${sql.raw(`::${type}`)})`

/** The column is one of the elements of an array. */
export const isAnyOf = (column: SQLWrapper, name: string, type: 'uuid[]' | 'text[]' | 'bytea[]' = 'uuid[]') =>
  sql`${column} = any(${unseen(name, type)}${sql.raw(`::${type}`)})`

/**
 * For rows by ids. Of one id PostgreSQL is asked with `=`: it then sees that the plan that it kept is as good as one made for
 * the value, which it never believes of an array, and planning takes longer than reading does.
 */
export function onceForIds<Row>(
  build: (db: Tx, isOneOf: (column: SQLWrapper) => SQL) => Preparable<Row>,
): Once<{ readonly ids: readonly string[]; readonly limit?: number }, Row> {
  const shapes = onceForEach<'one' | 'many', object, Row>((db, shape) =>
    build(db, (column) =>
      shape === 'one' ? sql`${column} = ${sql.placeholder('id')}` : isAnyOf(column, 'ids'),
    ),
  )
  return (ctx, values) =>
    shapes(values.ids.length === 1 ? 'one' : 'many')(ctx, { ...values, id: values.ids[0] })
}

/** Builds statements and sends none: what only writes needs no connection to be built on. */
const builder = drizzle.mock({ casing: 'snake_case' }) as Tx

/** For `ctx.write`: a change that is built once in the process. */
export function writtenOnce<Values extends object>(
  build: (db: Tx) => Statement,
): (ctx: Pick<TxCtx, 'networkId'>, values: Values) => Statement {
  let made: { readonly sql: string; readonly params: unknown[] } | undefined
  return ({ networkId }, values) => ({
    toSQL: () => {
      made ??= build(builder).toSQL()
      return { sql: made.sql, params: fillPlaceholders(made.params, { networkId, ...values }) }
    },
  })
}
