import { and, desc, eq, lt } from 'drizzle-orm'
import { z } from 'zod'
import { action } from '../../core/action.ts'
import { AppError, invalidInput, notFound } from '../../core/errors.ts'
import { Id, newId } from '../../core/id.ts'
import { pageById } from '../../core/page.ts'
import { checkVersion } from '../../core/version.ts'
import { defined } from '../../core/wire.ts'
import { LostRace } from '../../db/transaction.ts'
import { medicalKinds, NewOrganization, OrganizationChanges, OrganizationFilter } from './contract.ts'
import { findOrganization } from './store.ts'
import { organizations } from './table.ts'
import { toOrganization } from './view.ts'

const nameTaken = () =>
  new AppError('natural_key_taken', 'Another organization of the network has this name.')

export const createOrganization = action({
  id: 'organizations.create',
  scope: 'network:write',
  input: NewOrganization,
  run: (ctx, input) =>
    ctx.acrossOrganizations(async () => {
      const [row] = await ctx.db
        .insert(organizations)
        .values({
          ...input,
          networkId: ctx.networkId,
          id: newId(ctx.now),
          createdAt: ctx.now,
          updatedAt: ctx.now,
        })
        .onConflictDoNothing()
        .returning()
      if (!row) throw nameTaken()
      ctx.emit({
        type: 'organization.created',
        subjectType: 'organization',
        subjectId: row.id,
        networkWide: true,
      })
      ctx.touch({ subjectType: 'organization', subjectId: row.id })
      return toOrganization(row)
    }),
})

export const getOrganization = action({
  id: 'organizations.get',
  scope: 'organizations:read',
  input: z.strictObject({ id: Id }),
  run: async (ctx, { id }) => toOrganization(await findOrganization(ctx, id)),
})

export const listOrganizations = action({
  id: 'organizations.list',
  scope: 'organizations:read',
  input: OrganizationFilter,
  run: async (ctx, { limit, cursor, ...filters }) => {
    const page = await pageById(ctx, { list: 'organizations', filters, limit, cursor }, (after, rows) =>
      ctx.db
        .select()
        .from(organizations)
        .where(
          and(
            eq(organizations.networkId, ctx.networkId),
            after ? lt(organizations.id, after) : undefined,
            filters.kind ? eq(organizations.kind, filters.kind) : undefined,
          ),
        )
        .orderBy(desc(organizations.id))
        .limit(rows),
    )
    return { data: page.rows.map(toOrganization), nextCursor: page.nextCursor }
  },
})

export const updateOrganization = action({
  id: 'organizations.update',
  scope: 'organizations:write',
  input: OrganizationChanges,
  run: async (ctx, { id, ...changes }) => {
    const found = await findOrganization(ctx, id)
    // The directory is open to the network, so that an organization exists is no secret; changing it is its own.
    if (id !== ctx.organizationId) throw notFound('organization')
    checkVersion(ctx, found.version)
    // Medical personnel look at a person's record in an emergency: nobody becomes such an organization by their own word.
    if (changes.kind && changes.kind !== found.kind && medicalKinds.has(changes.kind))
      throw invalidInput({
        path: ['kind'],
        code: 'kind_given_by_office',
        detail:
          'An organization is added as one of this kind by the network’s office; it does not become one.',
      })
    const [row] = await ctx.db
      .update(organizations)
      .set({ ...defined(changes), version: found.version + 1, updatedAt: ctx.now })
      .where(
        and(
          eq(organizations.networkId, ctx.networkId),
          eq(organizations.id, id),
          eq(organizations.version, found.version),
        ),
      )
      .returning()
    if (!row) throw new LostRace()
    ctx.emit({ type: 'organization.updated', subjectType: 'organization', subjectId: id, networkWide: true })
    ctx.touch({ subjectType: 'organization', subjectId: id })
    return toOrganization(row)
  },
})
