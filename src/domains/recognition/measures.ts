import { type SQL, sql } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { toInstant } from '../../core/wire.ts'
import { only } from '../../db/rows.ts'
import { countHeld } from '../accreditations/store.ts'
import { mentors } from '../mentors/table.ts'
import { closingVoices, contacts, mentorships } from '../mentorships/table.ts'
import { referrals } from '../referrals/table.ts'
import { supervisionAttendances, supervisionSessions } from '../supervision/table.ts'
import type { FactCode } from './facts.ts'
import type { Measured, Rule } from './rules.ts'

const dayMs = 86_400_000

/** Whose facts, and of which rule. */
export interface Asked {
  readonly organizationId: string
  readonly mentorId: string | null
  readonly rule: Rule
}

type Measure = (ctx: TxCtx, asked: Asked) => Promise<Measured>

interface Counted {
  readonly [column: string]: unknown
  readonly group: number
  readonly counted: number
}

/** A share of a group: both are counted, and the share is theirs. */
async function share(ctx: TxCtx, statement: SQL): Promise<Measured> {
  const { rows } = await ctx.db.execute<Counted>(statement)
  const { group, counted } = only(rows)
  return { value: group === 0 ? null : counted / group, group, counted }
}

const instant = (at: Date) => sql`${toInstant(at)}::timestamptz`
const windowStart = ({ now }: TxCtx, { rule }: Asked) =>
  instant(new Date(now.getTime() - (rule.windowDays ?? 0) * dayMs))

/** Each kept and due date is the one that matching and worklists go by: nothing is worked out a second way here. */
const supervised = (now: Date) => sql`m.supervision_due_at > ${instant(now)}`
const inOrder = (now: Date) => sql`(m.eligible_until is null or m.eligible_until > ${instant(now)})`

const ofActiveMentors =
  (holds: (now: Date) => SQL): Measure =>
  (ctx, { organizationId }) =>
    share(
      ctx,
      sql`select count(*)::int as "group", count(*) filter (where ${holds(ctx.now)})::int as counted
          from ${mentors} m
          where m.network_id = ${ctx.networkId} and m.organization_id = ${organizationId} and m.status = 'active'`,
    )

const ofTheMentor =
  (holds: (now: Date) => SQL): Measure =>
  async (ctx, { mentorId }) => {
    const { rows } = await ctx.db.execute<{ kept: number }>(
      sql`select (${holds(ctx.now)} and m.status = 'active')::int as kept
          from ${mentors} m where m.network_id = ${ctx.networkId} and m.id = ${mentorId}`,
    )
    return { value: rows[0]?.kept ?? 0, group: null, counted: null }
  }

/** Endings that nobody could have rounded off: the person is gone, or there was no mentorship to speak of. */
const beyondClosing = sql`('deceased', 'incarcerated', 'admin_error', 'mentor_unavailable')`

/** Of the people whose mentorships closed, for how many each one was closed well. */
const ofClosures =
  (closedWell: SQL): Measure =>
  (ctx, asked) =>
    share(
      ctx,
      sql`with closed as (
            select m.patient_id, bool_and(${closedWell}) as well
            from ${mentorships} m
            where m.network_id = ${ctx.networkId} and m.organization_id = ${asked.organizationId}
              and m.status = 'closed' and m.closed_at > ${windowStart(ctx, asked)} and m.closed_at <= ${instant(ctx.now)}
              and m.outcome not in ${beyondClosing}
            group by m.patient_id)
          select count(*)::int as "group", count(*) filter (where well)::int as counted from closed`,
    )

const heard = (voice: 'mentor' | 'patient') => sql`exists (
  select from ${closingVoices} v
  where v.network_id = m.network_id and v.mentorship_id = m.id and v.voice = ${voice})`

/** What was named is sealed: that something was is seen without opening it. */
const nextSupportNamed = sql`(m.next_support_declined or coalesce(m.next_support, m.sealed ->> 'nextSupport') is not null)`

/** A person who was referred more than once waited as long as the longest time. */
const hoursToFirstContact: Measure = async (ctx, asked) => {
  const { rows } = await ctx.db.execute<{ group: number; value: number | null }>(
    sql`with received as (
          select r.patient_id, r.created_at,
                 (select min(c.at) from ${contacts} c
                  where c.network_id = r.network_id and c.referral_id = r.id
                    and c.result = 'two_way' and not c.entered_in_error) as first_at
          from ${referrals} r
          where r.network_id = ${ctx.networkId} and r.receiving_organization_id = ${asked.organizationId}
            and r.created_at > ${windowStart(ctx, asked)} and r.created_at <= ${instant(ctx.now)}
            and r.status not in ('rejected', 'cancelled', 'entered_in_error')
        ), waited as (
          select max(extract(epoch from coalesce(first_at, ${instant(ctx.now)}) - created_at) / 3600) as hours
          from received group by patient_id)
        select count(*)::int as "group",
               round((percentile_cont(0.5) within group (order by hours))::numeric, 2)::float8 as value
        from waited`,
  )
  return { ...only(rows), counted: null }
}

const sessionsOfMentor: Measure = async (ctx, asked) => {
  const { rows } = await ctx.db.execute<{ sessions: number }>(
    sql`select count(*)::int as sessions
        from ${supervisionAttendances} a
        join ${supervisionSessions} s on s.network_id = a.network_id and s.id = a.session_id
        where a.network_id = ${ctx.networkId} and a.mentor_id = ${asked.mentorId}
          and s.at > ${windowStart(ctx, asked)} and s.at <= ${instant(ctx.now)}`,
  )
  return { value: only(rows).sessions, group: null, counted: null }
}

export const measures: Readonly<Record<FactCode, Measure>> = {
  supervision_kept: ofActiveMentors(supervised),
  papers_current: ofActiveMentors(inOrder),
  hours_to_first_contact: hoursToFirstContact,
  closures_with_both_voices: ofClosures(sql`${heard('mentor')} and ${heard('patient')}`),
  closures_with_next_support: ofClosures(nextSupportNamed),
  accreditation_held: async (ctx, { organizationId, rule }) => ({
    value: await countHeld(ctx, organizationId, rule.accreditation ?? ''),
    group: null,
    counted: null,
  }),
  own_supervision_kept: ofTheMentor(supervised),
  own_papers_current: ofTheMentor(inOrder),
  own_supervision_sessions: sessionsOfMentor,
}
