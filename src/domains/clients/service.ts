import { and, desc, eq, gt, isNull, lt, or } from 'drizzle-orm'
import { z } from 'zod'
import { action } from '../../core/action.ts'
import type { EventType, TxCtx } from '../../core/context.ts'
import { AppError, invalidInput, notFound } from '../../core/errors.ts'
import { Id, newId } from '../../core/id.ts'
import { cutPage, openCursor, sealCursor } from '../../core/page.ts'
import { checkVersion } from '../../core/version.ts'
import { toInstant, toInstantOrNull } from '../../core/wire.ts'
import { only } from '../../db/rows.ts'
import { LostRace } from '../../db/transaction.ts'
import { organizationsAmong } from '../organizations/store.ts'
import { type Client, ClientFilter, NewClient, RotateSecret } from './contract.ts'
import { hashSecret, newSecret } from './secret.ts'
import { apiClients, clientSecrets } from './table.ts'

type Row = typeof apiClients.$inferSelect

function toClient({ networkId: _, jwks, ...row }: Row): Client {
  return {
    ...row,
    keyIds: jwks?.keys.map(({ kid }) => kid ?? '') ?? [],
    createdAt: toInstant(row.createdAt),
    updatedAt: toInstant(row.updatedAt),
    revokedAt: toInstantOrNull(row.revokedAt),
  }
}

/** With `network:write` the clients of every organization are in reach; without, only one's own. */
function inReach<T>(ctx: TxCtx, work: () => Promise<T>): Promise<T> {
  return ctx.scopes.has('network:write') ? ctx.acrossOrganizations(work) : work()
}

export const createClient = action({
  id: 'clients.create',
  scope: 'clients:write',
  input: NewClient,
  run: (ctx, { organizationId = ctx.organizationId, ...input }) => {
    refuseWidening(ctx, organizationId, input.scopes)
    return inReach(ctx, async () => {
      await requireOrganization(ctx, organizationId)
      const secret = newSecret()
      const row = only(
        await ctx.db
          .insert(apiClients)
          .values({
            ...input,
            networkId: ctx.networkId,
            id: newId(ctx.now),
            organizationId,
            createdAt: ctx.now,
            updatedAt: ctx.now,
          })
          .returning(),
      )
      await addSecret(ctx, row, secret)
      record(ctx, 'client.created', row)
      return { ...toClient(row), clientSecret: secret }
    })
  },
})

/** Nobody hands out what they do not have. */
function refuseWidening(ctx: TxCtx, organizationId: string, wanted: readonly string[]) {
  const missing = wanted.filter((scope) => !ctx.scopes.has(scope))
  if (ctx.scopes.has('network:write')) return
  if (organizationId !== ctx.organizationId)
    throw invalidInput({
      path: ['organizationId'],
      code: 'unknown_organization',
      detail: 'The network has no such organization.',
    })
  if (missing.length > 0) {
    throw new AppError(
      'insufficient_scope',
      `You cannot give scopes that you do not have: ${missing.join(' ')}.`,
    )
  }
}

async function requireOrganization(ctx: TxCtx, id: string) {
  if ((await organizationsAmong(ctx, [id])).has(id)) return
  throw new AppError('invalid_input', 'See errors: each fault is named by its pointer.', [
    {
      path: ['organizationId'],
      code: 'unknown_organization',
      detail: 'The network has no such organization.',
    },
  ])
}

function addSecret(ctx: TxCtx, { id, organizationId }: Row, secret: string) {
  return ctx.db.insert(clientSecrets).values({
    networkId: ctx.networkId,
    id: newId(ctx.now),
    organizationId,
    clientId: id,
    hash: hashSecret(ctx.keyring, secret),
    createdAt: ctx.now,
  })
}

export const getClient = action({
  id: 'clients.get',
  scope: 'clients:read',
  input: z.strictObject({ id: Id }),
  alone: true,
  run: (ctx, { id }) => inReach(ctx, async () => toClient(await findClient(ctx, id))),
})

async function findClient({ db, networkId }: TxCtx, id: string): Promise<Row> {
  const [row] = await db
    .select()
    .from(apiClients)
    .where(and(eq(apiClients.networkId, networkId), eq(apiClients.id, id)))
  if (!row) throw notFound('client')
  return row
}

export const listClients = action({
  id: 'clients.list',
  scope: 'clients:read',
  input: ClientFilter,
  alone: true,
  run: (ctx, { limit, cursor, ...filters }) => {
    const [after] = openCursor(ctx, 'clients', filters, cursor) ?? []
    return inReach(ctx, async () => {
      const rows = await ctx.db
        .select()
        .from(apiClients)
        .where(
          and(
            eq(apiClients.networkId, ctx.networkId),
            after ? lt(apiClients.id, after) : undefined,
            filters.organizationId ? eq(apiClients.organizationId, filters.organizationId) : undefined,
          ),
        )
        .orderBy(desc(apiClients.id))
        .limit(limit + 1)
      const page = cutPage(rows, limit, ({ id }) => sealCursor(ctx, 'clients', filters, [id]))
      return { data: page.rows.map(toClient), nextCursor: page.nextCursor }
    })
  },
})

export const rotateClientSecret = action({
  id: 'clients.rotateSecret',
  scope: 'clients:write',
  input: RotateSecret,
  run: (ctx, { id, overlapSeconds }) =>
    inReach(ctx, async () => {
      const client = await bump(ctx, id, {})
      // A new secret for a client that may do more would be a way to do more.
      refuseWidening(ctx, client.organizationId, client.scopes)
      const end = new Date(ctx.now.getTime() + overlapSeconds * 1000)
      await ctx.db
        .update(clientSecrets)
        .set({ expiresAt: end })
        .where(
          and(
            eq(clientSecrets.networkId, ctx.networkId),
            eq(clientSecrets.clientId, id),
            or(isNull(clientSecrets.expiresAt), gt(clientSecrets.expiresAt, end)),
          ),
        )
      const secret = newSecret()
      await addSecret(ctx, client, secret)
      record(ctx, 'client.secret_rotated', client)
      return { ...toClient(client), clientSecret: secret }
    }),
})

export const revokeClient = action({
  id: 'clients.revoke',
  scope: 'clients:write',
  input: z.strictObject({ id: Id }),
  run: (ctx, { id }) =>
    inReach(ctx, async () => {
      const client = await bump(ctx, id, { status: 'revoked', revokedAt: ctx.now })
      record(ctx, 'client.revoked', client)
      return toClient(client)
    }),
})

/** Changes an active client, once: a revoked one stays as it is. */
async function bump(ctx: TxCtx, id: string, changes: Partial<Row>): Promise<Row> {
  const found = await findClient(ctx, id)
  checkVersion(ctx, found.version)
  if (found.status === 'revoked') throw new AppError('transition_not_allowed', 'The client is revoked.')
  const [row] = await ctx.db
    .update(apiClients)
    .set({ ...changes, version: found.version + 1, updatedAt: ctx.now })
    .where(
      and(
        eq(apiClients.networkId, ctx.networkId),
        eq(apiClients.id, id),
        eq(apiClients.version, found.version),
      ),
    )
    .returning()
  if (!row) throw new LostRace()
  return row
}

function record(ctx: TxCtx, type: Extract<EventType, `client.${string}`>, { id, organizationId }: Row) {
  ctx.emit({ type, subjectType: 'client', subjectId: id, readerIds: [organizationId] })
  ctx.touch({ subjectType: 'client', subjectId: id })
}
