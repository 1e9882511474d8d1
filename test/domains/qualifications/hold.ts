import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'

/**
 * Holds a mentor's row from outside while requests are sent, each once the one before has come as far as it can, and
 * then lets go: what would be a race of milliseconds happens every time, in this order. The embedded engine serves
 * one transaction at a time; there they only queue.
 */
export async function heldBack<Answer>(
  owner: pg.ClientConfig,
  mentorId: string,
  requests: readonly (() => Promise<Answer>)[],
): Promise<Answer[]> {
  const client = new pg.Client(owner)
  await client.connect()
  try {
    await client.query('begin')
    await client.query('select id from mentors where id = $1 for update', [mentorId])
    const answers: Promise<Answer>[] = []
    for (const request of requests) {
      answers.push(request())
      await delay(150)
    }
    await client.query('commit')
    return await Promise.all(answers)
  } finally {
    await client.end()
  }
}
