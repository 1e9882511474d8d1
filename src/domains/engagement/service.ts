import { and, asc, desc, eq, gt, gte, isNull, lt, lte, or, type SQL, sql } from 'drizzle-orm'
import { z } from 'zod'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { Id } from '../../core/id.ts'
import { cutPage, openCursor, sealCursor } from '../../core/page.ts'
import { toInstant } from '../../core/wire.ts'
import { disclose } from '../disclosures/store.ts'
import { findReferralById, statusReading } from '../referrals/store.ts'
import { referrals } from '../referrals/table.ts'
import { EngagementFilter, TimelineFilter } from './contract.ts'
import { activeRules, findAccompanied, readHistories, weighMany } from './store.ts'
import { engagementStates } from './table.ts'
import { readTimeline } from './timeline.ts'
import { engagementReading, showEngagement, showEngagements } from './view.ts'

export const getEngagement = action({
  id: 'engagement.get',
  scope: 'engagement:read',
  portal: ['patient'],
  input: z.strictObject({ id: Id }),
  run: async (ctx, { id }) => {
    // A person's own referral is found before what belongs to it may be read.
    if (ctx.person) await findAccompanied(ctx, id)
    const [record, historyOf, rules] = await Promise.all([
      findAccompanied(ctx, id),
      readHistories(ctx, [id]),
      activeRules(ctx),
    ])
    return showEngagement(ctx, record, historyOf(id), rules)
  },
})

export const listEngagement = action({
  id: 'engagement.list',
  scope: 'engagement:read',
  fromReplica: true,
  input: EngagementFilter,
  run: async (ctx, { limit, cursor, ...filters }) => {
    const after = openCursor(ctx, 'engagement', filters, cursor)
    const { modifiedSince, status } = filters
    const places =
      modifiedSince === undefined
        ? await newestPlaces(ctx, status, after, limit + 1)
        : await changedPlaces(ctx, new Date(modifiedSince), status, after, limit + 1)
    const page = cutPage(places, limit, ({ id, changedAt }) =>
      sealCursor(ctx, 'engagement', filters, changedAt ? [toInstant(changedAt), id] : [id]),
    )
    const { weighed, rules } = await weighMany(
      ctx,
      page.rows.map(({ id }) => id),
    )
    return { data: showEngagements(ctx, weighed, rules, status), nextCursor: page.nextCursor }
  },
})

type Status = z.output<typeof EngagementFilter>['status']

interface Place {
  readonly id: string
  readonly changedAt?: Date
}

/**
 * Those that may have the status: a stored status holds until the row is due, and was never told before the first
 * sweep. Each is computed anew before it is shown.
 */
function mayBe({ now }: TxCtx, status: Status): SQL | undefined {
  if (status === undefined) return undefined
  const { status: told, dueAt } = engagementStates
  return or(eq(told, status), isNull(told), lte(dueAt, now))
}

/** What was sent and what was received are two lists with an index each; each is cut to the page, then merged. */
async function newestPlaces(
  ctx: TxCtx,
  status: Status,
  after: readonly string[] | undefined,
  rows: number,
): Promise<Place[]> {
  const { db, networkId, organizationId } = ctx
  const [last] = after ?? []
  const side = (own: SQL) =>
    db
      .select({ id: referrals.id })
      .from(referrals)
      .leftJoin(
        engagementStates,
        and(
          eq(engagementStates.networkId, referrals.networkId),
          eq(engagementStates.referralId, referrals.id),
        ),
      )
      .where(
        and(
          eq(referrals.networkId, networkId),
          own,
          last === undefined ? undefined : lt(referrals.id, last),
          mayBe(ctx, status),
        ),
      )
      .orderBy(desc(referrals.id))
      .limit(rows)
  const [sent, received] = await Promise.all([
    side(eq(referrals.organizationId, organizationId)),
    side(eq(referrals.receivingOrganizationId, organizationId)),
  ])
  // A program may serve its own patients: then both lists hold it.
  const ids = new Set([...sent, ...received].map(({ id }) => id))
  return [...ids]
    .sort()
    .reverse()
    .slice(0, rows)
    .map((id) => ({ id }))
}

async function changedPlaces(
  ctx: TxCtx,
  since: Date,
  status: Status,
  after: readonly string[] | undefined,
  rows: number,
): Promise<Place[]> {
  const { db, networkId, organizationId } = ctx
  const { changedAt, referralId } = engagementStates
  const side = (own: SQL) =>
    db
      .select({ id: referralId, changedAt })
      .from(engagementStates)
      .where(
        and(
          eq(engagementStates.networkId, networkId),
          own,
          gte(changedAt, since),
          after && beyond(after),
          mayBe(ctx, status),
        ),
      )
      .orderBy(asc(changedAt), asc(referralId))
      .limit(rows)
  const [received, sent] = await Promise.all([
    side(eq(engagementStates.organizationId, organizationId)),
    side(sql`${engagementStates.readerIds}[1] = ${organizationId}`),
  ])
  return [...received, ...sent]
    .sort((a, b) => a.changedAt.getTime() - b.changedAt.getTime() || (a.id < b.id ? -1 : 1))
    .slice(0, rows)
}

function beyond([first = '', id = '']: readonly string[]) {
  const { changedAt, referralId } = engagementStates
  const at = new Date(first)
  return or(gt(changedAt, at), and(eq(changedAt, at), gt(referralId, id)))
}

export const getTimeline = action({
  id: 'engagement.timeline',
  scope: 'engagement:read',
  fromReplica: true,
  portal: ['patient'],
  input: TimelineFilter,
  run: async (ctx, { id, limit, cursor }) => {
    const after = openCursor(ctx, 'timeline', id, cursor)
    const record = await findReferralById(ctx, id)
    // One of the two is the caller's own, so at most one is a disclosure.
    const readings = [statusReading(record), engagementReading(record)]
    const shown = disclose(ctx, readings, 'long')
    const permitted = new Set(shown.flatMap((part) => [...part.permitted]))
    const redacted = readings
      .flatMap(({ dataClasses }) => dataClasses)
      .filter((dataClass) => !permitted.has(dataClass))
    ctx.touch({ subjectType: 'referral', subjectId: id, patientId: record.row.patientId })
    const rows = await readTimeline(ctx, id, permitted, after, limit + 1)
    const page = cutPage(rows, limit, ({ at, rank, id: last }) =>
      sealCursor(ctx, 'timeline', id, [String(at), String(rank), last]),
    )
    const disclosure = shown.find(({ attached }) => attached.disclosure)?.attached.disclosure
    return {
      data: page.rows.map(({ at, type, codes }) => ({ at: toInstant(new Date(at)), type, codes })),
      nextCursor: page.nextCursor,
      ...(redacted.length > 0 && { redacted }),
      ...(disclosure && { disclosure }),
    }
  },
})
