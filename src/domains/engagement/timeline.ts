import { type SQL, sql } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import type { DataClass } from '../consents/codes.ts'
import { contacts, mentorshipPauses, mentorships } from '../mentorships/table.ts'
import { referralTransitions } from '../referrals/table.ts'
import { type TimelineType, timelineClasses } from './contract.ts'
import { engagementChanges } from './table.ts'

export interface TimelineRow {
  readonly id: string
  /** Milliseconds: the position in the list is exact, whatever wrote the row. */
  readonly at: number
  readonly rank: number
  readonly type: TimelineType
  readonly codes: Readonly<Record<string, string>>
}

interface Source {
  readonly type: TimelineType
  readonly from: SQL
  readonly at: SQL
  readonly codes: SQL
  readonly only?: SQL
}

/** In the order of cause: what happened at one instant is told in this order. */
const sources: readonly Source[] = [
  {
    type: 'referral.moved',
    from: sql`${referralTransitions}`,
    at: sql`e.at`,
    codes: sql`'command', e.command, 'status', e.status, 'businessStatus', e.business_status, 'reason', e.reason`,
  },
  {
    type: 'mentorship.started',
    from: sql`${mentorships}`,
    at: sql`e.started_at`,
    codes: sql`'mentorType', e.mentor_type`,
  },
  {
    type: 'contact.made',
    from: sql`${contacts}`,
    at: sql`e.at`,
    codes: sql`'mode', e.mode, 'result', e.result`,
    only: sql`not e.entered_in_error`,
  },
  ...(['paused', 'resumed'] as const).map(
    (turn): Source => ({
      type: `mentorship.${turn}`,
      from: sql`${mentorshipPauses}`,
      at: turn === 'paused' ? sql`e.began_at` : sql`e.ended_at`,
      codes: sql``,
      // A hold of the referral is told as the referral's.
      only: sql`not exists (
        select from ${referralTransitions} h where h.network_id = e.network_id and h.referral_id = e.referral_id
          and h.at = e.began_at and h.status = 'on_hold' and h.from_status is distinct from 'on_hold')`,
    }),
  ),
  {
    type: 'mentorship.needs_reassignment',
    from: sql`${mentorships}`,
    at: sql`e.reassign_since`,
    codes: sql`'mentorType', e.mentor_type`,
  },
  {
    type: 'mentorship.closed',
    from: sql`${mentorships}`,
    at: sql`e.closed_at`,
    codes: sql`'mentorType', e.mentor_type, 'outcome', e.outcome`,
  },
  {
    type: 'engagement.changed',
    from: sql`${engagementChanges}`,
    at: sql`e.at`,
    codes: sql`'from', e.from_status, 'status', e.status, 'ruleSet', e.rule_set`,
  },
]

/** The entries whose class is permitted, newest first, in one statement. */
export async function readTimeline(
  { db, networkId }: TxCtx,
  referralId: string,
  permitted: ReadonlySet<DataClass>,
  after: readonly string[] | undefined,
  limit: number,
): Promise<TimelineRow[]> {
  const told = sources
    .map((source, rank) => ({ ...source, rank }))
    .filter(({ type }) => permitted.has(timelineClasses[type]))
    .map(
      ({ type, rank, from, at, codes, only }) => sql`
        select e.id, floor(extract(epoch from ${at}) * 1000)::float8 as at, ${sql.raw(String(rank))} as rank,
               ${type}::text as type, jsonb_strip_nulls(jsonb_build_object(${codes})) as codes
        from ${from} e
        where e.network_id = ${networkId} and e.referral_id = ${referralId} and ${at} is not null
          and ${only ?? sql`true`}`,
    )
  if (told.length === 0) return []
  const [at, rank, id] = after ?? []
  const beyond =
    id === undefined
      ? sql`true`
      : sql`(at, rank, id) < (${Number(at)}::float8, ${Number(rank)}::int, ${id}::uuid)`
  const { rows } = await db.execute<TimelineRow & Record<string, unknown>>(sql`
    select id, at, rank, type, codes from (${sql.join(told, sql` union all `)}) as told
    where ${beyond} order by at desc, rank desc, id desc limit ${limit}`)
  return rows
}
