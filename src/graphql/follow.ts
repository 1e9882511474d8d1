import type { FastifyRequest } from 'fastify'
import { endOfLog, streamEvents } from '../domains/events/service.ts'
import type { Following, Told } from './subscriptions.ts'

/** The log is looked at at least so often, though nobody says that something is new. */
const lookEveryMs = 15_000

/**
 * Events as they come, from the log and nothing else: a subscriber who comes again with the number of the last one has
 * missed none. The next piece is read only when the last one was taken.
 */
export function follow(
  request: FastifyRequest,
  over: AbortSignal,
  following: Following,
): AsyncIterable<Told> {
  const stopped = new AbortController()
  const signal = AbortSignal.any([over, stopped.signal, request.server.closing])
  const events = eventsOf(request, signal, following)
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => events.next(),
      // What waits for news is told at once, or a subscriber who has gone would be waited for.
      return: () => {
        stopped.abort()
        return events.return(undefined)
      },
    }),
  }
}

async function* eventsOf(
  request: FastifyRequest,
  signal: AbortSignal,
  { after: start, types, subjectId }: Following,
): AsyncGenerator<Told, undefined> {
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
      const page = await read(after)
      for (const event of page.data) {
        if (signal.aborted) return
        yield { event }
      }
      after = String(page.through)
      if (page.nextCursor === null) await news
    } finally {
      heard.abort()
    }
  }
}
