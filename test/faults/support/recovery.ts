import { eventually } from '../../support/eventually.ts'
import type { Receiver } from '../../support/receiver.ts'
import type { Journal } from './writers.ts'

/** The promise: so long after the database, or another process, is there, requests are answered and work goes on. */
export const recoversWithinMs = 5_000

export interface Recovery {
  /** Until a change was acknowledged. */
  readonly answeredMs: number
  /** Until a change that was asked for after the fault was numbered, fanned out, sent, and with its receiver. */
  readonly toldMs: number
}

/** From now on, while writers write. */
export async function recovery(journal: Journal, receiver: Receiver): Promise<Recovery> {
  const [from, today] = [performance.now(), Date.now()]
  const [answeredMs, toldMs] = await Promise.all([
    eventually('a change is acknowledged', () => {
      const after = journal.changes.flatMap(({ acknowledgedAt = 0 }) =>
        acknowledgedAt > from ? acknowledgedAt : [],
      )
      return after.length > 0 && Math.min(...after) - from
    }),
    eventually('its receiver is told of one', () => {
      const told = receiver.events().some(({ message }) => Date.parse(message.data.occurredAt) >= today)
      return told && performance.now() - from
    }),
  ])
  return { answeredMs: Math.round(answeredMs), toldMs: Math.round(toldMs) }
}

export const longest = (all: readonly Recovery[], of: keyof Recovery) =>
  Math.max(...all.map((one) => one[of]))
