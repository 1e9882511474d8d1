import { and, desc, eq } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { toInstant, toInstantOrNull } from '../../core/wire.ts'
import type { ProgramCapacity } from './contract.ts'
import { programCapacities } from './table.ts'

export type CapacityRow = typeof programCapacities.$inferSelect

/** What a program said last about its room. */
export async function lastReport(
  { db, networkId }: TxCtx,
  programId: string,
): Promise<CapacityRow | undefined> {
  const [row] = await db
    .select()
    .from(programCapacities)
    .where(and(eq(programCapacities.networkId, networkId), eq(programCapacities.programId, programId)))
    .orderBy(desc(programCapacities.asOf), desc(programCapacities.id))
    .limit(1)
  return row
}

type Reported = Pick<CapacityRow, 'status' | 'openSlots' | 'freshUntil'>

/** What may be believed of a report now. Stale is unknown, and a room with no open slot is none. */
export function believed(report: Reported | undefined, now: Date): ProgramCapacity['status'] {
  if (!report || report.freshUntil <= now) return 'unknown'
  return report.status === 'capacity' && report.openSlots === 0 ? 'no_capacity' : report.status
}

export function toCapacity(programId: string, report: CapacityRow | undefined, now: Date): ProgramCapacity {
  const status = believed(report, now)
  const fresh = status === 'unknown' ? undefined : report
  return {
    programId,
    status,
    openSlots: fresh?.openSlots ?? null,
    waitlistLength: fresh?.waitlistLength ?? null,
    medianWaitDays: fresh?.medianWaitDays ?? null,
    asOf: report ? toInstant(report.asOf) : null,
    freshUntil: toInstantOrNull(report?.freshUntil ?? null),
    stale: report !== undefined && fresh === undefined,
  }
}
