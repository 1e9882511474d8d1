import { and, eq } from 'drizzle-orm'
import type { EventType, TxCtx } from '../../core/context.ts'
import { notFound } from '../../core/errors.ts'
import { toInstant, toInstantOrNull } from '../../core/wire.ts'
import type { Opened } from '../../db/sealing.ts'
import { LostRace } from '../../db/transaction.ts'
import type { Placement, PlacementHour } from './contract.ts'
import { placementHours, placements, sealedHours, sealedPlacements } from './table.ts'

export type PlacementRow = Opened<typeof placements>
export type HourRow = Opened<typeof placementHours>

/** `hold`: until the transaction ends, so that of two hours at once the later one counts the earlier. */
export async function findPlacement(
  ctx: TxCtx,
  id: string,
  { hold = false }: { readonly hold?: boolean } = {},
): Promise<PlacementRow> {
  const asked = ctx.db
    .select(sealedPlacements.columns)
    .from(placements)
    .where(and(eq(placements.networkId, ctx.networkId), eq(placements.id, id)))
  const [row] = await sealedPlacements.open(ctx, await (hold ? asked.for('no key update') : asked))
  if (!row) throw notFound('placement')
  return row
}

/** Found by the school too, which changes nothing of it. */
export async function holdOwn(ctx: TxCtx, id: string): Promise<PlacementRow> {
  const row = await findPlacement(ctx, id, { hold: true })
  if (row.organizationId !== ctx.organizationId) throw notFound('placement')
  return row
}

export async function findHour(ctx: TxCtx, id: string): Promise<HourRow> {
  const rows = await ctx.db
    .select(sealedHours.columns)
    .from(placementHours)
    .where(and(eq(placementHours.networkId, ctx.networkId), eq(placementHours.id, id)))
  const [row] = await sealedHours.open(ctx, rows)
  if (!row) throw notFound('hour of a placement')
  return row
}

export async function changePlacement(
  ctx: TxCtx,
  { id, version }: PlacementRow,
  changes: Partial<PlacementRow>,
): Promise<PlacementRow> {
  const stored = await ctx.db
    .update(placements)
    .set({ ...changes, version: version + 1, updatedAt: ctx.now })
    .where(
      and(eq(placements.networkId, ctx.networkId), eq(placements.id, id), eq(placements.version, version)),
    )
    .returning(sealedPlacements.columns)
  const [row] = await sealedPlacements.open(ctx, stored)
  if (!row) throw new LostRace()
  return row
}

/** The placement of an hour is held before, and so is the hour. */
export async function changeHour(
  ctx: TxCtx,
  { id, version }: HourRow,
  changes: Partial<HourRow>,
): Promise<HourRow> {
  const stored = await ctx.db
    .update(placementHours)
    .set({ ...changes, version: version + 1, updatedAt: ctx.now })
    .where(
      and(
        eq(placementHours.networkId, ctx.networkId),
        eq(placementHours.id, id),
        eq(placementHours.version, version),
      ),
    )
    .returning(sealedHours.columns)
  const [row] = await sealedHours.open(ctx, stored)
  if (!row) throw new LostRace()
  return row
}

/** To the school less who the mentors are. */
export function toPlacement(
  ctx: TxCtx,
  { networkId: _, readerIds: __, learnerMentorId: ___, endedAt: ____, ...row }: PlacementRow,
): Placement {
  const isOwn = row.organizationId === ctx.organizationId
  return {
    ...row,
    hostMentorId: isOwn ? row.hostMentorId : null,
    supervisorId: isOwn ? row.supervisorId : null,
    createdAt: toInstant(row.createdAt),
    updatedAt: toInstant(row.updatedAt),
  }
}

export function toHour({
  networkId: _,
  learnerMentorId: __,
  patientId: ___,
  hasReflection: ____,
  ...row
}: HourRow): PlacementHour {
  return {
    ...row,
    beganAt: toInstant(row.beganAt),
    endedAt: toInstant(row.endedAt),
    signedAt: toInstantOrNull(row.signedAt),
    createdAt: toInstant(row.createdAt),
    updatedAt: toInstant(row.updatedAt),
  }
}

export function tellOfPlacement(
  ctx: TxCtx,
  type: Extract<EventType, `placement.${string}`>,
  { id, status, readerIds }: PlacementRow,
): void {
  ctx.emit({ type, subjectType: 'placement', subjectId: id, readerIds, codes: { status } })
  ctx.touch({ subjectType: 'placement', subjectId: id })
}

/** Told to nobody else: an hour is about a person who is accompanied. */
export function tellOfHour(
  ctx: TxCtx,
  type: Extract<EventType, `placement_hour.${string}`>,
  { id, patientId, status }: HourRow,
): void {
  ctx.emit({ type, subjectType: 'placement_hour', subjectId: id, codes: { status } })
  ctx.touch({ subjectType: 'placement_hour', subjectId: id, patientId })
}
