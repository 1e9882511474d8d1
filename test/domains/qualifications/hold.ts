import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'

type Held = string | { readonly table: 'learners' | 'patients'; readonly id: string }

/** Holds a row from outside, by itself a mentor's, while the work is done. The embedded engine serves one transaction at a time. */
export async function holding<T>(owner: pg.ClientConfig, held: Held, work: () => Promise<T>): Promise<T> {
  const { table, id } = typeof held === 'string' ? { table: 'mentors', id: held } : held
  const client = new pg.Client(owner)
  await client.connect()
  try {
    await client.query('begin')
    await client.query(`select id from ${table} where id = $1 for update`, [id])
    const result = await work()
    await client.query('commit')
    return result
  } finally {
    await client.end()
  }
}

/**
 * Sends requests while the row is held, each once the one before has come as far as it can: what would be a
 * race of milliseconds happens every time, in this order.
 */
export async function heldBack<Answer>(
  owner: pg.ClientConfig,
  held: Held,
  requests: readonly (() => Promise<Answer>)[],
): Promise<Answer[]> {
  const answers: Promise<Answer>[] = []
  await holding(owner, held, async () => {
    for (const request of requests) {
      answers.push(request())
      await delay(150)
    }
  })
  return Promise.all(answers)
}
