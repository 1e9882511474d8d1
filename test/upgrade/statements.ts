import { createRequire } from 'node:module'
import pg from 'pg'

/** How the driver writes a value; it exports this for nobody, and no two copies of it could stay alike. */
const { prepareValue } = createRequire(import.meta.url)('pg/lib/utils.js') as {
  prepareValue: (value: unknown) => string | Buffer | null
}

/** A value as it is sent: text, or bytes in base64. */
export type Value = string | null | { readonly bytes: string }

export interface Sent {
  /** Of which connection. */
  readonly on: number
  /** The statement, by its place among the texts. */
  readonly text: number
  readonly values?: readonly Value[]
  /** How many rows it returned or changed; or the code of its refusal. */
  readonly came: number | string
}

/** What a version of the service sent to its database while a whole story was told, in order. */
export interface Recording {
  /** The last migration that it knew of. */
  readonly level: string
  readonly texts: readonly string[]
  readonly sent: readonly Sent[]
}

export const toValue = (value: unknown): Value => {
  const written = prepareValue(value)
  return Buffer.isBuffer(written) ? { bytes: written.toString('base64') } : written
}

export const fromValue = (value: Value): string | Buffer | null =>
  value !== null && typeof value === 'object' ? Buffer.from(value.bytes, 'base64') : value

type Result = pg.QueryResult | readonly pg.QueryResult[]

export function rowsOf(result: Result): number {
  const last = Array.isArray(result) ? (result.at(-1) as pg.QueryResult) : (result as pg.QueryResult)
  return last.rowCount ?? 0
}

type Answered = (error: { code?: string } | null, result: Result) => void

/** Writes down what every connection of this process sends from now on, and what came of it. */
export function record(level: string): { readonly end: () => Promise<Recording> } {
  const texts: string[] = []
  const places = new Map<string, number>()
  const sent: { on: number; text: number; values?: Value[]; came?: number | string }[] = []
  const answers: Promise<unknown>[] = []
  const connections = new Map<pg.Client, number>()
  const query = Reflect.get(pg.Client.prototype, 'query') as (...args: unknown[]) => unknown

  function note(client: pg.Client, statement: string | pg.QueryConfig, values: unknown): Answered {
    const on = connections.get(client) ?? connections.size
    connections.set(client, on)
    const text = typeof statement === 'string' ? statement : statement.text
    const given = Array.isArray(values)
      ? values
      : typeof statement === 'string'
        ? undefined
        : statement.values
    const place = places.get(text) ?? texts.push(text) - 1
    places.set(text, place)
    const one: (typeof sent)[number] = { on, text: place }
    if (given) one.values = given.map(toValue)
    sent.push(one)
    return (error, result) => {
      one.came = error ? (error.code ?? 'unknown') : rowsOf(result)
    }
  }

  pg.Client.prototype.query = function noted(this: pg.Client, ...args: unknown[]) {
    const answered = note(this, args[0] as string, args[1])
    const last = args.at(-1)
    if (typeof last === 'function') {
      const told: Answered = (error, result) => {
        answered(error, result)
        ;(last as Answered)(error, result)
      }
      return query.call(this, ...args.slice(0, -1), told)
    }
    const answer = query.call(this, ...args) as Promise<Result>
    answers.push(
      answer.then(
        (result) => answered(null, result),
        (error) => answered(error, []),
      ),
    )
    return answer
  } as typeof pg.Client.prototype.query
  return {
    end: async () => {
      await Promise.all(answers)
      pg.Client.prototype.query = query as typeof pg.Client.prototype.query
      return { level, texts, sent: sent.map((one) => ({ ...one, came: one.came ?? 'unknown' })) }
    },
  }
}
