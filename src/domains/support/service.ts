import { and, desc, eq, lt } from 'drizzle-orm'
import { z } from 'zod'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { notFound } from '../../core/errors.ts'
import { Id, newId } from '../../core/id.ts'
import { pageById } from '../../core/page.ts'
import { checkVersion } from '../../core/version.ts'
import { defined, toInstant } from '../../core/wire.ts'
import { insertRows } from '../../db/insert.ts'
import { LostRace } from '../../db/transaction.ts'
import { findOrganization } from '../organizations/store.ts'
import {
  NeedFilter,
  NewOrganizationNeed,
  type OrganizationNeed,
  OrganizationNeedChanges,
} from './contract.ts'
import { organizationNeeds } from './table.ts'

type NeedRow = typeof organizationNeeds.$inferSelect

const toNeed = ({ networkId: _, ...row }: NeedRow): OrganizationNeed => ({
  ...row,
  createdAt: toInstant(row.createdAt),
  updatedAt: toInstant(row.updatedAt),
})

export const publishNeed = action({
  id: 'organizationNeeds.publish',
  scope: 'organizations:write',
  input: NewOrganizationNeed,
  run: async (ctx, { id: organizationId, quantity = null, untilOn = null, ...said }) => {
    // The directory is open to the network; what an organization needs is its own to say.
    if (organizationId !== ctx.organizationId) throw notFound('organization')
    const { networkId, now } = ctx
    const row: NeedRow = {
      ...said,
      networkId,
      id: newId(now),
      organizationId,
      quantity,
      untilOn,
      status: 'open',
      version: 1,
      createdAt: now,
      updatedAt: now,
    }
    ctx.write(insertRows(organizationNeeds, row))
    tell(ctx, 'organization_need.published', row)
    return toNeed(row)
  },
})

export const updateNeed = action({
  id: 'organizationNeeds.update',
  scope: 'organizations:write',
  input: OrganizationNeedChanges,
  run: async (ctx, { id, ...changes }) => {
    const found = await findNeed(ctx, id)
    if (found.organizationId !== ctx.organizationId) throw notFound('need')
    checkVersion(ctx, found.version)
    const [row] = await ctx.db
      .update(organizationNeeds)
      .set({ ...defined(changes), version: found.version + 1, updatedAt: ctx.now })
      .where(
        and(
          eq(organizationNeeds.networkId, ctx.networkId),
          eq(organizationNeeds.id, id),
          eq(organizationNeeds.version, found.version),
        ),
      )
      .returning()
    if (!row) throw new LostRace()
    tell(ctx, 'organization_need.updated', row)
    return toNeed(row)
  },
})

function tell(
  ctx: TxCtx,
  type: `organization_need.${'published' | 'updated'}`,
  { id, kind, status }: NeedRow,
) {
  ctx.emit({
    type,
    subjectType: 'organization_need',
    subjectId: id,
    networkWide: true,
    codes: { kind, status },
  })
  ctx.touch({ subjectType: 'organization_need', subjectId: id })
}

async function findNeed({ db, networkId }: TxCtx, id: string): Promise<NeedRow> {
  const [row] = await db
    .select()
    .from(organizationNeeds)
    .where(and(eq(organizationNeeds.networkId, networkId), eq(organizationNeeds.id, id)))
  if (!row) throw notFound('need')
  return row
}

export const getNeed = action({
  id: 'organizationNeeds.get',
  scope: 'organizations:read',
  input: z.strictObject({ id: Id }),
  run: async (ctx, { id }) => toNeed(await findNeed(ctx, id)),
})

export const listNeeds = action({
  id: 'organizationNeeds.list',
  scope: 'organizations:read',
  input: NeedFilter,
  run: async (ctx, { limit, cursor, ...filters }) => {
    const { id: organizationId, status } = filters
    const page = pageById(ctx, { list: 'organizationNeeds', filters, limit, cursor }, (after, rows) =>
      ctx.db
        .select()
        .from(organizationNeeds)
        .where(
          and(
            eq(organizationNeeds.networkId, ctx.networkId),
            eq(organizationNeeds.organizationId, organizationId),
            after ? lt(organizationNeeds.id, after) : undefined,
            status ? eq(organizationNeeds.status, status) : undefined,
          ),
        )
        .orderBy(desc(organizationNeeds.id))
        .limit(rows),
    )
    const [{ rows, nextCursor }] = await Promise.all([page, findOrganization(ctx, organizationId)])
    return { data: rows.map(toNeed), nextCursor }
  },
})
