import { z } from 'zod'
import { AppError, invalidInput } from '../core/errors.ts'

export const firstDefault = 20
export const firstMax = 100

/** A page as an action answers it. */
export interface Page {
  readonly data: readonly unknown[]
  readonly nextCursor: string | null
}

/** A page as Relay has it. What stands beside `data` in the contract stands beside `edges` here. */
export interface Connection {
  readonly edges: readonly Edge[]
  readonly nodes: readonly unknown[]
  readonly pageInfo: object
}

export interface Edge {
  readonly node: unknown
  /** Of the page in which it stands, and its place there: made into a cursor where one is asked for. */
  readonly page: string | null
  readonly place: number
}

export interface PageArgs {
  readonly first?: number | null
  readonly after?: string | null
}

/** What is asked of the action, and how many items of its page come before those that were wished for. */
export interface Window {
  readonly limit: number
  readonly cursor: string | undefined
  readonly skip: number
}

const Place = z.tuple([z.string().max(1_000).nullable(), z.int().min(0).max(firstMax)])

/**
 * The end of a page is where the list itself goes on. A place inside a page is that page and how far to read in it:
 * exact as long as nothing new came into the page, and only the first page of a list newest first can grow.
 */
export function cursorOf({ page, place }: Edge): string {
  return `i${Buffer.from(JSON.stringify([page, place + 1])).toString('base64url')}`
}

const endOf = (nextCursor: string) => `p${nextCursor}`

export function windowOf({ first, after }: PageArgs): Window {
  const limit = first ?? firstDefault
  if (limit < 1 || limit > firstMax)
    throw invalidInput({
      path: ['first'],
      code: limit < 1 ? 'too_small' : 'too_large',
      detail: `first is 1 to ${firstMax}.`,
    })
  if (after === undefined || after === null) return { limit, cursor: undefined, skip: 0 }
  if (after.startsWith('p')) return { limit, cursor: after.slice(1), skip: 0 }
  const [page, skip] = placeIn(after)
  return { limit: Math.min(firstMax, limit + skip), cursor: page ?? undefined, skip }
}

function placeIn(after: string) {
  try {
    return Place.parse(JSON.parse(Buffer.from(after.slice(1), 'base64url').toString('utf8')))
  } catch {
    throw new AppError('invalid_cursor', 'Use a cursor of this list unchanged, or start again without one.')
  }
}

export function toConnection({ data, nextCursor, ...beside }: Page, window: Window): Connection {
  const nodes = window.skip > 0 ? data.slice(window.skip) : data
  const page = window.cursor ?? null
  const edges = nodes.map((node, index): Edge => ({ node, page, place: window.skip + index }))
  const [first] = edges
  const last = edges.at(-1)
  return {
    ...beside,
    edges,
    nodes,
    pageInfo: {
      hasNextPage: nextCursor !== null,
      hasPreviousPage: false,
      startCursor: first ? cursorOf(first) : null,
      endCursor: nextCursor !== null ? endOf(nextCursor) : last ? cursorOf(last) : null,
    },
  }
}
