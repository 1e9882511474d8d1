import { isUtf8 } from 'node:buffer'
import { refusal } from './codes.ts'

/** What a client asks, as GraphQL over HTTP has it. Absent and null are the same; what is unknown is ignored. */
export interface Asking {
  readonly query: string | undefined
  /** Of a persisted query: the SHA-256 of its text. */
  readonly hash: string | undefined
  readonly operationName: string | undefined
  readonly variables: Readonly<Record<string, unknown>> | undefined
}

type Members = Readonly<Record<string, unknown>>

export function askingOf(body: unknown): Asking {
  if (body === null || typeof body !== 'object')
    throw refusal('QUERY_MALFORMED', 'The body is a JSON object.')
  if (Array.isArray(body))
    throw refusal('QUERY_MALFORMED', 'One request at a time: batches are not answered.')
  const members = body as Members
  const extensions = mapOf(members, 'extensions')
  return {
    query: textOf(members, 'query'),
    hash: hashOf(members, extensions),
    operationName: textOf(members, 'operationName'),
    variables: mapOf(members, 'variables'),
  }
}

/** From the query of a GET: maps are JSON there. */
export function askingOfQuery(search: Members): Asking {
  const opened = Object.fromEntries(
    Object.entries(search).map(([name, value]) => [
      name,
      (name === 'variables' || name === 'extensions') && typeof value === 'string'
        ? fromJson(name, value)
        : value,
    ]),
  )
  return askingOf(opened)
}

function fromJson(name: string, text: string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    throw refusal('QUERY_MALFORMED', `${name} is a JSON object.`)
  }
}

function textOf(members: Members, name: string): string | undefined {
  const value = members[name] ?? undefined
  if (value !== undefined && typeof value !== 'string')
    throw refusal('QUERY_MALFORMED', `${name} is a string.`)
  return value
}

function mapOf(members: Members, name: string): Members | undefined {
  const value = members[name] ?? undefined
  if (value === undefined) return undefined
  if (typeof value !== 'object' || Array.isArray(value))
    throw refusal('QUERY_MALFORMED', `${name} is a JSON object.`)
  return value as Members
}

/** Apollo's `extensions.persistedQuery`, or `documentId` of the specification's draft. */
function hashOf(members: Members, extensions: Members | undefined): string | undefined {
  const persisted = extensions && mapOf(extensions, 'persistedQuery')
  const hash = persisted
    ? textOf(persisted, 'sha256Hash')
    : textOf(members, 'documentId')?.replace(/^sha256:/, '')
  if (hash !== undefined && !/^[0-9a-f]{64}$/.test(hash))
    throw refusal('QUERY_MALFORMED', 'A persisted query is named by the SHA-256 of its text, in hexadecimal.')
  return hash
}

export function parseBody(body: Buffer): unknown {
  if (!isUtf8(body)) throw refusal('QUERY_MALFORMED', 'The body is not UTF-8.')
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    throw refusal('QUERY_MALFORMED', 'The body does not parse as JSON.')
  }
}
