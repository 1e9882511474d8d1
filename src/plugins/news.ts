import { setMaxListeners } from 'node:events'
import fp from 'fastify-plugin'
import { awaitNews, type News } from '../core/signals.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Resolves when the network has new events, when the time is over, or when `signal` fires. */
    nextEvents: (wait: { networkId: string; withinMs: number; signal: AbortSignal }) => Promise<void>
    /** Fires when the service is asked to stop: what waits then ends, instead of holding it up. */
    closing: AbortSignal
    followers: FollowerLimits
  }
}

/** What is done for those who follow the log over a connection that stays open. */
export interface FollowerLimits {
  /** What a reader does not take within this time is not kept for it: it is cut, and comes again with the last number. */
  readonly takenWithinMs: number
  /** Below the idle limits of common proxies, so that a quiet stream is not taken for a dead one. */
  readonly heartbeatMs: number
}

export const followerLimits: FollowerLimits = { takenWithinMs: 30_000, heartbeatMs: 15_000 }

/** For what waits for events: long polls and streams. */
export const news = fp<{ signals: News; followers: FollowerLimits }>(
  async (app, { signals, followers }) => {
    app.decorate('followers', followers)
    const closing = new AbortController()
    // Each stream and each long poll hears it.
    setMaxListeners(0, closing.signal)
    app.decorate('closing', closing.signal)
    app.decorate('nextEvents', (wait) => awaitNews(signals, 'numbered', wait))
    app.addHook('preClose', async () => closing.abort())
  },
  { name: 'news' },
)
