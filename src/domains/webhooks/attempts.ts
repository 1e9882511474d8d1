import { and, asc, eq } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { grouped } from '../../core/grouped.ts'
import { anyOf } from '../../db/each.ts'
import { webhookAttempts } from './table.ts'
import type { AttemptRow } from './view.ts'

/** What was tried for each of some deliveries, oldest first: one statement for all of them. */
export async function attemptsOf(
  { db, networkId }: TxCtx,
  deliveryIds: readonly string[],
): Promise<(deliveryId: string) => readonly AttemptRow[]> {
  const rows =
    deliveryIds.length === 0
      ? []
      : await db
          .select()
          .from(webhookAttempts)
          .where(
            and(eq(webhookAttempts.networkId, networkId), anyOf(webhookAttempts.deliveryId, deliveryIds)),
          )
          .orderBy(asc(webhookAttempts.id))
  return grouped(rows, ({ deliveryId }) => deliveryId)
}
