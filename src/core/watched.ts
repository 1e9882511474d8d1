import { channel, tracingChannel } from 'node:diagnostics_channel'
import type { ErrorCode } from './errors.ts'

/**
 * What the service tells whoever watches it, by Node's own channels. While nobody listens it costs a look, so that what
 * measures and traces is loaded only where it is wanted. Codes and names that the code itself knows: never an id, a value
 * or a word that somebody sent.
 */
export interface Acted {
  readonly action: string
  /** Set when it is over: done, or the code of the refusal. */
  outcome?: ErrorCode | 'ok'
}

export interface Stated {
  /** The text with its placeholders; whoever listens takes from it what holds no value. */
  readonly text: string
}

export interface Worked {
  readonly job: string
}

export const acting = tracingChannel<Acted, Acted>('alongside:action')
export const stating = tracingChannel<Stated, Stated>('alongside:statement')
export const working = tracingChannel<Worked, Worked>('alongside:job')

const committed = channel('alongside:events')
const denied = channel('alongside:denial')

/** Events that were committed, by type. */
export const tellCommitted = (types: readonly string[]) => {
  if (committed.hasSubscribers) committed.publish(types)
}

/** Data of another organization that a decision kept back, and why. */
export const tellDenied = (reasons: readonly string[]) => {
  if (denied.hasSubscribers) denied.publish(reasons)
}

type Listener = (told: readonly string[]) => void

function listenTo(to: typeof committed, listener: Listener): () => void {
  const heard = (told: unknown) => listener(told as readonly string[])
  to.subscribe(heard)
  return () => {
    to.unsubscribe(heard)
  }
}

/** Each returns how to stop listening. */
export const onCommitted = (listener: Listener) => listenTo(committed, listener)
export const onDenied = (listener: Listener) => listenTo(denied, listener)
