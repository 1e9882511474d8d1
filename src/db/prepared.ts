import { LRUCache } from 'lru-cache'
import type pg from 'pg'

/** Statements named on one connection: those of the hot paths, each of which costs the server a few kilobytes. */
const namedMax = 250
/** Texts that are counted on one connection, the latest: what is sent once must not keep what comes often from its name. */
const countedMax = 1_000
/** A statement that is sent so often is worth its name; what is written once for one request is not. */
const usesBefore = 2

type Query = (statement: string | pg.QueryConfig, values?: unknown[], ...rest: unknown[]) => unknown

/**
 * Gives statements that come again a name on their connection, so that PostgreSQL parses and plans them once instead of
 * at each request. Not for the engine inside this process: its connections share one backend, where names would collide.
 */
export function prepareWhatRepeats(client: pg.PoolClient): void {
  const nameOf = namer()
  const query = client.query.bind(client) as Query
  const named: Query = (statement, values, ...rest) => {
    const text = typeof statement === 'string' ? statement : statement.text
    const name = values === undefined ? undefined : nameOf(text)
    if (name === undefined) return query(statement, values, ...rest)
    return query({ ...(typeof statement === 'string' ? { text } : statement), name }, values, ...rest)
  }
  Object.assign(client, { query: named })
}

/** One text has one name on every connection, so that what the server tells of its statements can be added up. */
const names = new LRUCache<string, string>({ max: 10_000 })
let given = 0

function namer(): (text: string) => string | undefined {
  const own = new Map<string, string>()
  const uses = new LRUCache<string, number>({ max: countedMax })
  return (text) => {
    const known = own.get(text)
    if (known !== undefined || own.size >= namedMax) return known
    const count = (uses.get(text) ?? 0) + 1
    uses.set(text, count)
    if (count <= usesBefore) return undefined
    const name = names.get(text) ?? `s${given++}`
    names.set(text, name)
    own.set(text, name)
    return name
  }
}

/** The part of pg's client that its types leave out: the socket, which every Node stream can hold back for a moment. */
interface Wired {
  readonly connection: { readonly stream: { readonly cork: () => void; readonly uncork: () => void } }
}

/**
 * Statements of one moment leave in one piece. Each write to the socket wakes the server, and on a busy machine gives the
 * processor away: a query of many fields would pay that for each of its statements.
 */
export function sendTogether(client: pg.PoolClient): void {
  const { stream } = (client as unknown as Wired).connection
  const query = client.query.bind(client) as (...args: unknown[]) => unknown
  let held = false
  Object.assign(client, {
    query: (...args: unknown[]) => {
      if (!held) {
        held = true
        stream.cork()
        process.nextTick(() => {
          held = false
          stream.uncork()
        })
      }
      return query(...args)
    },
  })
}
