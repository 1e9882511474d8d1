import { and, asc, eq, isNotNull, isNull, lt, lte, or } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { castShadow } from '../decisions/shadow.ts'
import { consents } from './table.ts'

/** How long before its last day the parties are told: time enough to see the person and sign anew. A default of this service. */
const toldDaysBefore = 14

const dayMs = 86_400_000
const dateOf = (at: Date) => at.toISOString().slice(0, 10)

/**
 * What time brings about for consents: the parties learn in good time that one is about to end, and from the first
 * moment after its last day on nobody finds rows by it. The decision knew that already; this is its shadow. Being
 * accompanied does not end with a consent. Skips what another process has in hand.
 */
export async function expireConsents(ctx: TxCtx, limit: number): Promise<number> {
  const { db, networkId, now } = ctx
  const today = dateOf(now)
  const isOver = lt(consents.expiresOn, today)
  const endsSoon = and(
    isNull(consents.expiryToldAt),
    lte(consents.expiresOn, dateOf(new Date(now.getTime() + toldDaysBefore * dayMs))),
  )
  const due = await db
    .select()
    .from(consents)
    .where(
      and(
        eq(consents.networkId, networkId),
        eq(consents.status, 'active'),
        isNotNull(consents.expiresOn),
        or(isOver, endsSoon),
      ),
    )
    .orderBy(asc(consents.expiresOn), asc(consents.id))
    .limit(limit)
    .for('update', { skipLocked: true })
  for (const row of due) {
    const { id, organizationId, readerIds, patientId, expiresOn } = row
    const over = expiresOn !== null && expiresOn < today
    ctx.write(
      db
        .update(consents)
        .set(over ? { status: 'expired', expiredAt: now, version: row.version + 1 } : { expiryToldAt: now })
        .where(and(eq(consents.networkId, networkId), eq(consents.id, id))),
    )
    const type = over ? 'consent.expired' : 'consent.expiring'
    ctx.emit({ type, subjectType: 'consent', subjectId: id, patientId, organizationId, readerIds })
    ctx.touch({ subjectType: 'consent', subjectId: id, patientId })
    if (over) await castShadow(ctx, patientId)
  }
  return due.length
}
