import { sql } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'

/** Promises that the code keeps and no single constraint can state. None of these is ever found, unless there is a bug. */
export const violationKinds = [
  /** An open referral whose running clock is not exactly one, or is not its own. */
  'open_referral_without_its_clock',
  /** A clock that runs for a referral that is closed. */
  'clock_of_a_closed_referral',
  /** Somebody accompanies the person, or was asked to, and yet the coordinator is to find a mentor; or the other way. */
  'turn_of_nobody',
  /** A mentorship that lives with a mentor who has ended, or who is paused while nobody looks for the next. */
  'mentor_away',
  /** An offer that waits although the referral is closed or on hold. */
  'offer_without_a_referral',
  /** An offer that waits for a mentor who takes nobody. */
  'offer_to_nobody',
  /** A mentor's load that is not the sum of what they carry. */
  'load_is_not_the_sum',
] as const
export type ViolationKind = (typeof violationKinds)[number]

export interface Violation extends Record<string, unknown> {
  readonly kind: ViolationKind
  readonly subject_type: 'referral' | 'mentorship' | 'mentor' | 'offer'
  readonly subject_id: string
  readonly organization_id: string
}

/** More than a report can hold means that something is thoroughly wrong; the first ones say what. */
const violationsMax = 1_000

/** Looks for what must never be, over a whole network, in one statement. */
export async function findViolations({ db, networkId }: TxCtx): Promise<Violation[]> {
  const { rows } = await db.execute<Violation>(sql`
    with running as (
      select subject_id, count(*) as clocks, (array_agg(id))[1] as id, (array_agg(action))[1] as action
      from clocks where network_id = ${networkId} and subject_type = 'referral' and stopped_at is null group by subject_id
    ), living as (
      select * from mentorships where network_id = ${networkId} and status <> 'closed'
    ), waiting as (
      select referral_id, mentor_id, id, organization_id from offers where network_id = ${networkId} and status = 'pending'
    ), carried as (
      select mentor_id, sum(weight) as points from living group by mentor_id
    )
    select 'open_referral_without_its_clock' as kind, 'referral' as subject_type, r.id as subject_id,
           r.receiving_organization_id as organization_id
      from referrals r left join running c on c.subject_id = r.id
      where r.network_id = ${networkId} and r.open and (c.clocks is distinct from 1 or c.id is distinct from r.clock_id)
    union all
    select 'clock_of_a_closed_referral', 'referral', r.id, r.receiving_organization_id
      from referrals r join running c on c.subject_id = r.id where r.network_id = ${networkId} and not r.open
    union all
    select 'turn_of_nobody', 'referral', r.id, r.receiving_organization_id
      from referrals r join running c on c.subject_id = r.id
      left join living m on m.referral_id = r.id
      left join waiting o on o.referral_id = r.id
      where r.network_id = ${networkId} and r.open and c.action <> (case
        when r.status = 'requested' then 'acknowledge'
        when r.status = 'on_hold' then 'review_hold'
        when o.id is not null then 'answer_offer'
        when m.id is null and c.action = 'reassign_mentor' then 'reassign_mentor'
        when m.id is null then 'offer_mentor'
        when m.status = 'paused' then 'review_pause'
        when m.reassign_since is not null then 'reassign_mentor'
        when c.action in ('attempt_first_contact', 'reach_person', 'keep_contact') then c.action
        else 'a contact' end)
    union all
    select 'mentor_away', 'mentorship', m.id, m.organization_id
      from living m join mentors x on x.network_id = m.network_id and x.id = m.mentor_id
      where x.status = 'ended' or (x.status = 'paused' and m.reassign_since is null)
    union all
    select 'offer_without_a_referral', 'offer', o.id, o.organization_id
      from waiting o join referrals r on r.network_id = ${networkId} and r.id = o.referral_id
      where r.status not in ('accepted', 'in_progress')
    union all
    select 'offer_to_nobody', 'offer', o.id, o.organization_id
      from waiting o join mentors x on x.network_id = ${networkId} and x.id = o.mentor_id where x.status <> 'active'
    union all
    select 'load_is_not_the_sum', 'mentor', x.id, x.organization_id
      from mentors x left join carried k on k.mentor_id = x.id
      where x.network_id = ${networkId} and x.load <> coalesce(k.points, 0)
    limit ${violationsMax}`)
  return rows
}

/**
 * Reports each violation as an event of the organization that has to know. Nothing is hidden: it stays in the log, and
 * it is found again until somebody has mended it.
 */
export async function reportViolations(ctx: TxCtx): Promise<Violation[]> {
  const violations = await findViolations(ctx)
  for (const { kind, subject_type, subject_id, organization_id } of violations)
    ctx.emit({
      type: 'accompaniment.violated',
      subjectType: subject_type,
      subjectId: subject_id,
      organizationId: organization_id,
      codes: { kind },
    })
  return violations
}

/** Mends what can be mended without a judgement: a mentor's load is counted anew. */
export async function mendLoads(ctx: TxCtx): Promise<void> {
  await ctx.db.execute(sql`
    update mentors x set load = coalesce(k.points, 0)
    from mentors y left join (
      select mentor_id, sum(weight) as points from mentorships
      where network_id = ${ctx.networkId} and status <> 'closed' group by mentor_id) k on k.mentor_id = y.id
    where y.network_id = ${ctx.networkId} and x.network_id = y.network_id and x.id = y.id and x.load <> coalesce(k.points, 0)`)
}
