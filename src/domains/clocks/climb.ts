import { and, asc, eq, inArray, isNull, lte, sql } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { organizations } from '../organizations/table.ts'
import { referrals } from '../referrals/table.ts'
import { climbsAt, ladderOf, type Rung } from './rules.ts'
import type { ClockRow } from './store.ts'
import { clocks } from './table.ts'

/**
 * Lets the clocks whose time came climb one rung of the escalation ladder: tells it, hands the clock to whoever owns
 * it from that rung on, and returns those that climbed. Set-based and skipping what another process has in hand, so
 * that a clock climbs each rung once, however many processes look.
 */
export async function climb(ctx: TxCtx, limit: number): Promise<ClockRow[]> {
  const due = await ctx.db
    .select()
    .from(clocks)
    .where(
      and(eq(clocks.networkId, ctx.networkId), isNull(clocks.stoppedAt), lte(clocks.nextStepAt, ctx.now)),
    )
    .orderBy(asc(clocks.nextStepAt), asc(clocks.id))
    .limit(limit)
    .for('update', { skipLocked: true })
  if (due.length === 0) return []
  const [hubs, patientOf] = await Promise.all([
    due.some(({ action, step }) => ladderOf(action)[step]?.level === 'referrer_and_hub') ? hubsOf(ctx) : [],
    patientsOf(ctx, due),
  ])
  const climbed = due.map((clock): ClockRow => {
    const rungs = ladderOf(clock.action)
    const rung = rungs[clock.step]
    if (rung) tell(ctx, { ...clock, patientId: patientOf.get(clock.subjectId) ?? null }, rung, hubs)
    const step = clock.step + 1
    return {
      ...clock,
      step,
      ownerRole: rung?.ownerRole ?? clock.ownerRole,
      nextStepAt: climbsAt(rungs, step, clock.startedAt, clock.dueAt),
    }
  })
  const column = <Value>(values: readonly Value[], type: string) =>
    sql`unnest(${sql.param(values)}::${sql.raw(type)}[])`
  await ctx.db.execute(sql`
    update clocks set step = c.step, owner_role = c.owner_role, next_step_at = c.next_step_at
    from (select ${column(
      climbed.map(({ id }) => id),
      'uuid',
    )} as id,
                 ${column(
                   climbed.map(({ step }) => step),
                   'smallint',
                 )} as step,
                 ${column(
                   climbed.map(({ ownerRole }) => ownerRole),
                   'text',
                 )} as owner_role,
                 ${column(
                   climbed.map(({ nextStepAt }) => nextStepAt?.toISOString() ?? null),
                   'timestamptz',
                 )} as next_step_at) c
    where clocks.network_id = ${ctx.networkId} and clocks.id = c.id`)
  return climbed
}

/** Whose referrals these clocks run for: an event of one is a disclosure about that person. */
async function patientsOf({ db, networkId }: TxCtx, due: readonly ClockRow[]): Promise<Map<string, string>> {
  const ids = due.flatMap(({ subjectType, subjectId }) => (subjectType === 'referral' ? [subjectId] : []))
  if (ids.length === 0) return new Map()
  const rows = await db
    .select({ id: referrals.id, patientId: referrals.patientId })
    .from(referrals)
    .where(and(eq(referrals.networkId, networkId), inArray(referrals.id, ids)))
  return new Map(rows.map(({ id, patientId }) => [id, patientId]))
}

async function hubsOf({ db, networkId }: TxCtx): Promise<string[]> {
  const rows = await db
    .select({ id: organizations.id })
    .from(organizations)
    .where(
      and(
        eq(organizations.networkId, networkId),
        eq(organizations.kind, 'hub'),
        eq(organizations.status, 'active'),
      ),
    )
  return rows.map(({ id }) => id)
}

/**
 * A reminder stays with the owner; from the breach on the referring organization can see it too. A hub, which no
 * consent names, learns at the last rung that an organization is late with somebody, not with whom.
 */
function tell(
  ctx: TxCtx,
  clock: ClockRow & { readonly patientId: string | null },
  { event, level }: Rung,
  hubs: readonly string[],
) {
  const { ownerOrganizationId, organizationId, readerIds, subjectType, subjectId, patientId, action } = clock
  ctx.emit({
    type: event,
    subjectType,
    subjectId,
    patientId,
    holderId: organizationId,
    organizationId: ownerOrganizationId,
    readerIds: event === 'clock.reminded' ? [] : [organizationId, ...readerIds],
    codes: { action, level },
  })
  if (level === 'referrer_and_hub' && hubs.length > 0)
    ctx.emit({
      type: event,
      subjectType: 'organization',
      subjectId: ownerOrganizationId,
      patientId: null,
      organizationId: ownerOrganizationId,
      readerIds: hubs,
      codes: { action, level },
    })
}
