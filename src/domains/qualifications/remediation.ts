import { and, asc, eq, gt, inArray, isNotNull, isNull, lte, ne, or, type SQL, sql } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import type { PersonKey } from '../../core/data-keys.ts'
import { dueAt } from '../clocks/rules.ts'
import { startClock, stopClock } from '../clocks/store.ts'
import { refreshEligibility, those, type Whose } from '../mentors/eligibility.ts'
import type { MentorRow } from '../mentors/store.ts'
import { mentors } from '../mentors/table.ts'
import { organizations } from '../organizations/table.ts'
import { checklistsOf, lockMentors } from './store.ts'

/**
 * How many clocks one request starts or stops. A requirement that a large organization sets or ends changes at once
 * who is matched; clocks beyond this number follow with the sweep, so that no request grows with the organization.
 */
const settledAtOnce = 500

/** Runs a change of what mentors are judged by, alone, and lets it count before the transaction ends. */
export async function changePapers<T>(
  ctx: TxCtx,
  whose: Whose,
  change: (mentorKey: PersonKey | null) => Promise<T>,
): Promise<T> {
  const result = await change(await lockMentors(ctx, whose))
  ctx.write(refreshEligibility(ctx, whose))
  await settle(ctx, settledAtOnce, those(ctx, whose))
  return result
}

/**
 * Starts the clock of every active mentor whose eligibility has ended, and stops that of every one who is eligible
 * again or no longer active. Returns how many there were. Mentorships that live go on either way.
 */
export async function settle(ctx: TxCtx, limit: number, among?: SQL): Promise<number> {
  const [lapsed, settled] = await Promise.all([
    lapsedMentors(ctx, limit, among),
    settledMentors(ctx, limit, among),
  ])
  await startClocks(ctx, lapsed)
  stopClocks(ctx, settled)
  return lapsed.length + settled.length
}

type Lapsed = Awaited<ReturnType<typeof lapsedMentors>>[number]

/** Whoever is locked is being settled by somebody else, or will be with the next sweep. */
const passOver = { of: mentors, skipLocked: true } as const

function lapsedMentors({ db, networkId, now }: TxCtx, limit: number, among: SQL | undefined) {
  return db
    .select({
      id: mentors.id,
      organizationId: mentors.organizationId,
      type: mentors.type,
      timeZone: organizations.timeZone,
      calendar: organizations.businessCalendar,
    })
    .from(mentors)
    .innerJoin(
      organizations,
      and(eq(organizations.networkId, mentors.networkId), eq(organizations.id, mentors.organizationId)),
    )
    .where(
      and(
        eq(mentors.networkId, networkId),
        eq(mentors.status, 'active'),
        isNull(mentors.remediationClockId),
        lte(mentors.eligibleUntil, now),
        among,
      ),
    )
    .orderBy(asc(mentors.eligibleUntil))
    .limit(limit)
    .for('no key update', passOver)
}

/** Those whose clock has nothing left to wait for. */
function settledMentors({ db, networkId, now }: TxCtx, limit: number, among: SQL | undefined) {
  return db
    .select()
    .from(mentors)
    .where(
      and(
        eq(mentors.networkId, networkId),
        isNotNull(mentors.remediationClockId),
        or(ne(mentors.status, 'active'), isNull(mentors.eligibleUntil), gt(mentors.eligibleUntil, now)),
        among,
      ),
    )
    .limit(limit)
    .for('no key update', passOver)
}

async function startClocks(ctx: TxCtx, lapsed: readonly Lapsed[]) {
  if (lapsed.length === 0) return
  const checklists = await checklistsOf(ctx, lapsed)
  const started = lapsed.map((mentor) => ({ mentor, clockId: startRemediation(ctx, mentor).id }))
  const pairs = started.map(({ mentor, clockId }) => sql`(${mentor.id}::uuid, ${clockId}::uuid)`)
  ctx.write(
    ctx.db
      .update(mentors)
      .set({ remediationClockId: sql`started.clock_id` })
      .from(sql`(values ${sql.join(pairs, sql`, `)}) as started (mentor_id, clock_id)`)
      .where(and(eq(mentors.networkId, ctx.networkId), sql`${mentors.id} = started.mentor_id`)),
  )
  for (const { id, organizationId } of lapsed) {
    const lacking = checklists.get(id)?.items.filter(({ met }) => !met) ?? []
    ctx.emit({
      type: 'mentor.eligibility_lapsed',
      subjectType: 'mentor',
      subjectId: id,
      organizationId,
      codes: { items: lacking.map(({ code }) => code).join(' ') },
    })
  }
}

function startRemediation(ctx: TxCtx, { id, organizationId, timeZone, calendar }: Lapsed) {
  return startClock(
    ctx,
    { type: 'mentor', id, organizationId, readerIds: [] },
    {
      action: 'restore_eligibility',
      ownerOrganizationId: organizationId,
      ownerRole: 'coordinator',
      dueAt: dueAt('restore_eligibility', 'routine', ctx.now, { timeZone, calendar }),
    },
  )
}

type Settled = Pick<MentorRow, 'id' | 'organizationId' | 'status' | 'remediationClockId'>

function stopClocks(ctx: TxCtx, settled: readonly Settled[]) {
  if (settled.length === 0) return
  for (const { remediationClockId } of settled) if (remediationClockId) stopClock(ctx, remediationClockId)
  const ids = settled.map(({ id }) => id)
  ctx.write(
    ctx.db
      .update(mentors)
      .set({ remediationClockId: null })
      .where(and(eq(mentors.networkId, ctx.networkId), inArray(mentors.id, ids))),
  )
  for (const { id, organizationId, status } of settled) {
    // The clock of a mentor who is paused or has left ends too, but nothing was restored.
    if (status === 'active')
      ctx.emit({ type: 'mentor.eligibility_restored', subjectType: 'mentor', subjectId: id, organizationId })
  }
}
