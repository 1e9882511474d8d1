import { and, desc, eq, getTableColumns, type SQL, sql } from 'drizzle-orm'
import { type EventType, systemOrganizationId, type TxCtx } from '../../core/context.ts'
import { AppError, notFound } from '../../core/errors.ts'
import { newId } from '../../core/id.ts'
import { checkVersion } from '../../core/version.ts'
import type { Tx } from '../../db/client.ts'
import { anyOf } from '../../db/each.ts'
import { insertRows } from '../../db/insert.ts'
import { onceForIds } from '../../db/once.ts'
import { keyOf, type Opened } from '../../db/sealing.ts'
import { LostRace } from '../../db/transaction.ts'
import type { Deadlines } from '../clocks/rules.ts'
import { type ClockRow, startClock, stopClock, type Turn } from '../clocks/store.ts'
import { clocks } from '../clocks/table.ts'
import { decide } from '../decisions/decision.ts'
import type { Grounds } from '../decisions/facts.ts'
import { consentsFor, type GroundsOf, groundsOf, groundsOfMany } from '../decisions/grounds.ts'
import type { Reading } from '../disclosures/store.ts'
import { accompaniedOf, markEngagementDue } from '../engagement/mark.ts'
import { organizations } from '../organizations/table.ts'
import { programs } from '../programs/table.ts'
import type { BusinessStatus, Outcome, ReferralStatus } from './codes.ts'
import { judge, type Party, partiesOf, type ReferralCommand } from './rules.ts'
import { referrals, referralTransitions, sealedReferrals, sealedTransitions } from './table.ts'

export type ReferralRow = Opened<typeof referrals>

/** A referral with what every rule about it needs. */
export interface ReferralRecord {
  readonly row: ReferralRow
  /** What runs; null only when the referral is closed. */
  readonly clock: ClockRow | null
  /** Of the receiving organization and its program: business days are counted where the work is done. */
  readonly deadlines: Deadlines
  readonly grounds: Grounds
  /** The sides that the caller is on. */
  readonly parties: readonly Party[]
}

export const referralColumns = {
  row: sealedReferrals.columns,
  clock: getTableColumns(clocks),
  deadlines: { timeZone: organizations.timeZone, calendar: organizations.businessCalendar },
  program: { clockSpans: programs.clockSpans },
}

/** `referrals` with clock and receiving organization joined: one statement for one or many, opened. */
export async function selectReferrals(
  ctx: TxCtx,
  condition: SQL | undefined,
  { order = [], limit }: { readonly order?: readonly SQL[]; readonly limit?: number } = {},
) {
  const query = joinedReferrals(ctx.db, and(eq(referrals.networkId, ctx.networkId), condition))
    .orderBy(...order)
    .$dynamic()
  return openSelected(ctx, await (limit === undefined ? query : query.limit(limit)))
}

const byId = onceForIds((db, isOneOf) =>
  joinedReferrals(
    db,
    and(eq(referrals.networkId, sql.placeholder('networkId')), isOneOf(referrals.id)),
  ).orderBy(desc(referrals.id)),
)

/** The same by their ids, newest first. */
export const selectReferralsById = async (ctx: TxCtx, ids: readonly string[]) =>
  openSelected(ctx, await byId(ctx, { ids }))

type Joined = Awaited<ReturnType<typeof joinedReferrals>>[number]

async function openSelected(ctx: TxCtx, stored: readonly Joined[]) {
  const rows = await sealedReferrals.open(
    ctx,
    stored.map(({ row }) => row),
  )
  return stored.flatMap((selected, index) => {
    const row = rows[index]
    return row ? [{ ...selected, row }] : []
  })
}

const joinedReferrals = (db: Tx, condition: SQL | undefined) =>
  db
    .select(referralColumns)
    .from(referrals)
    .innerJoin(
      organizations,
      and(
        eq(organizations.networkId, referrals.networkId),
        eq(organizations.id, referrals.receivingOrganizationId),
      ),
    )
    .leftJoin(
      programs,
      and(eq(programs.networkId, referrals.networkId), eq(programs.id, referrals.programId)),
    )
    .leftJoin(clocks, and(eq(clocks.networkId, referrals.networkId), eq(clocks.id, referrals.clockId)))
    .where(condition)

/** A person's own are found behind the person wall, and what belongs to them is read beyond it. */
export async function ownAmong(ctx: TxCtx, ids: readonly string[]): Promise<readonly string[]> {
  if (!ctx.person) return ids
  const own = await ctx.db
    .select({ id: referrals.id })
    .from(referrals)
    .where(and(eq(referrals.networkId, ctx.networkId), anyOf(referrals.id, ids)))
  ctx.beyondPerson()
  return own.map(({ id }) => id)
}

type Selected = Awaited<ReturnType<typeof selectReferrals>>[number]

/** The joined row in the words of the rules. */
export function toFound({
  row,
  clock,
  deadlines,
  program,
}: Selected): Pick<ReferralRecord, 'row' | 'clock' | 'deadlines'> {
  return { row, clock, deadlines: { ...deadlines, spans: program?.clockSpans ?? {} } }
}

/**
 * The referral, with what the decision about showing it needs, in one round trip. The walls let it be found; a
 * consent in force is asked for when it is shown (`view.ts`), commanded or matched (`requireStatusConsent`).
 */
export async function findReferralById(ctx: TxCtx, id: string): Promise<ReferralRecord> {
  // A patient's token finds the referral itself first; then what belongs to it (its clock, its consents) may be read.
  if ((await ownAmong(ctx, [id])).length === 0) throw notFound('referral')
  const [rows, grounds] = await Promise.all([
    selectReferralsById(ctx, [id]),
    groundsOf(ctx, { referralId: id }),
  ])
  const [found] = rows
  if (!found) throw notFound('referral')
  const record = {
    ...toFound(found),
    grounds,
    parties: partiesOf(found.row, ctx.organizationId),
  }
  if (record.parties.length === 0) throw notFound('referral')
  return record
}

/** Grounds are read only for what came from another organization. */
export function foreignGrounds(
  ctx: TxCtx,
  rows: readonly { readonly row: Pick<ReferralRow, 'organizationId' | 'patientId'> }[],
): Promise<GroundsOf> {
  const foreign = rows
    .filter(({ row }) => row.organizationId !== ctx.organizationId)
    .map(({ row }) => row.patientId)
  return groundsOfMany(ctx, foreign, consentsFor(foreign.length))
}

export async function withGrounds(ctx: TxCtx, rows: readonly Selected[]): Promise<ReferralRecord[]> {
  const groundsFor = await foreignGrounds(ctx, rows)
  return rows.map((selected) => ({
    ...toFound(selected),
    parties: partiesOf(selected.row, ctx.organizationId),
    grounds: groundsFor(selected.row.patientId),
  }))
}

/** Referrals of the caller's, newest first, with what the decision about showing each needs. */
export async function readRecords(
  ctx: TxCtx,
  which: readonly string[] | SQL | undefined,
): Promise<ReferralRecord[]> {
  const rows = await (Array.isArray(which)
    ? selectReferralsById(ctx, which as readonly string[])
    : selectReferrals(ctx, which as SQL | undefined, { order: [desc(referrals.id)] }))
  return (await withGrounds(ctx, rows)).filter(({ parties }) => parties.length > 0)
}

/** Those of many referrals about which a consent in force lets the caller know. */
export async function statusOfReferrals(ctx: TxCtx, ids: readonly string[]): Promise<ReferralRecord[]> {
  const records = await readRecords(ctx, ids)
  return records.filter((record) => hasStatusConsent(ctx, record))
}

/** As `findReferralById`, for a command: checks consent, version, party and status. */
export async function findForCommand(
  ctx: TxCtx,
  id: string,
  command: ReferralCommand,
): Promise<ReferralRecord> {
  const record = await findReferralById(ctx, id)
  requireStatusConsent(ctx, record)
  checkVersion(ctx, record.row.version)
  const verdict = judge(command, record.row.status, record.parties)
  if (verdict === 'not_by_you') {
    throw new AppError(
      'transition_not_allowed',
      `Only the other organization can ${command.replaceAll('_', ' ')} this referral.`,
    )
  }
  if (verdict === 'not_from_here') {
    throw new AppError(
      'transition_not_allowed',
      `A referral that is ${record.row.status} cannot be changed by ${command}. See allowed-transitions.`,
    )
  }
  return record
}

/** What may not be seen may not be changed either. The answer to the command writes the ledger. */
export function requireStatusConsent(ctx: TxCtx, record: ReferralRecord): void {
  if (!hasStatusConsent(ctx, record)) throw notFound('referral')
}

function hasStatusConsent(ctx: TxCtx, { row, grounds }: ReferralRecord): boolean {
  const { decision } = decide(grounds, {
    discloserId: row.organizationId,
    recipientId: ctx.organizationId,
    patientId: row.patientId,
    purpose: 'treatment',
    dataClasses: ['referral_status'],
    at: ctx.now,
  })
  return decision !== 'deny'
}

/** The reading of a referral's status, for what shows no more than that. */
export function statusReading({ row, grounds }: ReferralRecord): Reading {
  return {
    grounds,
    holderId: row.organizationId,
    patientId: row.patientId,
    subjectType: 'referral',
    subjectId: row.id,
    dataClasses: ['referral_status'],
  }
}

export interface Advance {
  readonly command: string
  readonly status?: ReferralStatus
  readonly businessStatus: BusinessStatus
  readonly reason?: string | undefined
  readonly text?: string | undefined
  readonly outcome?: Outcome
  readonly resumeBy?: string
  /** What runs next; `same` lets the present clock run on; null closes the referral. */
  readonly turn: Turn | 'same' | null
}

const eventOf: Readonly<Record<ReferralStatus, Extract<EventType, `referral.${string}`>>> = {
  requested: 'referral.requested',
  accepted: 'referral.accepted',
  in_progress: 'referral.in_progress',
  on_hold: 'referral.on_hold',
  completed: 'referral.completed',
  failed: 'referral.failed',
  rejected: 'referral.rejected',
  cancelled: 'referral.cancelled',
  entered_in_error: 'referral.entered_in_error',
}

/**
 * Moves a referral on: status, next clock, history and event in one. Built on the version that was read; if
 * another request was faster, the whole transaction looks again.
 */
export async function advance(ctx: TxCtx, record: ReferralRecord, step: Advance): Promise<ReferralRecord> {
  const { row } = record
  const status = step.status ?? row.status
  const clock = nextClock(ctx, record, step.turn)
  const closed = clock === null
  const changed = await ctx.db
    .update(referrals)
    .set({
      ...sealedReferrals.changes(row, { statusReasonText: step.text ?? null }),
      status,
      businessStatus: step.businessStatus,
      statusReason: step.reason ?? null,
      outcome: step.outcome ?? null,
      resumeBy: step.resumeBy ?? null,
      clockId: clock?.id ?? null,
      acceptedAt: status === 'accepted' && row.status === 'requested' ? ctx.now : row.acceptedAt,
      closedAt: closed ? ctx.now : null,
      version: row.version + 1,
      updatedAt: ctx.now,
    })
    .where(
      and(
        eq(referrals.networkId, ctx.networkId),
        eq(referrals.id, row.id),
        eq(referrals.version, row.version),
      ),
    )
    .returning(sealedReferrals.columns)
  const [moved] = await sealedReferrals.open(ctx, changed)
  if (!moved) throw new LostRace()
  recordTransition(ctx, moved, step, row.status)
  markEngagementDue(ctx, accompaniedOf(moved))
  return { ...record, row: moved, clock }
}

function nextClock(ctx: TxCtx, { row, clock }: ReferralRecord, turn: Advance['turn']): ClockRow | null {
  if (turn === 'same') return clock
  if (clock) stopClock(ctx, clock.id)
  return turn && startClock(ctx, { ...row, type: 'referral' }, turn)
}

/** History, event and audit of a step. */
export function recordTransition(
  ctx: TxCtx,
  row: ReferralRow,
  step: Pick<Advance, 'command' | 'reason' | 'text'>,
  fromStatus: ReferralStatus | null,
): void {
  const { networkId, organizationId, readerIds, status, businessStatus } = row
  ctx.write(
    insertRows(
      referralTransitions,
      sealedTransitions.row(keyOf(row), {
        networkId,
        id: newId(ctx.now),
        organizationId,
        readerIds,
        referralId: row.id,
        patientId: row.patientId,
        at: ctx.now,
        command: step.command,
        fromStatus,
        status,
        businessStatus,
        reason: step.reason,
        reasonText: step.text,
        actorOrganizationId: ctx.organizationId,
      }),
    ),
  )
  const own = ctx.organizationId === systemOrganizationId ? row.receivingOrganizationId : ctx.organizationId
  ctx.emit({
    organizationId: own,
    type: status === fromStatus ? 'referral.updated' : eventOf[status],
    subjectType: 'referral',
    subjectId: row.id,
    patientId: row.patientId,
    holderId: organizationId,
    readerIds: [organizationId, ...readerIds],
    codes: { status, businessStatus, ...(step.reason !== undefined && { reason: step.reason }) },
  })
  ctx.touch({ subjectType: 'referral', subjectId: row.id, patientId: row.patientId })
}
