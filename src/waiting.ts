import { setTimeout as delay } from 'node:timers/promises'
import { isUnreachable } from './db/unreachable.ts'
import { causesOf, wordsOf } from './failure.ts'

/** Longer than a database takes to start or to hand over, shorter than it takes to miss a wrong address. */
const waitMs = 30_000
const betweenTriesMs = 250

/**
 * A process that starts while the database is away waits for it instead of ending: a supervisor that starts it again waits
 * longer each time, and would be late by minutes when the database has long been back. It says at once what it waits for.
 */
export async function whenReachable<T>(
  open: () => Promise<T>,
  say: (line: string) => void,
  withinMs = waitMs,
): Promise<T> {
  const end = performance.now() + withinMs
  for (let isFirst = true; ; isFirst = false) {
    try {
      return await open()
    } catch (error) {
      if (performance.now() >= end || !causesOf(error).some(isUnreachable)) throw error
      if (isFirst) say(`${wordsOf(error)} It is tried again for ${Math.round(withinMs / 1_000)} s.`)
      await delay(betweenTriesMs)
    }
  }
}
