import { and, desc, eq, gt, isNull, lt, or } from 'drizzle-orm'
import { z } from 'zod'
import { action } from '../../core/action.ts'
import type { Ctx } from '../../core/context.ts'
import { invalidInput } from '../../core/errors.ts'
import { Id, newId } from '../../core/id.ts'
import { pageById } from '../../core/page.ts'
import { addressesOf, type TargetFault } from '../../core/targets.ts'
import { defined } from '../../core/wire.ts'
import { insertRows } from '../../db/insert.ts'
import { only } from '../../db/rows.ts'
import {
  EndpointFilter,
  NewWebhookEndpoint,
  RotateWebhookSecret,
  WebhookEndpointChanges,
} from './contract.ts'
import { wakeQueue } from './queue.ts'
import {
  addSecret,
  askForVerification,
  changeEndpoint,
  findEndpoint,
  selectEndpoints,
  tellOfEndpoint,
} from './store.ts'
import { webhookEndpoints, webhookQueues, webhookSecrets } from './table.ts'
import { toEndpoint } from './view.ts'

const faults: Readonly<Record<TargetFault, string>> = {
  url_not_https: 'Messages are sent by https only.',
  url_with_credentials: 'User and password do not belong in a URL; the signature says who sends.',
  url_port: 'Port 443, or one from 1024 on.',
  url_unresolvable: 'The name has no address.',
  url_not_public: 'The name leads to an address that is not public.',
}

/** Looked up before any row is written, and again at each attempt: a name can lead elsewhere tomorrow. */
async function checkUrl({ targets }: Ctx, { url }: { url?: string | undefined }): Promise<void> {
  if (url === undefined) return
  const addresses = await addressesOf(new URL(url), targets)
  if (typeof addresses === 'string')
    throw invalidInput({ path: ['url'], code: addresses, detail: faults[addresses] })
}

export const createWebhookEndpoint = action({
  id: 'webhookEndpoints.create',
  scope: 'webhooks:write',
  input: NewWebhookEndpoint,
  before: checkUrl,
  run: async (ctx, { url, types }) => {
    const { db, networkId, organizationId, now } = ctx
    const row = only(
      await db
        .insert(webhookEndpoints)
        .values({
          networkId,
          id: newId(now),
          organizationId,
          url,
          types,
          status: 'unverified',
          clientId: ctx.clientId,
          createdAt: now,
          updatedAt: now,
        })
        .returning(),
    )
    ctx.write(
      insertRows(webhookQueues, { networkId, endpointId: row.id, organizationId, dueAt: now, arrivals: 1 }),
    )
    const secret = addSecret(ctx, row.id)
    await askForVerification(ctx, row.id)
    tellOfEndpoint(ctx, 'webhook_endpoint.created', row.id)
    return { ...toEndpoint(row, { failingSince: null, lastError: null, lastAttemptAt: null }), secret }
  },
})

export const getWebhookEndpoint = action({
  id: 'webhookEndpoints.get',
  scope: 'webhooks:read',
  input: z.strictObject({ id: Id }),
  run: async (ctx, { id }) => {
    const { row, health } = await findEndpoint(ctx, id)
    return toEndpoint(row, health)
  },
})

export const listWebhookEndpoints = action({
  id: 'webhookEndpoints.list',
  scope: 'webhooks:read',
  input: EndpointFilter,
  run: async (ctx, { limit, cursor, ...filters }) => {
    const { from, there } = selectEndpoints(ctx)
    const page = await pageById(
      ctx,
      { list: 'webhookEndpoints', filters, limit, cursor },
      async (after, rows) => {
        const found = await from
          .where(
            and(
              there,
              after ? lt(webhookEndpoints.id, after) : undefined,
              filters.status ? eq(webhookEndpoints.status, filters.status) : undefined,
            ),
          )
          .orderBy(desc(webhookEndpoints.id))
          .limit(rows)
        return found.map(({ row, health }) => toEndpoint(row, health))
      },
    )
    return { data: page.rows, nextCursor: page.nextCursor }
  },
})

export const updateWebhookEndpoint = action({
  id: 'webhookEndpoints.update',
  scope: 'webhooks:write',
  input: WebhookEndpointChanges,
  before: checkUrl,
  run: async (ctx, { id, url, types }) => {
    const found = await findEndpoint(ctx, id)
    // A slip in the address would tell a stranger: whoever is at the new one answers first.
    const moves = url !== undefined && url !== found.row.url && found.row.status !== 'disabled'
    const endpoint = await changeEndpoint(ctx, found, {
      ...defined({ url, types }),
      ...(moves && { status: 'unverified', verifiedAt: null }),
    })
    if (moves) {
      await askForVerification(ctx, id)
      wakeQueue(ctx, id)
    }
    tellOfEndpoint(ctx, 'webhook_endpoint.updated', id)
    return endpoint
  },
})

export const rotateWebhookSecret = action({
  id: 'webhookEndpoints.rotateSecret',
  scope: 'webhooks:write',
  input: RotateWebhookSecret,
  run: async (ctx, { id, overlapSeconds }) => {
    const endpoint = await changeEndpoint(ctx, await findEndpoint(ctx, id), {})
    const end = new Date(ctx.now.getTime() + overlapSeconds * 1000)
    await ctx.db
      .update(webhookSecrets)
      .set({ expiresAt: end })
      .where(
        and(
          eq(webhookSecrets.networkId, ctx.networkId),
          eq(webhookSecrets.endpointId, id),
          or(isNull(webhookSecrets.expiresAt), gt(webhookSecrets.expiresAt, end)),
        ),
      )
    const secret = addSecret(ctx, id)
    tellOfEndpoint(ctx, 'webhook_endpoint.secret_rotated', id)
    return { ...endpoint, secret }
  },
})
