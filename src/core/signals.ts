import { EventEmitter } from 'node:events'

/** `emitted`: events were committed, not numbered yet. `numbered`: events can be read. */
export type Topic = 'emitted' | 'numbered'

/** A network, or undefined where nobody knows which: the listening connection was away, and may have missed some. */
type Listener = (networkId: string | undefined) => void

/** Wake-ups inside this process. They say that it is worth looking, never what there is: whoever waits also polls. */
export interface Signals {
  readonly send: (topic: Topic, networkId: string | undefined) => void
  /** Returns how to stop listening. */
  readonly on: (topic: Topic, listener: Listener) => () => void
}

export function createSignals(): Signals {
  const emitter = new EventEmitter()
  // One for each stream and each long poll.
  emitter.setMaxListeners(0)
  return {
    send: (topic, networkId) => void emitter.emit(topic, networkId),
    on: (topic, listener) => {
      emitter.on(topic, listener)
      return () => void emitter.off(topic, listener)
    },
  }
}

export type News = Pick<Signals, 'on'>

/** Resolves at news of the network, when the time is over, or when `signal` fires: whichever comes first. */
export function awaitNews(
  { on }: News,
  topic: Topic,
  { networkId, withinMs, signal }: { networkId: string; withinMs: number; signal: AbortSignal },
): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      off()
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, withinMs)
    const off = on(topic, (id) => {
      if (id === undefined || id === networkId) done()
    })
    signal.addEventListener('abort', done)
  })
}
