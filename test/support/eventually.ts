import { setTimeout as delay } from 'node:timers/promises'

const limitMs = 60_000

/** Waits for what will come, and fails when it does not. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  withinMs = limitMs,
): Promise<T> {
  const end = Date.now() + withinMs
  while (Date.now() < end) {
    const found = await look()
    if (found) return found
    await delay(20)
  }
  throw new Error(`It never came to this: ${what}`)
}
