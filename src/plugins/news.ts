import { setMaxListeners } from 'node:events'
import fp from 'fastify-plugin'
import { awaitNews, type News } from '../core/signals.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Resolves when the network has new events, when the time is over, or when `signal` fires. */
    nextEvents: (wait: { networkId: string; withinMs: number; signal: AbortSignal }) => Promise<void>
    /** Fires when the service is asked to stop: what waits then ends, instead of holding it up. */
    closing: AbortSignal
  }
}

/** For what waits for events: long polls and streams. */
export const news = fp<{ signals: News }>(
  async (app, { signals }) => {
    const closing = new AbortController()
    // Each stream and each long poll hears it.
    setMaxListeners(0, closing.signal)
    app.decorate('closing', closing.signal)
    app.decorate('nextEvents', (wait) => awaitNews(signals, 'numbered', wait))
    app.addHook('preClose', async () => closing.abort())
  },
  { name: 'news' },
)
