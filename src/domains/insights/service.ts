import { type SQL, sql } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { absentIfNotFound, invalidInput } from '../../core/errors.ts'
import { toInstant } from '../../core/wire.ts'
import { only } from '../../db/rows.ts'
import { mentorships } from '../mentorships/table.ts'
import { findProgram } from '../programs/store.ts'
import { referrals, referralTransitions } from '../referrals/table.ts'
import { defaultDays, periodMaxDays, UnaccompaniedFilter } from './contract.ts'

const dayMs = 86_400_000

export const getUnaccompaniedHours = action({
  id: 'insights.unaccompaniedHours',
  scope: 'insights:read',
  fromReplica: true,
  input: UnaccompaniedFilter,
  run: async (ctx, { programId, ...period }) => {
    const to = period.to === undefined ? ctx.now : new Date(period.to)
    const from =
      period.from === undefined ? new Date(to.getTime() - defaultDays * dayMs) : new Date(period.from)
    refuseOddPeriod(from, to)
    const [counted] = await Promise.all([
      countHours(ctx, from, to, programId),
      programId && requireOwnProgram(ctx, programId),
    ])
    return {
      from: toInstant(from),
      to: toInstant(to),
      asOf: toInstant(ctx.now),
      programId: programId ?? null,
      ...counted,
    }
  },
})

function refuseOddPeriod(from: Date, to: Date) {
  const refuse = (code: string, detail: string) => invalidInput({ path: ['to'], code, detail })
  if (from >= to) throw refuse('period_empty', 'Must be after from.')
  if (to.getTime() - from.getTime() > periodMaxDays * dayMs)
    throw refuse('period_too_long', `At most ${periodMaxDays} days after from.`)
}

/** A wrong id would answer with zero hours, which reads like good news. */
async function requireOwnProgram(ctx: TxCtx, programId: string) {
  const program = await findProgram(ctx, programId).catch(absentIfNotFound)
  if (program?.organizationId !== ctx.organizationId)
    throw invalidInput({
      path: ['programId'],
      code: 'unknown_program',
      detail: 'Your organization has no such program.',
    })
}

type Counted = Record<
  | 'referrals'
  | 'openHours'
  | 'unaccompaniedHours'
  | 'waitingForFirstMentorHours'
  | 'betweenMentorsHours'
  | 'people',
  number
> &
  Record<'medianHours' | 'longestHours' | 'longestStretchHours', number | null>

const hours = (seconds: SQL) => sql`round((${seconds} / 3600)::numeric, 2)::float8`
const length = (span: SQL) => sql`extract(epoch from upper(${span}) - lower(${span}))`
const total = (spans: SQL) => sql`(select coalesce(sum(${length(sql`span`)}), 0) from unnest(${spans}) span)`

/**
 * Time as sets: of each referral its open time, without its holds, without the times in which somebody accompanied.
 * What is left is the time alone. One statement over the referrals that touch the period.
 */
async function countHours(ctx: TxCtx, from: Date, to: Date, programId: string | undefined): Promise<Counted> {
  const { db, networkId, organizationId, now } = ctx
  const begin = sql`${toInstant(from)}::timestamptz`
  const end = sql`${toInstant(new Date(Math.max(from.getTime(), Math.min(to.getTime(), now.getTime()))))}::timestamptz`
  const { rows } = await db.execute<Counted>(sql`
    with opened as (
      select r.id, r.patient_id,
             tstzmultirange(tstzrange(greatest(r.created_at, ${begin}), least(r.closed_at, ${end}))) as spans
      from ${referrals} r
      where r.network_id = ${networkId} and r.receiving_organization_id = ${organizationId}
        and r.status <> 'entered_in_error' and ${begin} < ${end} and r.created_at < ${end} and (r.closed_at is null or r.closed_at > ${begin})
        and ${programId === undefined ? sql`true` : sql`r.program_id = ${programId}`}
    ), turns as (
      select t.referral_id, t.status, t.at,
             lead(t.at, 1, 'infinity') over (partition by t.referral_id order by t.at, t.id) as until
      from ${referralTransitions} t join opened o on o.id = t.referral_id
      where t.network_id = ${networkId}
        and (t.status = 'on_hold') <> (t.from_status is not distinct from 'on_hold')
    ), holds as (
      select referral_id, range_agg(tstzrange(at, until)) as spans from turns where status = 'on_hold' group by 1
    ), accompanied as (
      select m.referral_id, min(m.started_at) as first_at,
             range_agg(tstzrange(m.started_at, greatest(m.started_at,
               coalesce(least(m.reassign_since, m.closed_at), 'infinity')))) as spans
      from ${mentorships} m join opened o on o.id = m.referral_id
      where m.network_id = ${networkId} group by 1
    ), active as (
      select o.patient_id, o.spans - coalesce(h.spans, '{}') as spans, coalesce(a.spans, '{}') as accompanied,
             tstzmultirange(tstzrange(null, a.first_at)) as before_first
      from opened o
      left join holds h on h.referral_id = o.id
      left join accompanied a on a.referral_id = o.id
    ), alone as materialized (
      select patient_id, ${total(sql`spans`)} as open, ${total(sql`spans - accompanied`)} as alone,
             ${total(sql`(spans - accompanied) * before_first`)} as before,
             (select max(${length(sql`span`)}) from unnest(spans - accompanied) span) as stretch
      from active
    ), people as (
      select sum(alone) as alone from alone group by patient_id having sum(alone) > 0
    )
    select count(*)::int as "referrals",
           ${hours(sql`coalesce(sum(open), 0)`)} as "openHours",
           ${hours(sql`coalesce(sum(alone), 0)`)} as "unaccompaniedHours",
           ${hours(sql`coalesce(sum(before), 0)`)} as "waitingForFirstMentorHours",
           ${hours(sql`coalesce(sum(alone - before), 0)`)} as "betweenMentorsHours",
           (select count(*)::int from people) as "people",
           (select ${hours(sql`percentile_cont(0.5) within group (order by alone)`)} from people) as "medianHours",
           (select ${hours(sql`max(alone)`)} from people) as "longestHours",
           ${hours(sql`max(stretch)`)} as "longestStretchHours"
    from alone`)
  return only(rows)
}
