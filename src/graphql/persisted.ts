import { createHash } from 'node:crypto'
import { z } from 'zod'
import { refusal } from './codes.ts'
import { keepRecent } from './recent.ts'
import type { Asking } from './request.ts'

/** Texts by the SHA-256 of each, in hexadecimal. */
export type KnownQueries = ReadonlyMap<string, string>

/** Queries that clients registered: each at most as long as the documents that are kept parsed. */
const registeredMax = 1_000
const registeredLengthMax = 8_192

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

/** The list of an operator: a JSON object of texts by their SHA-256, as tools that extract queries write it. */
export function readKnownQueries(json: string): KnownQueries {
  const listed: unknown = JSON.parse(json)
  const entries = z.record(z.string(), z.string()).parse(listed)
  return new Map(
    Object.entries(entries).map(([name, text]) => {
      const hash = name.replace(/^sha256:/, '')
      if (sha256(text) !== hash)
        throw new Error(`The query under ${name} has another SHA-256: ${sha256(text)}`)
      return [hash, text]
    }),
  )
}

/**
 * The text that is asked for. Without a list of known queries: automatic persisted queries, that is, a hash alone finds
 * what was sent with it before. With a list: nothing but what is on it, by hash, by `documentId` or in full.
 */
export function createQueryFinder(known: KnownQueries | undefined) {
  const registered = keepRecent<string>(registeredMax)

  function listed(list: KnownQueries, { query, hash }: Asking): string {
    const text = list.get(hash ?? sha256(query ?? ''))
    if (text !== undefined) return text
    if (query === undefined) throw notKnown()
    throw refusal(
      'PERSISTED_QUERY_REQUIRED',
      'This service answers only queries that its operator has listed.',
    )
  }

  return (asking: Asking): string => {
    const { query, hash } = asking
    if (known) return listed(known, asking)
    if (hash === undefined) {
      if (query === undefined) throw refusal('QUERY_MALFORMED', 'Send a query.')
      return query
    }
    if (query === undefined) {
      const text = registered.get(hash)
      if (text === undefined) throw notKnown()
      return text
    }
    if (sha256(query) !== hash) throw refusal('QUERY_MALFORMED', 'sha256Hash is not that of the query.')
    if (query.length <= registeredLengthMax) registered.set(hash, query)
    return query
  }
}

/** The message is the one that Apollo's clients wait for, to send the query along. */
const notKnown = () => refusal('PERSISTED_QUERY_NOT_FOUND', 'PersistedQueryNotFound')

export type FindQuery = ReturnType<typeof createQueryFinder>
