import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'

/** Holds a mentor's row from outside while the work is done. The embedded engine serves one transaction at a time. */
export async function holding<T>(
  owner: pg.ClientConfig,
  mentorId: string,
  work: () => Promise<T>,
): Promise<T> {
  const client = new pg.Client(owner)
  await client.connect()
  try {
    await client.query('begin')
    await client.query('select id from mentors where id = $1 for update', [mentorId])
    const result = await work()
    await client.query('commit')
    return result
  } finally {
    await client.end()
  }
}

/**
 * Sends requests while the mentor's row is held, each once the one before has come as far as it can: what would be a
 * race of milliseconds happens every time, in this order.
 */
export async function heldBack<Answer>(
  owner: pg.ClientConfig,
  mentorId: string,
  requests: readonly (() => Promise<Answer>)[],
): Promise<Answer[]> {
  const answers: Promise<Answer>[] = []
  await holding(owner, mentorId, async () => {
    for (const request of requests) {
      answers.push(request())
      await delay(150)
    }
  })
  return Promise.all(answers)
}
