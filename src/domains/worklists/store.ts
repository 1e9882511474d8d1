import { and, asc, eq, gt, inArray, isNull, ne, or, type SQL } from 'drizzle-orm'
import type { z } from 'zod'
import type { TxCtx } from '../../core/context.ts'
import { cutPage, openCursor, sealCursor } from '../../core/page.ts'
import { toInstant } from '../../core/wire.ts'
import { ladder } from '../clocks/rules.ts'
import { clocks } from '../clocks/table.ts'
import { disclose } from '../disclosures/store.ts'
import { mentorships } from '../mentorships/table.ts'
import { selectReferrals, statusReading, withGrounds } from '../referrals/store.ts'
import { referrals } from '../referrals/table.ts'
import type { ClockWorklistFilter, ReferralWork } from './contract.ts'

type Filter = z.output<typeof ClockWorklistFilter>

/**
 * One page of running clocks that the caller's organization owns, most urgent first, by an index that leads with the
 * owner. What is known of each referral is shown under the consent that is in force, and written to the ledger.
 */
export async function pageOfClocks(
  ctx: TxCtx,
  list: string,
  { limit, cursor, ...filters }: Filter,
  which: SQL | undefined,
): Promise<{ readonly data: ReferralWork[]; readonly nextCursor: string | null }> {
  const after = openCursor(ctx, list, filters, cursor)
  const rows = await ctx.db
    .select({ clock: clocks, mentorshipId: mentorships.id, mentorId: mentorships.mentorId })
    .from(clocks)
    .innerJoin(referrals, and(eq(referrals.networkId, clocks.networkId), eq(referrals.id, clocks.subjectId)))
    .leftJoin(
      mentorships,
      and(
        eq(mentorships.networkId, clocks.networkId),
        eq(mentorships.referralId, clocks.subjectId),
        ne(mentorships.status, 'closed'),
      ),
    )
    .where(
      and(
        eq(clocks.networkId, ctx.networkId),
        eq(clocks.ownerOrganizationId, ctx.organizationId),
        isNull(clocks.stoppedAt),
        eq(clocks.subjectType, 'referral'),
        which,
        filters.mentorId ? eq(mentorships.mentorId, filters.mentorId) : undefined,
        filters.programId ? eq(referrals.programId, filters.programId) : undefined,
        filters.priority ? eq(referrals.priority, filters.priority) : undefined,
        filters.ownerRole ? eq(clocks.ownerRole, filters.ownerRole) : undefined,
        after && afterPosition(after),
      ),
    )
    .orderBy(asc(clocks.dueAt), asc(clocks.id))
    .limit(limit + 1)
  const page = cutPage(rows, limit, ({ clock }) =>
    sealCursor(ctx, list, filters, [toInstant(clock.dueAt), clock.id]),
  )
  return { data: await show(ctx, page.rows), nextCursor: page.nextCursor }
}

function afterPosition([dueAt = '', id = '']: readonly string[]) {
  const at = new Date(dueAt)
  return or(gt(clocks.dueAt, at), and(eq(clocks.dueAt, at), gt(clocks.id, id)))
}

interface Row {
  readonly clock: typeof clocks.$inferSelect
  readonly mentorshipId: string | null
  readonly mentorId: string | null
}

async function show(ctx: TxCtx, rows: readonly Row[]): Promise<ReferralWork[]> {
  if (rows.length === 0) return []
  const ids = rows.map(({ clock }) => clock.subjectId)
  const records = await withGrounds(ctx, await selectReferrals(ctx, inArray(referrals.id, ids)))
  const byId = new Map(records.map((record) => [record.row.id, record]))
  const known = rows.flatMap((row) => {
    const record = byId.get(row.clock.subjectId)
    return record ? [{ ...row, record }] : []
  })
  const shown = disclose(
    ctx,
    known.map(({ record }) => statusReading(record)),
    'short',
  )
  return known.flatMap(({ clock, mentorshipId, mentorId, record: { row } }, index): ReferralWork[] => {
    const part = shown[index]
    if (!part || part.permitted.size === 0) return []
    ctx.touch({ subjectType: 'referral', subjectId: row.id, patientId: row.patientId })
    return [
      {
        referralId: row.id,
        mentorshipId,
        mentorId,
        patientId: row.patientId,
        programId: row.programId,
        priority: row.priority,
        waitingSince: toInstant(row.createdAt),
        owner: { role: clock.ownerRole },
        reason: {
          code: clock.action,
          since: toInstant(clock.startedAt),
          dueAt: toInstant(clock.dueAt),
          overdue: clock.dueAt <= ctx.now,
          level: ladder[clock.step - 1]?.level ?? 'none',
        },
        ...(part.attached.disclosure && { disclosure: part.attached.disclosure }),
      },
    ]
  })
}
