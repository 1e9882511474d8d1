import { and, eq, inArray, sql } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { newId } from '../../core/id.ts'
import { toInstant } from '../../core/wire.ts'
import { insertRows } from '../../db/insert.ts'
import { selectReferrals } from '../referrals/store.ts'
import { referrals } from '../referrals/table.ts'
import { movesAt, type RuleSet, retentionMarks, type Standing, standingAt } from './rules.ts'
import { activeRules, readHistories, toEngagementFacts } from './store.ts'
import { engagementChanges, engagementStates } from './table.ts'

type State = typeof engagementStates.$inferSelect

/**
 * Tells what facts or time have moved since it was told last, for at most so many referrals that are due; returns how
 * many it looked at. Runs as the system, and may run in several processes at once: each takes rows of its own.
 */
export async function sweepEngagement(ctx: TxCtx, limit: number): Promise<number> {
  const ids = await takeDue(ctx, limit)
  if (ids.length === 0) return 0
  const [states, found, historyOf, rules] = await Promise.all([
    ctx.db
      .select()
      .from(engagementStates)
      .where(and(eq(engagementStates.networkId, ctx.networkId), inArray(engagementStates.referralId, ids))),
    selectReferrals(ctx, inArray(referrals.id, ids)),
    readHistories(ctx, ids),
    activeRules(ctx),
  ])
  const rowOf = new Map(found.map(({ row }) => [row.id, row]))
  const looked = states.flatMap((state) => {
    const row = rowOf.get(state.referralId)
    if (!row) return []
    const facts = toEngagementFacts(row, historyOf(row.id))
    const standing = standingAt(facts, ctx.now, rules)
    const markPassed = retentionMarks(facts).some((mark) => mark > state.changedAt && mark <= ctx.now)
    return [
      {
        state,
        standing,
        patientId: row.patientId,
        dueAt: movesAt(facts, ctx.now, rules),
        moved: state.status !== standing.status,
        markPassed,
      },
    ]
  })
  store(
    ctx,
    looked.map(({ state, standing, dueAt, moved, markPassed }) => ({
      ...state,
      status: standing.status,
      ruleSet: rules.name,
      since: standing.since,
      changedAt: moved || markPassed ? ctx.now : state.changedAt,
      dueAt,
    })),
  )
  tell(
    ctx,
    looked.filter(({ moved }) => moved),
    rules,
  )
  return ids.length
}

/**
 * Locks what is due. The referral is locked along, as the history rows that point at it will do: taken later, it could
 * be held by a request that waits for this row. What a request holds at the moment comes with the next sweep.
 */
async function takeDue({ db, networkId, now }: TxCtx, limit: number): Promise<string[]> {
  const { rows } = await db.execute<{ referral_id: string }>(sql`
    select s.referral_id from ${engagementStates} s
    join ${referrals} r on r.network_id = s.network_id and r.id = s.referral_id
    where s.network_id = ${networkId} and s.due_at <= ${toInstant(now)}
    order by s.due_at limit ${limit}
    for update of s skip locked for key share of r skip locked`)
  return rows.map(({ referral_id }) => referral_id)
}

function store({ db, write }: TxCtx, states: readonly State[]) {
  write(
    db
      .insert(engagementStates)
      .values([...states])
      .onConflictDoUpdate({
        target: [engagementStates.networkId, engagementStates.referralId],
        set: {
          status: sql`excluded.status`,
          ruleSet: sql`excluded.rule_set`,
          since: sql`excluded.since`,
          changedAt: sql`excluded.changed_at`,
          dueAt: sql`excluded.due_at`,
        },
      }),
  )
}

interface Moved {
  readonly state: State
  readonly standing: Standing
  readonly patientId: string
}

function tell(ctx: TxCtx, moved: readonly Moved[], rules: RuleSet) {
  if (moved.length === 0) return
  ctx.write(
    insertRows(
      engagementChanges,
      moved.map(({ state: { networkId, organizationId, readerIds, referralId, status }, standing }) => ({
        networkId,
        id: newId(ctx.now),
        organizationId,
        readerIds,
        referralId,
        at: ctx.now,
        fromStatus: status,
        status: standing.status,
        since: standing.since,
        ruleSet: rules.name,
        reasons: standing.reasons.map(({ code, at }) => ({ code, at: toInstant(at) })),
      })),
    ),
  )
  for (const { state, standing, patientId } of moved) {
    ctx.emit({
      type: 'engagement.changed',
      subjectType: 'referral',
      subjectId: state.referralId,
      patientId,
      organizationId: state.organizationId,
      readerIds: state.readerIds,
      codes: {
        ...(state.status !== null && { from: state.status }),
        status: standing.status,
        ruleSet: rules.name,
      },
    })
  }
}
