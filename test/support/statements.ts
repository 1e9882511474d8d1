import type pg from 'pg'
import type { Database } from '../../src/db/client.ts'

/** Collects the statements that the service sends while something is done. */
export function countStatements({ pool }: Database) {
  const sent: string[] = []
  const seen = new WeakSet<pg.PoolClient>()
  const watch = (client: pg.PoolClient) => {
    if (seen.has(client)) return
    seen.add(client)
    const query = client.query.bind(client) as (...args: unknown[]) => unknown
    Object.assign(client, {
      query: (...args: unknown[]) => {
        const [statement] = args
        sent.push(typeof statement === 'string' ? statement : String((statement as { text: string }).text))
        return query(...args)
      },
    })
  }
  pool.on('acquire', watch)
  return {
    during: async <T>(work: () => Promise<T>): Promise<{ statements: string[]; result: T }> => {
      sent.length = 0
      const result = await work()
      return { statements: [...sent], result }
    },
    stop: () => pool.off('acquire', watch),
  }
}
