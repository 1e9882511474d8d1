import { and, desc, eq, inArray, ne, type SQL } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { AppError, notFound } from '../../core/errors.ts'
import type { Opened } from '../../db/sealing.ts'
import { LostRace } from '../../db/transaction.ts'
import type { DataClass } from '../consents/codes.ts'
import { type Grounds, noGrounds } from '../decisions/facts.ts'
import { groundsOf } from '../decisions/grounds.ts'
import { discloseOne, type Shown } from '../disclosures/store.ts'
import { mentorships } from '../mentorships/table.ts'
import type { Side } from './rules.ts'
import { planSignatures, recoveryPlans, sealedPlans } from './table.ts'

export type PlanRow = Opened<typeof recoveryPlans>
export type Signature = typeof planSignatures.$inferSelect

/** A plan, on which side of it the caller is, and what must travel along with an answer about it. */
export interface Reached {
  readonly row: PlanRow
  readonly side: Side
  readonly attached: Shown['attached']
}

/** Those whom a mentor accompanies now: read behind the person wall, so they are this mentor's. */
export async function accompaniedNow({
  db,
  networkId,
  person,
}: TxCtx): Promise<ReadonlySet<string> | undefined> {
  if (person?.type !== 'mentor') return undefined
  const rows = await db
    .select({ patientId: mentorships.patientId })
    .from(mentorships)
    .where(
      and(
        eq(mentorships.networkId, networkId),
        eq(mentorships.mentorId, person.id),
        ne(mentorships.status, 'closed'),
      ),
    )
  return new Set(rows.map(({ patientId }) => patientId))
}

export function sideOf({ person, organizationId }: TxCtx, holderId: string): Side {
  if (person) return person.type
  return holderId === organizationId ? 'program' : 'other'
}

/** Whether somebody who found a row of this person may know of it: a mentor only while they accompany them. */
export const isTheirs = (
  ctx: TxCtx,
  accompanied: ReadonlySet<string> | undefined,
  { patientId, organizationId }: { readonly patientId: string; readonly organizationId: string },
): boolean =>
  accompanied === undefined || (accompanied.has(patientId) && organizationId === ctx.organizationId)

/** Decided only where it belongs to another organization; within one it is no disclosure. */
export async function groundsFor(
  ctx: TxCtx,
  { patientId, organizationId }: { readonly patientId: string; readonly organizationId: string },
): Promise<Grounds> {
  return organizationId === ctx.organizationId ? noGrounds : groundsOf(ctx, patientId)
}

export async function reachPlan(ctx: TxCtx, id: string, dataClass: DataClass): Promise<Reached> {
  const accompanied = await accompaniedNow(ctx)
  if (accompanied) ctx.beyondPerson()
  const [row] = await selectPlans(ctx, eq(recoveryPlans.id, id), 1)
  if (!row || !isTheirs(ctx, accompanied, row)) throw notFound('recovery plan')
  // Found behind the person wall: it is theirs, and so is what belongs to it.
  ctx.beyondPerson()
  const { attached } = discloseOne(ctx, {
    grounds: await groundsFor(ctx, row),
    holderId: row.organizationId,
    patientId: row.patientId,
    subjectType: 'recovery_plan',
    subjectId: id,
    dataClasses: [dataClass],
  })
  ctx.touch({ subjectType: 'recovery_plan', subjectId: id, patientId: row.patientId })
  return { row, side: sideOf(ctx, row.organizationId), attached }
}

/** As `reachPlan`, to change it: whoever only reads it under a consent writes nothing in it. */
export async function reachToWrite(ctx: TxCtx, id: string, dataClass: DataClass): Promise<Reached> {
  const reached = await reachPlan(ctx, id, dataClass)
  if (reached.side === 'other') throw notFound('recovery plan')
  return reached
}

export async function selectPlans(ctx: TxCtx, condition: SQL | undefined, limit: number): Promise<PlanRow[]> {
  const rows = await ctx.db
    .select(sealedPlans.columns)
    .from(recoveryPlans)
    .where(and(eq(recoveryPlans.networkId, ctx.networkId), condition))
    .orderBy(desc(recoveryPlans.id))
    .limit(limit)
  return sealedPlans.open(ctx, rows)
}

/** A person's token may come from their clinic; the plan is kept by who accompanies them. */
export function beyondOrganization<T>(
  ctx: TxCtx,
  { organizationId }: Pick<PlanRow, 'organizationId'>,
  work: () => Promise<T>,
): Promise<T> {
  return organizationId === ctx.organizationId ? work() : ctx.acrossOrganizations(work)
}

/** Changes what was read; if another request was faster, the transaction looks again. */
export async function changePlan(ctx: TxCtx, found: PlanRow, changes: Partial<PlanRow>): Promise<PlanRow> {
  const changed = await ctx.db
    .update(recoveryPlans)
    .set({ ...sealedPlans.changes(found, changes), version: found.version + 1, updatedAt: ctx.now })
    .where(
      and(
        eq(recoveryPlans.networkId, ctx.networkId),
        eq(recoveryPlans.id, found.id),
        eq(recoveryPlans.version, found.version),
      ),
    )
    .returning(sealedPlans.columns)
  const [row] = await sealedPlans.open(ctx, changed)
  if (!row) throw new LostRace()
  return row
}

/** Who signed which versions of a plan. */
export function signaturesOf(ctx: TxCtx, planIds: readonly string[]): Promise<Signature[]> {
  if (planIds.length === 0) return Promise.resolve([])
  return ctx.db
    .select()
    .from(planSignatures)
    .where(and(eq(planSignatures.networkId, ctx.networkId), inArray(planSignatures.planId, [...planIds])))
    .then((rows) => rows)
}

/** Only the person, or their mentor with the person's word, does this. */
export function requirePerson(side: Side): asserts side is 'patient' | 'mentor' {
  if (side === 'program' || side === 'other')
    throw new AppError(
      'person_decides',
      'Only the person does this, or their mentor for them: use a portal token of one of the two.',
    )
}

export function tellOfPlan(
  ctx: TxCtx,
  step: 'started' | 'updated' | 'adopted' | 'signed',
  { id, patientId, organizationId }: PlanRow,
  readerIds: readonly string[] = [],
): void {
  ctx.emit({
    type: `recovery_plan.${step}`,
    subjectType: 'recovery_plan',
    subjectId: id,
    patientId,
    organizationId,
    readerIds,
  })
  ctx.touch({ subjectType: 'recovery_plan', subjectId: id, patientId })
}
