import { and, desc, eq, lt } from 'drizzle-orm'
import { z } from 'zod'
import { action } from '../../core/action.ts'
import { AppError } from '../../core/errors.ts'
import { Id } from '../../core/id.ts'
import { pageById } from '../../core/page.ts'
import { checkVersion } from '../../core/version.ts'
import { insertRows } from '../../db/insert.ts'
import { readLog } from '../events/visible.ts'
import { attemptsOf } from './attempts.ts'
import { DeliveryFilter, ReplayEvents } from './contract.ts'
import { queueAgain } from './fan-out.ts'
import { wakeQueue } from './queue.ts'
import {
  askForVerification,
  changeEndpoint,
  findEndpoint,
  giveUpWaiting,
  ownDelivery,
  refuseUnlessOpen,
  tellOfEndpoint,
} from './store.ts'
import { webhookDeliveries } from './table.ts'
import { type DeliveryRow, toDelivery } from './view.ts'

const OfEndpoint = z.strictObject({ id: Id })

export const disableWebhookEndpoint = action({
  id: 'webhookEndpoints.disable',
  scope: 'webhooks:write',
  input: OfEndpoint,
  run: async (ctx, { id }) => {
    const found = await findEndpoint(ctx, id)
    checkVersion(ctx, found.row.version)
    if (found.row.status === 'disabled')
      throw new AppError('transition_not_allowed', 'The endpoint is disabled already.')
    const endpoint = await changeEndpoint(ctx, found, { status: 'disabled', disabledBecause: 'by_hand' })
    giveUpWaiting(ctx, id, 'endpoint_disabled')
    tellOfEndpoint(ctx, 'webhook_endpoint.disabled', id, { reason: 'by_hand' })
    return endpoint
  },
})

export const enableWebhookEndpoint = action({
  id: 'webhookEndpoints.enable',
  scope: 'webhooks:write',
  input: OfEndpoint,
  run: async (ctx, { id }) => {
    const found = await findEndpoint(ctx, id)
    checkVersion(ctx, found.row.version)
    if (found.row.status !== 'disabled')
      throw new AppError('transition_not_allowed', `The endpoint is ${found.row.status}, not disabled.`)
    // Whether anybody is there has to be seen anew.
    const endpoint = await changeEndpoint(ctx, found, {
      status: 'unverified',
      disabledBecause: null,
      verifiedAt: null,
    })
    await askForVerification(ctx, id)
    wakeQueue(ctx, id, 'afresh')
    tellOfEndpoint(ctx, 'webhook_endpoint.enabled', id)
    return { ...endpoint, failingSince: null }
  },
})

export const deleteWebhookEndpoint = action({
  id: 'webhookEndpoints.delete',
  scope: 'webhooks:write',
  input: OfEndpoint,
  run: async (ctx, { id }) => {
    const found = await findEndpoint(ctx, id)
    const endpoint = await changeEndpoint(ctx, found, { status: 'deleted', disabledBecause: null })
    giveUpWaiting(ctx, id, 'endpoint_deleted')
    tellOfEndpoint(ctx, 'webhook_endpoint.deleted', id)
    return endpoint
  },
})

/** Not an event of the log, so that no other endpoint hears of it. */
export const testWebhookEndpoint = action({
  id: 'webhookEndpoints.test',
  scope: 'webhooks:write',
  input: OfEndpoint,
  run: async (ctx, { id }) => {
    const found = await findEndpoint(ctx, id)
    refuseUnlessOpen(found)
    const delivery = ownDelivery(ctx, id, { kind: 'test', type: 'webhook_endpoint.test' })
    ctx.write(insertRows(webhookDeliveries, delivery))
    wakeQueue(ctx, id)
    ctx.touch({ subjectType: 'webhook_endpoint', subjectId: id })
    const row: DeliveryRow = {
      ...delivery,
      status: 'pending',
      reason: null,
      attempts: 0,
      finishedAt: null,
    }
    return toDelivery(row, [])
  },
})

export const replayWebhookEvents = action({
  id: 'webhookEndpoints.replay',
  scope: 'webhooks:write',
  input: ReplayEvents,
  run: async (ctx, { id, from, to = from }) => {
    const found = await findEndpoint(ctx, id)
    refuseUnlessOpen(found)
    const { removedThrough } = await readLog(ctx)
    if (from <= removedThrough)
      throw new AppError(
        'events_no_longer_kept',
        `Events up to ${removedThrough} are no longer kept. Read the resources anew.`,
      )
    await queueAgain(ctx, id, { from, to })
    wakeQueue(ctx, id)
    ctx.touch({ subjectType: 'webhook_endpoint', subjectId: id })
    // How many they are is not said: some may not be the caller's to know of, which is decided when they are sent.
    return { endpointId: id, from, to }
  },
})

/** What was told, and what may be told in any case. Of what nobody has decided on yet not even a row is shown. */
export const listWebhookDeliveries = action({
  id: 'webhookEndpoints.listDeliveries',
  scope: 'webhooks:read',
  input: DeliveryFilter,
  run: async (ctx, { id, limit, cursor, status }) => {
    await findEndpoint(ctx, id)
    const filters = { id, status }
    const page = await pageById(ctx, { list: 'webhookDeliveries', filters, limit, cursor }, (after, rows) =>
      ctx.db
        .select()
        .from(webhookDeliveries)
        .where(
          and(
            eq(webhookDeliveries.networkId, ctx.networkId),
            eq(webhookDeliveries.endpointId, id),
            eq(webhookDeliveries.told, true),
            after ? lt(webhookDeliveries.id, after) : undefined,
            status ? eq(webhookDeliveries.status, status) : undefined,
          ),
        )
        .orderBy(desc(webhookDeliveries.id))
        .limit(rows),
    )
    const attempts = await attemptsOf(
      ctx,
      page.rows.map((row) => row.id),
    )
    return {
      data: page.rows.map((row) => toDelivery(row, attempts(row.id))),
      nextCursor: page.nextCursor,
    }
  },
})
