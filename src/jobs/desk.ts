import type { TxCtx } from '../core/context.ts'
import { grouped } from '../core/grouped.ts'
import { openContext } from '../db/access.ts'
import { addTo, clearQueue, endTurns, heed } from '../domains/webhooks/closing.ts'
import { type Held, nothingDone, type Turn } from '../domains/webhooks/queue.ts'
import type { Result } from '../domains/webhooks/rules.ts'
import {
  type Decided,
  type Due,
  decideOn,
  type Outcome,
  settle,
  takeDue,
  unreached,
} from '../domains/webhooks/sending.ts'
import { secretsOf } from '../domains/webhooks/store.ts'
import type { JobDeps } from './job.ts'

/** Between two batches of an endpoint: what became of the last one, and whether there is to be another. */
export interface Step {
  readonly held: Held
  readonly outcomes: readonly Outcome[]
  readonly refused: readonly Due[]
  /** All of the turn so far. */
  readonly turn: Turn
  /** Deliveries of the next batch; 0 ends the turn. */
  readonly next: number
}

/** The next batch; undefined where the turn is over. */
export type Next = Decided | undefined

export interface Desk {
  readonly take: (step: Step) => Promise<Next>
}

type Gate = <T>(work: () => Promise<T>) => Promise<T>

/** Steps of one transaction: more would make the first of them wait for the last. */
const stepsMax = 50

interface Waiting {
  readonly step: Step
  readonly resolve: (next: Next) => void
  readonly reject: (error: unknown) => void
}

/**
 * Steps of endpoints that belong to one client share a transaction where they come at once: alone, a step is carried out at
 * once; while as many transactions are under way as may be, those that come meanwhile gather. Thus ten thousand endpoints
 * cost the database hundreds of commits, and a single one waits for nobody. No receiver is waited for here.
 */
export function createDesk(deps: DeskDeps, gate: Gate): Desk {
  const queues = new Map<string, Waiting[]>()

  async function serve(key: string): Promise<void> {
    const queue = queues.get(key) ?? []
    const together = queue.splice(0, stepsMax)
    if (queue.length === 0) queues.delete(key)
    else void gate(() => serve(key))
    const [first] = together
    if (!first) return
    try {
      const answers = await carryOut(
        deps,
        together.map(({ step }) => step),
      )
      for (const [index, { resolve }] of together.entries()) resolve(answers[index])
    } catch (error) {
      if (together.length === 1) return first.reject(error)
      // What one of them cannot do must not keep the others from it.
      for (const { step, resolve, reject } of together) {
        try {
          const [next] = await carryOut(deps, [step])
          resolve(next)
        } catch (own) {
          reject(own)
        }
      }
    }
  }

  return {
    take: (step) =>
      new Promise((resolve, reject) => {
        const { networkId, organizationId, clientId } = step.held
        const key = `${networkId}|${organizationId}|${clientId}`
        const waiting = { step, resolve, reject }
        const queue = queues.get(key)
        if (queue) queue.push(waiting)
        else {
          queues.set(key, [waiting])
          void gate(() => serve(key))
        }
      }),
  }
}

type DeskDeps = Pick<JobDeps, 'service' | 'time'>

/** Everything that turns read and write, behind the walls of the organization whose endpoints they are. */
function inTheNameOf<T>(
  { service, time }: DeskDeps,
  held: Held,
  work: (ctx: TxCtx) => Promise<T>,
): Promise<T> {
  const { networkId, organizationId, clientId, leaseId } = held
  const caller = { networkId, organizationId, clientId, scopes: new Set<string>() }
  const occasion = { requestId: `webhooks:${leaseId}`, now: time.now(), face: 'job' as const }
  return openContext(service, caller, occasion).transaction(work, { action: 'webhooks.deliver' })
}

async function carryOut(deps: DeskDeps, steps: readonly Step[]): Promise<Next[]> {
  const [first] = steps
  return first ? inTheNameOf(deps, first.held, (ctx) => goOn(ctx, steps)) : []
}

async function goOn(ctx: TxCtx, steps: readonly Step[]): Promise<Next[]> {
  const [outcomes, denied] = [steps.flatMap((step) => step.outcomes), steps.flatMap((step) => step.refused)]
  settle(ctx, outcomes, denied)
  for (const { held, outcomes: own } of steps) {
    if (held.status === 'disabled' || held.status === 'deleted') clearQueue(ctx, held)
    await heed(ctx, held, own)
  }
  const { dueAt, messages, refused } = await takeNext(ctx, steps)
  const next = steps.map(({ held: { endpointId } }) =>
    dueAt.has(endpointId) ? { messages: messages(endpointId), refused: refused(endpointId) } : undefined,
  )
  await endTurns(
    ctx,
    steps.filter((_, index) => !next[index]),
  )
  return next
}

async function takeNext(ctx: TxCtx, steps: readonly Step[]) {
  const going = steps.filter(({ next }) => next > 0)
  const held = going.map((step) => step.held)
  const [due, secrets] =
    going.length === 0
      ? [[], () => []]
      : await Promise.all([
          takeDue(ctx, held, Math.max(...going.map(({ next }) => next))),
          secretsOf(
            ctx,
            held.map(({ endpointId }) => endpointId),
          ),
        ])
  const { messages, refused } = await decideOn(ctx, due, secrets)
  return {
    dueAt: new Set(due.map(({ endpointId }) => endpointId)),
    messages: grouped(messages, (message) => message.due.endpointId),
    refused: grouped(refused, ({ endpointId }) => endpointId),
  }
}

/** At a receiver that is away one failure counts for all that is due, as each would have met the same. */
const unreachedAtOnce = 100

/** A turn that did not come to a connection: nothing left, and nothing was decided. */
export function noteUnreached(deps: DeskDeps, held: Held, result: Result): Promise<void> {
  return inTheNameOf(deps, held, async (ctx) => {
    const due = await takeDue(ctx, [held], unreachedAtOnce)
    const outcomes = unreached(ctx, due, result)
    settle(ctx, outcomes, [])
    await heed(ctx, held, outcomes)
    await endTurns(ctx, [{ held, turn: addTo(nothingDone, outcomes, 0) }])
  })
}
