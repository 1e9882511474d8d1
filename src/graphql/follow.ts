import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyRequest } from 'fastify'
import { endOfLog, streamEvents } from '../domains/events/service.ts'
import type { Following, Told } from './subscriptions.ts'

/** The log is looked at at least so often, though nobody says that something is new. */
const lookEveryMs = 15_000
const gatherMs = 50

/** What was read of the log at one moment, in its order. Whoever tells it counts how many were `taken`: the rest is read anew. */
export interface Piece {
  readonly told: readonly Told[]
  taken: number
}

/**
 * Events as they come, from the log and nothing else: a subscriber who comes again with the number of the last one has
 * missed none. The next piece is read only when the last one was taken.
 */
export function follow(
  request: FastifyRequest,
  over: AbortSignal,
  following: Following,
): AsyncIterable<Piece> {
  const stopped = new AbortController()
  const signal = AbortSignal.any([over, stopped.signal, request.server.closing])
  const pieces = piecesOf(request, signal, following)
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => pieces.next(),
      // What waits for news is told at once, or a subscriber who has gone would be waited for.
      return: () => {
        stopped.abort()
        return pieces.return(undefined)
      },
    }),
  }
}

async function* piecesOf(
  request: FastifyRequest,
  signal: AbortSignal,
  { after: start, types, subjectId }: Following,
): AsyncGenerator<Piece, undefined> {
  const { networkId } = request.ctx
  const read = (after: string) =>
    streamEvents(request.contextNow(), { types, after, ...(subjectId !== undefined && { subjectId }) })
  let after = start ?? String(await endOfLog(request.contextNow(), {}))
  while (!signal.aborted) {
    // Listened for before the log is read: what is numbered meanwhile is news too.
    const heard = new AbortController()
    const news = request.server.nextEvents({
      networkId,
      withinMs: lookEveryMs,
      signal: AbortSignal.any([signal, heard.signal]),
    })
    try {
      const { data, through, nextCursor } = await read(after)
      const piece = { told: data.map((event) => ({ event })), taken: 0 }
      if (data.length > 0) yield piece
      if (signal.aborted) return
      const whole = piece.taken === data.length
      after = String(whole ? through : (data[piece.taken - 1]?.sequence ?? after))
      if (!whole || nextCursor !== null) continue
      await news
      // A burst costs each who listens one look, not many.
      await delay(gatherMs, undefined, { signal }).catch(() => {})
    } finally {
      heard.abort()
    }
  }
}
