import { sql } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'

/** Long enough for somebody to come back from leave, short enough that a busy endpoint's log stays small. */
export const deliveryLogDaysDefault = 30

const batch = 500

/** Takes finished deliveries that are old enough out of the log, with their attempts; how many it was. */
export async function forgetSome({ db, networkId, now }: TxCtx, days: number): Promise<number> {
  const before = new Date(now.getTime() - days * 86_400_000)
  const { rows } = await db.execute<{ gone: number }>(sql`
    with gone as (
      delete from webhook_deliveries where network_id = ${networkId} and id in (
        select id from webhook_deliveries
        where network_id = ${networkId} and status <> 'pending' and finished_at < ${before}::timestamptz
        order by finished_at limit ${batch})
      returning id),
    tried as (delete from webhook_attempts a using gone where a.network_id = ${networkId} and a.delivery_id = gone.id)
    select count(*)::int as gone from gone`)
  return rows[0]?.gone ?? 0
}
