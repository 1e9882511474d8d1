import { randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import pLimit from 'p-limit'
import { grouped } from '../core/grouped.ts'
import { openSystemContext } from '../db/access.ts'
import { type Held, holdDue, type Lease, leaseMs, renewLeases } from '../domains/webhooks/queue.ts'
import { type DeliveryDeps, serveEndpoint } from './delivering.ts'
import { createDesk } from './desk.ts'
import { faultOf } from './fault.ts'
import type { JobDeps } from './job.ts'
import { networkIds } from './networks.ts'

export interface DeliveriesOptions extends JobDeps {
  /** How often every network is looked at without having been woken: what waits for a time is found by it. */
  readonly pollMs?: number
  readonly attemptMs?: number
  readonly lanes?: LaneSizes
  readonly ca?: string | undefined
}

interface LaneSizes {
  readonly well: number
  readonly ailing: number
}

/**
 * Endpoints served at a time in one process. Those that fail have a lane of their own: a hundred receivers that hang
 * take nothing from those that answer.
 */
const laneSizes: LaneSizes = { well: 48, ailing: 16 }

/** Of the connections to the database, those that deliveries use at a time. */
const transactionsAtOnce = 4

/** Within the 15 to 30 seconds of Standard Webhooks. */
const attemptMsDefault = 20_000

export interface RunningDeliveries {
  /** Begins nothing new, lets what is under way finish within this time, and hands the rest back to the queue. */
  readonly stop: (withinMs: number) => Promise<void>
}

/** Turns that end one after another make room once, for all of them. */
const refillMs = 20

/** Says that this process is still there, with some words to spare before its leases are over. */
const renewMs = leaseMs / 4

type LaneName = keyof LaneSizes

const laneNames = ['well', 'ailing'] as const

const laneOf = ({ failingSince }: Held): LaneName => (failingSince === null ? 'well' : 'ailing')

/**
 * Sends what is in the queues of the endpoints, as soon as there is something and whenever something is due again. Any number
 * of processes do so; an endpoint is served by one of them at a time.
 */
export function startDeliveries({
  pollMs = 1_000,
  attemptMs = attemptMsDefault,
  lanes: sizes = laneSizes,
  ca,
  ...deps
}: DeliveriesOptions): RunningDeliveries {
  const stopping = new AbortController()
  const leaving = new AbortController()
  // Every attempt under way waits on it.
  setMaxListeners(0, leaving.signal)
  const gate = pLimit(transactionsAtOnce)
  const serving: DeliveryDeps = {
    ...deps,
    attemptMs,
    ca,
    stopping: stopping.signal,
    signal: leaving.signal,
    gate,
    desk: createDesk(deps, gate),
  }
  /** What is served just now, by the ids of endpoints. */
  const turns = new Map<string, { readonly held: Held; readonly done: Promise<void> }>()
  const busy: Record<LaneName, number> = { well: 0, ailing: 0 }
  /** Leases whose turn broke off: nobody else needs to wait until they are over. */
  const abandoned = new Set<Held>()
  /** Networks that found no room, in the order in which they came. */
  const waiting = new Set<string>()
  /** Networks that are looked at just now; true when something came in the meantime. */
  const under = new Map<string, { again: boolean }>()
  let refilling: NodeJS.Timeout | undefined
  let ailing = false

  async function look(networkId: string): Promise<void> {
    const current = under.get(networkId)
    if (current) {
      current.again = true
      return
    }
    const own = { again: true }
    under.set(networkId, own)
    try {
      while (own.again && !stopping.signal.aborted) {
        own.again = false
        for (const held of await hold(networkId)) begin(held)
      }
      ailing = false
    } catch (error) {
      // Once, not with every look while the database is away.
      if (!ailing) deps.log.error({ networkId, fault: faultOf(error) }, 'deliveries cannot be looked for')
      ailing = true
    } finally {
      under.delete(networkId)
    }
  }

  /** Takes what is due in a network, as far as there is room for it in a lane; the room is taken with it. */
  async function hold(networkId: string): Promise<Held[]> {
    const room = { well: sizes.well - busy.well, ailing: sizes.ailing - busy.ailing }
    if (room.well <= 0 || room.ailing <= 0) waiting.add(networkId)
    if (room.well <= 0 && room.ailing <= 0) return []
    for (const lane of laneNames) busy[lane] += room[lane]
    let held: Held[] = []
    const given = [...abandoned].filter((one) => one.networkId === networkId)
    try {
      held = await holdIn(deps, networkId, room, given)
      for (const one of given) abandoned.delete(one)
      return held
    } finally {
      for (const lane of laneNames) busy[lane] -= room[lane]
      for (const one of held) busy[laneOf(one)] += 1
    }
  }

  function begin(held: Held) {
    const { networkId, endpointId } = held
    const end = () => {
      busy[laneOf(held)] -= 1
      waiting.add(networkId)
      refilling ??= setTimeout(refill, refillMs)
    }
    // Its turn was so slow that its lease was over: one ends before the next begins.
    if (turns.has(endpointId)) return end()
    const done = serveEndpoint(serving, held)
      .catch((error: unknown) => {
        abandoned.add(held)
        deps.log.error({ endpointId, fault: faultOf(error) }, 'an endpoint was not served')
      })
      .finally(() => {
        turns.delete(endpointId)
        end()
      })
    turns.set(endpointId, { held, done })
  }

  /** Those that found no room go first; then there may be more at this one. */
  function refill() {
    refilling = undefined
    const networks = [...waiting]
    waiting.clear()
    for (const networkId of networks) void look(networkId)
  }

  async function renew() {
    while (!leaving.signal.aborted) {
      await delay(renewMs, undefined, { signal: leaving.signal }).catch(() => {})
      const held = [...turns.values()].map((turn) => turn.held)
      const ofNetwork = grouped(held, ({ networkId }) => networkId)
      const networks = new Set(held.map(({ networkId }) => networkId))
      // Where the database does not answer, leases run out: as they should.
      await Promise.all([...networks].map((id) => renewIn(deps, id, ofNetwork(id)).catch(() => {})))
    }
  }

  async function poll() {
    while (!stopping.signal.aborted) {
      for (const networkId of await networkIds(deps.service).catch(() => [])) await look(networkId)
      await delay(pollMs, undefined, { signal: stopping.signal }).catch(() => {})
    }
  }

  const off = deps.service.database.signals.on('numbered', (networkId) => {
    if (networkId !== undefined) void look(networkId)
  })
  const polling = poll()
  const renewing = renew()
  return {
    stop: async (withinMs) => {
      stopping.abort()
      off()
      clearTimeout(refilling)
      const late = setTimeout(() => leaving.abort(), withinMs)
      await polling
      while (turns.size > 0) await Promise.all([...turns.values()].map(({ done }) => done))
      clearTimeout(late)
      leaving.abort()
      await renewing
    },
  }
}

const contextOf = ({ service, time }: JobDeps, networkId: string) =>
  openSystemContext(service, networkId, { requestId: 'webhooks', now: time.now() })

const holdIn = (deps: JobDeps, networkId: string, room: LaneSizes, abandoned: readonly Lease[] = []) =>
  contextOf(deps, networkId).transaction((ctx) => holdDue(ctx, { leaseId: randomUUID(), room, abandoned }), {
    action: 'webhooks.hold',
  })

const renewIn = (deps: JobDeps, networkId: string, held: readonly Held[]) =>
  contextOf(deps, networkId).transaction(async (ctx) => renewLeases(ctx, held), { action: 'webhooks.renew' })

/** Everything that is due in a network now, to its end. */
export async function deliverDue(
  { attemptMs = attemptMsDefault, ca, ...deps }: DeliveriesOptions,
  networkId: string,
): Promise<number> {
  const never = new AbortController().signal
  setMaxListeners(0, never)
  const gate = pLimit(transactionsAtOnce)
  const desk = createDesk(deps, gate)
  const serving: DeliveryDeps = { ...deps, attemptMs, ca, gate, desk, signal: never, stopping: never }
  let served = 0
  for (;;) {
    const held = await holdIn(deps, networkId, laneSizes)
    if (held.length === 0) return served
    await Promise.all(held.map((one) => serveEndpoint(serving, one)))
    served += held.length
  }
}
