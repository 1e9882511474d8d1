import { sql } from 'drizzle-orm'
import { asAuthenticator, type Service } from '../db/access.ts'

/** The one role that may ask which networks there are, before there is any; it sees nothing inside of them. */
export function networkIds({ database }: Service): Promise<string[]> {
  return asAuthenticator(database, undefined, async ({ db }) => {
    const { rows } = await db.execute<{ id: string }>(sql`select id from networks order by id`)
    return rows.map(({ id }) => id)
  })
}
