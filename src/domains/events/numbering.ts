import { sql } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { notification } from '../../db/listen.ts'

/**
 * Numbers what was committed since, in the order in which it was written, and returns how many. To be called by one
 * transaction of a network at a time: it must see all that the one before it numbered.
 */
export async function numberEvents(ctx: TxCtx, limit: number): Promise<number> {
  const { db, networkId } = ctx
  const { rowCount } = await db.execute(sql`
    with fresh as (
      select id, row_number() over (order by position nulls first, id) as n, count(*) over () as total
      from (select id, position from events
            where network_id = ${networkId} and sequence is null
            order by position nulls first, id limit ${limit}) unnumbered),
    grown as (
      insert into event_logs as log (network_id, last_sequence)
      select ${networkId}::uuid, count(*) from fresh having count(*) > 0
      on conflict (network_id) do update set last_sequence = log.last_sequence + excluded.last_sequence
      returning last_sequence)
    update events set sequence = grown.last_sequence - fresh.total + fresh.n
    from fresh, grown
    where events.network_id = ${networkId} and events.id = fresh.id`)
  const numbered = rowCount ?? 0
  if (numbered > 0) ctx.write(notification('numbered', networkId))
  return numbered
}
