import { setTimeout as delay } from 'node:timers/promises'
import { createClient as createSocket } from 'graphql-ws'
import { WebSocket } from 'ws'
import { readStream } from '../../support/stream.ts'
import type { Chance } from './chance.ts'
import type { Client } from './clients.ts'

export interface Read {
  readonly id: string
  readonly sequence: number
  readonly type: string
  readonly subjectId: string
  readonly at: number
}

/** What one reader was given, in the order in which it was given, duplicates too. */
export interface Reader {
  readonly name: string
  readonly reads: Read[]
  /** Answers that no reader should get. */
  readonly faults: string[]
  /** All of it in the order of numbers, or what belongs to one referral. */
  readonly order: 'of_log' | 'of_referral'
  readonly run: (until: AbortSignal) => Promise<void>
}

export interface Told {
  readonly id: string
  readonly sequence: number
  readonly type: string
  readonly subject: { readonly id: string }
}

export const toRead = ({ id, sequence, type, subject }: Told): Read => ({
  id,
  sequence,
  type,
  subjectId: subject.id,
  at: performance.now(),
})

const types = 'referral.*'
const betweenTriesMs = 100
/** Of answers: a reader that forgot to keep its last place, as one that crashed. */
const forgets = 0.05

export function feedReader(client: Client, chance: Chance): Reader {
  const reads: Read[] = []
  const faults: string[] = []
  return {
    name: 'feed',
    order: 'of_log',
    reads,
    faults,
    run: async (until) => {
      let place = 0
      while (!until.aborted) {
        try {
          const reply = await client.ask(`/v1/events?types=${types}&limit=100&wait=2&after=${place}`)
          if (reply.ok) {
            const { data, through } = (await reply.json()) as { data: Told[]; through: number }
            reads.push(...data.map(toRead))
            if (!chance.happens(forgets)) place = through
            continue
          }
          if (reply.status !== 503) faults.push(`${reply.status} ${(await reply.text()).slice(0, 300)}`)
        } catch {
          // The process is gone; another one goes on.
        }
        await delay(betweenTriesMs)
      }
    },
  }
}

export function streamReader(client: Client, chance: Chance): Reader {
  const reads: Read[] = []
  const faults: string[] = []
  let last = '0'
  async function readOnce(until: AbortSignal) {
    const gone = new AbortController()
    const signal = AbortSignal.any([until, gone.signal])
    const reply = await client.ask(`/v1/events/stream?types=${types}`, {
      headers: { 'last-event-id': last },
      signal,
    })
    if (!reply.ok) {
      if (reply.status !== 503) faults.push(`${reply.status} ${(await reply.text()).slice(0, 300)}`)
      return
    }
    const stream = readStream(reply)
    for (let message = await stream.next(); message; message = await stream.next()) {
      if (message.data) reads.push(toRead(message.data))
      if (message.id !== undefined && !chance.happens(forgets)) last = message.id
      // It hangs up now and then, as a laptop does that is shut.
      if (message.data && chance.happens(0.002)) gone.abort()
    }
  }
  return {
    name: 'stream',
    order: 'of_log',
    reads,
    faults,
    run: async (until) => {
      while (!until.aborted) {
        await readOnce(until).catch(() => {})
        await delay(betweenTriesMs)
      }
    },
  }
}

const query = `subscription ($after: String) { referralChanged(after: $after) { event { id sequence type subject { id } } } }`

export function subscriptionReader(client: Client, chance: Chance): Reader {
  const reads: Read[] = []
  const faults: string[] = []
  let last = '0'
  async function readOnce(until: AbortSignal) {
    const authorization = `Bearer ${await client.token()}`
    const socket = createSocket({
      url: `${client.anyUrl().replace('http', 'ws')}/graphql-ws`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization },
      retryAttempts: 0,
      // A line that died without a word is found out.
      keepAlive: 5_000,
      lazyCloseTimeout: 0,
    })
    const stop = () => socket.terminate()
    until.addEventListener('abort', stop, { once: true })
    await new Promise<void>((resolve) => {
      socket.subscribe<{ referralChanged: { event: Told } }>(
        { query, variables: { after: last } },
        {
          next: ({ data, errors }) => {
            if (errors) return void faults.push(JSON.stringify(errors).slice(0, 300))
            if (!data) return
            reads.push(toRead(data.referralChanged.event))
            if (!chance.happens(forgets)) last = String(data.referralChanged.event.sequence)
          },
          error: (error) => {
            if (Array.isArray(error) && !/service_unavailable/.test(JSON.stringify(error)))
              faults.push(JSON.stringify(error).slice(0, 300))
            resolve()
          },
          complete: () => resolve(),
        },
      )
    })
    until.removeEventListener('abort', stop)
    await socket.dispose()
  }
  return {
    name: 'subscription',
    order: 'of_log',
    reads,
    faults,
    run: async (until) => {
      while (!until.aborted) {
        await readOnce(until).catch(() => {})
        await delay(betweenTriesMs)
      }
    },
  }
}
