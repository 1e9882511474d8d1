import type { FastifyRequest } from 'fastify'

export interface Ear {
  /** Whether something was heard before the time was over. */
  readonly heard: Promise<boolean>
  /** For who no longer waits: what listens is not left behind. */
  readonly close: () => void
}

/**
 * Listens for new events of the caller's network. To be begun before the log is looked at: what is numbered while a look
 * is under way is news too, and would else lie there until the next one.
 */
export function listen({ server, ctx }: FastifyRequest, withinMs: number, over: AbortSignal): Ear {
  const closed = new AbortController()
  const end = performance.now() + withinMs
  const signal = AbortSignal.any([over, closed.signal])
  return {
    heard: server
      .nextEvents({ networkId: ctx.networkId, withinMs, signal })
      .then(() => performance.now() < end),
    close: () => closed.abort(),
  }
}
