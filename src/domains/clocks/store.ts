import { and, eq, isNull, sql } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { newId } from '../../core/id.ts'
import { insertRows } from '../../db/insert.ts'
import { writtenOnce } from '../../db/once.ts'
import type { NextActionCode, OwnerRole } from './contract.ts'
import { climbsAt, clockRules, ladderOf } from './rules.ts'
import { clocks } from './table.ts'

export type ClockRow = typeof clocks.$inferSelect

export interface Turn {
  readonly action: NextActionCode
  readonly ownerOrganizationId: string
  readonly ownerRole: OwnerRole
  readonly dueAt: Date
}

/** What a clock is about, and whose row it is: it is seen by those who see its subject. */
export interface ClockSubject {
  readonly type: 'referral' | 'mentor' | 'accounting_request' | 'emergency'
  readonly id: string
  readonly organizationId: string
  readonly readerIds: readonly string[]
}

/** Stops what runs, as one statement on its way with the commit. */
export function stopClock(ctx: TxCtx, clockId: string): void {
  ctx.write(stopOne(ctx, { id: clockId, now: ctx.now }))
}

const stopOne = writtenOnce<{ readonly id: string; readonly now: Date }>((db) =>
  db
    .update(clocks)
    .set({ stoppedAt: sql`${sql.placeholder('now')}::timestamptz` })
    .where(and(eq(clocks.networkId, sql.placeholder('networkId')), eq(clocks.id, sql.placeholder('id')))),
)

/** Stops what runs of a subject, whatever it is. */
export function stopClockOf(ctx: TxCtx, { type, id }: Pick<ClockSubject, 'type' | 'id'>): void {
  ctx.write(
    ctx.db
      .update(clocks)
      .set({ stoppedAt: ctx.now })
      .where(
        and(
          eq(clocks.networkId, ctx.networkId),
          eq(clocks.subjectType, type),
          eq(clocks.subjectId, id),
          isNull(clocks.stoppedAt),
        ),
      ),
  )
}

/** Starts the next clock of a subject. The one before must be stopped first: only one runs. */
export function startClock(ctx: TxCtx, subject: ClockSubject, turn: Turn): ClockRow {
  const row = {
    ...turn,
    networkId: ctx.networkId,
    id: newId(ctx.now),
    organizationId: subject.organizationId,
    readerIds: [...subject.readerIds],
    subjectType: subject.type,
    subjectId: subject.id,
    ruleSet: clockRules,
    startedAt: ctx.now,
    step: 0,
    nextStepAt: climbsAt(ladderOf(turn.action), 0, ctx.now, turn.dueAt),
  }
  ctx.write(insertRows(clocks, row))
  return { ...row, stoppedAt: null, running: true }
}
