import { type SQL, sql } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { classOf, eventTypes } from '../events/classes.ts'

/** Told to no other organization, whoever stands among its readers. */
const ownTypes = eventTypes.filter((type) => classOf(type) === 'own')

/**
 * Known to the organization of the endpoint in any case, so that its log may show it before it was sent. Of everything
 * else the consents decide at each attempt.
 */
const openTypes = eventTypes.filter((type) => ['addressed', 'consent'].includes(classOf(type)))

const texts = (values: readonly string[]) => sql`${sql.param([...values])}::text[]`

/** A delivery for each pair of `wanted`: its id tells the time and, within one statement, the order of the log. */
const deliveriesOf = ({ now }: TxCtx, wanted: SQL) => sql`
  insert into webhook_deliveries
    (network_id, id, organization_id, endpoint_id, kind, event_id, type, sequence, lane, told, next_attempt_at, created_at)
  select w.network_id,
    overlay(replace(gen_random_uuid()::text, '-', '') placing
      ${now.getTime().toString(16).padStart(12, '0')}::text || '7' ||
      lpad(to_hex(least(w.sequence - min(w.sequence) over (), 4095)), 3, '0') from 1 for 16)::uuid,
    w.to_organization_id, w.endpoint_id, 'event', w.id, w.type, w.sequence,
    -- What belongs to one referral arrives in its order; everything else, by its subject.
    coalesce(case w.subject_type
      when 'offer' then (select o.referral_id from offers o where o.network_id = w.network_id and o.id = w.subject_id)
      when 'shortlist' then (select s.referral_id from shortlists s where s.network_id = w.network_id and s.id = w.subject_id)
      when 'mentorship' then (select m.referral_id from mentorships m where m.network_id = w.network_id and m.id = w.subject_id)
      when 'contact' then (select c.referral_id from contacts c where c.network_id = w.network_id and c.id = w.subject_id)
    end, w.subject_id),
    w.to_organization_id = w.organization_id or w.network_wide or w.type = any (${texts(openTypes)}),
    ${now}::timestamptz, ${now}::timestamptz
  from (${wanted}) w
  returning endpoint_id`

/** An endpoint's filter, against a type and its group. */
const matches = sql`p.types && array[e.type, split_part(e.type, '.', 1) || '.*', '*']`

/** Events of one piece: one that the whole network may read is put into the queue of every endpoint there is. */
const pieceOf = 200

/**
 * Puts what was numbered since into the queues of the endpoints that may want it: those of the organizations that see the
 * row, as the walls show it to them. What each may know of it is decided when it is sent. A step of the sequencer, so each
 * event comes by once, in order; one statement, however many endpoints there are.
 */
export async function fanOut(ctx: TxCtx, limit: number): Promise<number> {
  const { db, networkId, now } = ctx
  const piece = Math.min(limit, pieceOf)
  const { rows } = await db.execute<{ seen: number }>(sql`
    with news as (
      select * from events
      where network_id = ${networkId}
        and sequence > coalesce((select through from webhook_fan_outs where network_id = ${networkId}), 0)
      order by sequence limit ${piece}),
    seen as (
      insert into webhook_fan_outs (network_id, through) select ${networkId}::uuid, max(sequence) from news having count(*) > 0
      on conflict (network_id) do update set through = excluded.through),
    queued as (${deliveriesOf(
      ctx,
      sql`
      select e.*, p.id as endpoint_id, p.organization_id as to_organization_id
      from news e
      cross join lateral (select distinct o.id from unnest(array_append(e.reader_ids, e.organization_id)) as o (id)) reader
      join webhook_endpoints p on p.network_id = e.network_id and p.organization_id = reader.id
      where not e.network_wide and p.status in ('unverified', 'active') and ${matches}
        and (p.organization_id = e.organization_id or e.type <> all (${texts(ownTypes)}))
      union all
      select e.*, p.id, p.organization_id from news e
      join webhook_endpoints p on p.network_id = e.network_id
      where e.network_wide and p.status in ('unverified', 'active') and ${matches}`,
    )}),
    -- In the order in which turns are let go, so that neither waits for the other.
    due as materialized (
      select endpoint_id from webhook_queues
      where network_id = ${networkId} and endpoint_id = any (array(select distinct endpoint_id from queued))
      order by endpoint_id for update),
    woken as (
      update webhook_queues q
      set arrivals = q.arrivals + 1,
        -- One that is not verified yet has its turn when its verification is due.
        due_at = case when p.status = 'active' then least(q.due_at, greatest(${now}::timestamptz, q.paused_until)) else q.due_at end
      from due d
      join webhook_endpoints p on p.network_id = ${networkId} and p.id = d.endpoint_id
      where q.network_id = ${networkId} and q.endpoint_id = d.endpoint_id)
    select count(*)::int as seen from news`)
  // A whole piece: there may be more.
  return rows[0]?.seen === piece ? limit : (rows[0]?.seen ?? 0)
}

/** The last event that stands in every queue it belongs to: up to it, the log may let events go. */
export async function queuedThrough({ db, networkId }: TxCtx): Promise<number> {
  const { rows } = await db.execute<{ through: string }>(
    sql`select through from webhook_fan_outs where network_id = ${networkId}`,
  )
  return Number(rows[0]?.through ?? 0)
}

/** Once more, what of a range the caller's organization sees and the endpoint wants, but for what waits already. */
export async function queueAgain(
  ctx: TxCtx,
  endpointId: string,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<void> {
  const { networkId } = ctx
  const again = sql`
    select e.*, p.id as endpoint_id, p.organization_id as to_organization_id
    from events e
    join webhook_endpoints p on p.network_id = e.network_id and p.id = ${endpointId}
    where e.network_id = ${networkId} and e.sequence between ${from} and ${to} and ${matches}
      and (p.organization_id = e.organization_id or e.network_wide or e.type <> all (${texts(ownTypes)}))
      and not exists (select from webhook_deliveries d
        where d.network_id = e.network_id and d.endpoint_id = p.id and d.status = 'pending' and d.event_id = e.id)`
  await ctx.db.execute(deliveriesOf(ctx, again))
}
