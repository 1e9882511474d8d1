import { and, eq } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { newId } from '../../core/id.ts'
import type { NextActionCode, OwnerRole } from './contract.ts'
import { clockRules } from './rules.ts'
import { clocks } from './table.ts'

export type ClockRow = typeof clocks.$inferSelect

export interface Turn {
  readonly action: NextActionCode
  readonly ownerOrganizationId: string
  readonly ownerRole: OwnerRole
  readonly dueAt: Date
}

/** Whose row a clock is: it is seen by those who see its referral. */
export interface ClockSubject {
  readonly id: string
  readonly organizationId: string
  readonly readerIds: readonly string[]
}

/** Stops what runs for a referral, as one statement on its way with the commit. */
export function stopClock(ctx: TxCtx, clockId: string): void {
  ctx.write(
    ctx.db
      .update(clocks)
      .set({ stoppedAt: ctx.now })
      .where(and(eq(clocks.networkId, ctx.networkId), eq(clocks.id, clockId))),
  )
}

/** Starts a referral's next clock. The one before must be stopped first: only one runs. */
export function startClock(ctx: TxCtx, referral: ClockSubject, turn: Turn): ClockRow {
  const row = {
    ...turn,
    networkId: ctx.networkId,
    id: newId(ctx.now),
    organizationId: referral.organizationId,
    readerIds: [...referral.readerIds],
    subjectType: 'referral' as const,
    subjectId: referral.id,
    ruleSet: clockRules,
    startedAt: ctx.now,
  }
  ctx.write(ctx.db.insert(clocks).values(row))
  return { ...row, stoppedAt: null, running: true }
}
