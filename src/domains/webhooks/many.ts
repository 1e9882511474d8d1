import { and, desc, eq } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import { grouped } from '../../core/grouped.ts'
import { FirstPages } from '../../core/many.ts'
import { cutPage, sealCursor } from '../../core/page.ts'
import { anyOf, each, eachId } from '../../db/each.ts'
import { attemptsOf } from './attempts.ts'
import { DeliveryFilter } from './contract.ts'
import { selectEndpoints } from './store.ts'
import { webhookDeliveries, webhookEndpoints } from './table.ts'
import { toDelivery } from './view.ts'

/** The deliveries of each endpoint, as `listWebhookDeliveries` lists them. */
export const deliveriesOfEndpoints = action({
  id: 'webhookEndpoints.deliveriesOfMany',
  scope: 'webhooks:read',
  input: FirstPages.extend({ status: DeliveryFilter.shape.status }),
  run: async (ctx, { ids, limit, status }) => {
    const { db, networkId } = ctx
    const newest = db
      .select()
      .from(webhookDeliveries)
      .where(
        and(
          eq(webhookDeliveries.networkId, networkId),
          eq(webhookDeliveries.endpointId, eachId),
          eq(webhookDeliveries.told, true),
          status ? eq(webhookDeliveries.status, status) : undefined,
        ),
      )
      .orderBy(desc(webhookDeliveries.id))
      .limit(limit + 1)
      .as('newest')
    const { from, there } = selectEndpoints(ctx)
    const [endpoints, found] = await Promise.all([
      from.where(and(there, anyOf(webhookEndpoints.id, ids))),
      db.select().from(each(ids)).crossJoinLateral(newest),
    ])
    const rows = found.map(({ newest: one }) => one)
    const attempts = await attemptsOf(
      ctx,
      rows.map((row) => row.id),
    )
    const ofEndpoint = grouped(rows, ({ endpointId }) => endpointId)
    return endpoints.map(({ row: { id } }) => {
      const filters = { id, status }
      const page = cutPage(ofEndpoint(id), limit, (last) =>
        sealCursor(ctx, 'webhookDeliveries', filters, [last.id]),
      )
      const data = page.rows.map((row) => toDelivery(row, attempts(row.id)))
      return { id, answer: { data, nextCursor: page.nextCursor } }
    })
  },
})
