import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import type { Topic } from '../core/signals.ts'
import type { Database } from './client.ts'
import { sessionLimits } from './vanished.ts'

const channelOf = (topic: Topic) => `alongside_${topic}`

/** Between two tries to reach the database again; polling goes on meanwhile. */
const reconnectMs = 1_000
/** A connection that died without a word is found out by this question. */
const askAliveEveryMs = 10_000
const answersWithinMs = 5_000

export interface Listening {
  readonly stop: () => Promise<void>
}

/**
 * Passes the notifications of other processes on to whoever waits in this one: one connection a process, opened again
 * whenever it is lost. It goes past a pooler, which gives connections away between transactions: behind one nothing would
 * arrive, and polling alone would carry on.
 */
export function startListening({ session, signals }: Database, topics: readonly Topic[]): Listening {
  const stopping = new AbortController()

  async function listenOnce() {
    const client = new pg.Client({ ...session, application_name: 'alongside listening' })
    const lost = new Promise<void>((resolve) => {
      client.once('error', () => resolve())
      client.once('end', () => resolve())
      stopping.signal.addEventListener('abort', () => resolve(), { once: true })
    })
    try {
      await client.connect()
      await client.query(sessionLimits)
      for (const topic of topics) await client.query(`listen ${channelOf(topic)}`)
      client.on('notification', ({ channel, payload }) => {
        const topic = topics.find((one) => channelOf(one) === channel)
        if (topic && payload) signals.send(topic, payload)
      })
      // What happened before LISTEN was heard by nobody.
      for (const topic of topics) signals.send(topic, undefined)
      await Promise.race([lost, askWhetherAlive(client)])
    } finally {
      await client.end().catch(() => {})
    }
  }

  async function askWhetherAlive(client: pg.Client) {
    while (!stopping.signal.aborted) {
      await delay(askAliveEveryMs, undefined, { signal: stopping.signal }).catch(() => {})
      const late = delay(answersWithinMs, undefined, { ref: false }).then(() => {
        throw new Error('The listening connection does not answer')
      })
      await Promise.race([client.query('select 1'), late])
    }
  }

  async function listen() {
    while (!stopping.signal.aborted) {
      await listenOnce().catch(() => {})
      await delay(reconnectMs, undefined, { signal: stopping.signal }).catch(() => {})
    }
  }

  const listening = listen()
  return {
    stop: () => {
      stopping.abort()
      return listening
    },
  }
}

/** Between two announcements of one network: events that follow each other closely are told of once. */
const announceEveryMs = 20

/**
 * For a process that numbers nothing itself: tells the others that there is something to number. It does so after the
 * commit and on its own, since NOTIFY makes commits of one server wait for each other.
 */
export function announceEmitted({ pool, signals }: Database): () => void {
  const waiting = new Map<string, NodeJS.Timeout>()
  const announce = (networkId: string) => {
    waiting.delete(networkId)
    pool.query('select pg_notify($1, $2)', [channelOf('emitted'), networkId]).catch(() => {})
  }
  const off = signals.on('emitted', (networkId) => {
    if (networkId === undefined || waiting.has(networkId)) return
    waiting.set(networkId, setTimeout(announce, announceEveryMs, networkId))
  })
  return () => {
    off()
    for (const timer of waiting.values()) clearTimeout(timer)
  }
}

/** The statement by which a transaction tells every process, at its commit. */
export function notification(topic: Topic, networkId: string) {
  return {
    toSQL: () => ({ sql: 'select pg_notify($1, $2)', params: [channelOf(topic), networkId] }),
  }
}
