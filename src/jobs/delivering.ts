import { publicTargets } from '../core/targets.ts'
import { addTo } from '../domains/webhooks/closing.ts'
import { headersOf, repeats } from '../domains/webhooks/message.ts'
import { type Held, nothingDone, type Turn } from '../domains/webhooks/queue.ts'
import { type Result, retryAfterMs } from '../domains/webhooks/rules.ts'
import type { Message, Outcome } from '../domains/webhooks/sending.ts'
import { openReceiver, type Receiver } from '../domains/webhooks/transport.ts'
import { type Desk, type Next, noteUnreached } from './desk.ts'
import type { JobDeps } from './job.ts'

export interface DeliveryDeps extends JobDeps {
  /** Fires when the process has to go: what is under way is handed back. */
  readonly signal: AbortSignal
  /** Fires before that: no further batch is begun. */
  readonly stopping: AbortSignal
  /** The whole of an attempt. */
  readonly attemptMs: number
  /** Lets a few transactions run at a time, so that deliveries do not take the connections that requests need. */
  readonly gate: <T>(work: () => Promise<T>) => Promise<T>
  readonly desk: Desk
  readonly ca?: string | undefined
}

/** Sent to one receiver at a time. Each is the first of its lane, so their order does not matter. */
const batch = 10
/** Then it is another endpoint's turn: after so many batches, or so long. */
const batchesOfTurn = 20
const turnMs = 60_000

/** Receivers compare the time of a signature with their own clock, also where business time is moved. */
const wallClock = () => new Date()

const nothingYet = { outcomes: [], refused: [], turn: nothingDone }

/** One turn of an endpoint: from the connection to the moment in which it lets go. */
export async function serveEndpoint(deps: DeliveryDeps, held: Held): Promise<void> {
  const open = held.status === 'active' || held.status === 'unverified'
  if (!open || !held.waits) {
    await deps.desk.take({ held, ...nothingYet, next: 0 })
    return
  }
  const receiver = await openReceiver(held.url, {
    targets: deps.service.targets ?? publicTargets,
    connections: batch,
    attemptMs: deps.attemptMs,
    signal: deps.signal,
    ca: deps.ca,
  })
  if (typeof receiver === 'string')
    return deps.gate(() =>
      noteUnreached(deps, held, { error: deps.signal.aborted ? 'interrupted' : receiver }),
    )
  try {
    await sendBatches(deps, held, receiver)
  } finally {
    await receiver.close()
  }
}

async function sendBatches(deps: DeliveryDeps, held: Held, receiver: Receiver): Promise<void> {
  const began = performance.now()
  let turn: Turn = nothingDone
  let taken: Next = await deps.desk.take({ held, ...nothingYet, next: batch })
  for (let done = 1; taken; done += 1) {
    const { messages, refused } = taken
    const outcomes = await Promise.all(messages.map((message) => attempt(deps, receiver, message)))
    const askedForMs = outcomes.map(({ result }) => retryAfterMs(result.retryAfter, deps.time.now()))
    turn = addTo(turn, outcomes, Math.max(0, ...askedForMs))
    const goesOn =
      done < batchesOfTurn &&
      turn.failed === 0 &&
      performance.now() - began < turnMs &&
      !deps.stopping.aborted
    taken = await deps.desk.take({ held, outcomes, refused, turn, next: goesOn ? batch : 0 })
  }
}

async function attempt(
  { service, log }: DeliveryDeps,
  receiver: Receiver,
  message: Message,
): Promise<Outcome> {
  const { due, attemptId } = message
  const { body, ...answered } = await receiver.post(headersOf(message, wallClock()), message.body)
  const proves = due.kind !== 'verification' || !service.targets?.challenge || repeats(body, due.eventId)
  const result: Result =
    answered.error === undefined && !proves ? { ...answered, error: 'challenge_missing' } : answered
  log.debug(
    { deliveryId: due.id, statusCode: result.statusCode, latencyMs: result.latencyMs, error: result.error },
    'a delivery was tried',
  )
  return { due, attemptId, result }
}
