import { and, desc, eq, lt } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import { AppError, invalidInput, notFound } from '../../core/errors.ts'
import { newId } from '../../core/id.ts'
import { pageById } from '../../core/page.ts'
import { checkVersion } from '../../core/version.ts'
import { LostRace } from '../../db/transaction.ts'
import { castShadow } from '../decisions/shadow.ts'
import { organizationsAmong } from '../organizations/store.ts'
import { findOwnPatient } from '../patients/store.ts'
import { EndTreatingRelationship, NewTreatingRelationship, TreatingFilter } from './contract.ts'
import { treatingRelationships } from './table.ts'
import { toTreating } from './view.ts'

export const createTreatingRelationship = action({
  id: 'treatingRelationships.create',
  scope: 'consents:write',
  input: NewTreatingRelationship,
  run: async (ctx, { id: patientId, treatingOrganizationId, beganOn }) => {
    const { networkId, organizationId, now } = ctx
    const [known] = await Promise.all([
      organizationsAmong(ctx, [treatingOrganizationId]),
      findOwnPatient(ctx, patientId),
    ])
    if (!known.has(treatingOrganizationId))
      throw invalidInput({
        path: ['treatingOrganizationId'],
        code: 'unknown_organization',
        detail: 'The network has no such organization.',
      })
    const [row] = await ctx.db
      .insert(treatingRelationships)
      .values({
        networkId,
        id: newId(now),
        organizationId,
        readerIds: [treatingOrganizationId].filter((id) => id !== organizationId),
        patientId,
        treatingOrganizationId,
        beganOn: beganOn ?? now.toISOString().slice(0, 10),
        createdAt: now,
        updatedAt: now,
      })
      .onConflictDoNothing()
      .returning()
    if (!row)
      throw new AppError('natural_key_taken', 'That this organization treats the patient is known already.')
    ctx.emit({
      type: 'treating_relationship.began',
      subjectType: 'treating_relationship',
      subjectId: row.id,
      patientId,
    })
    ctx.touch({ subjectType: 'treating_relationship', subjectId: row.id, patientId })
    await castShadow(ctx, patientId)
    return toTreating(row)
  },
})

export const listTreatingRelationships = action({
  id: 'treatingRelationships.list',
  scope: 'consents:read',
  input: TreatingFilter,
  run: async (ctx, { id: patientId, limit, cursor }) => {
    await findOwnPatient(ctx, patientId)
    const page = await pageById(
      ctx,
      { list: 'treating-relationships', filters: patientId, limit, cursor },
      (after, rows) =>
        ctx.db
          .select()
          .from(treatingRelationships)
          .where(
            and(
              eq(treatingRelationships.networkId, ctx.networkId),
              eq(treatingRelationships.patientId, patientId),
              after ? lt(treatingRelationships.id, after) : undefined,
            ),
          )
          .orderBy(desc(treatingRelationships.id))
          .limit(rows),
    )
    ctx.touch({ subjectType: 'patient', subjectId: patientId, patientId })
    return { data: page.rows.map(toTreating), nextCursor: page.nextCursor }
  },
})

export const endTreatingRelationship = action({
  id: 'treatingRelationships.end',
  scope: 'consents:write',
  input: EndTreatingRelationship,
  run: async (ctx, { id, endedOn }) => {
    const mine = and(
      eq(treatingRelationships.networkId, ctx.networkId),
      eq(treatingRelationships.id, id),
      eq(treatingRelationships.organizationId, ctx.organizationId),
    )
    const [found] = await ctx.db.select().from(treatingRelationships).where(mine)
    if (!found) throw notFound('treating relationship')
    checkVersion(ctx, found.version)
    if (found.endedOn !== null) throw new AppError('transition_not_allowed', 'It has ended already.')
    const on = endedOn ?? ctx.now.toISOString().slice(0, 10)
    if (on < found.beganOn)
      throw invalidInput({
        path: ['endedOn'],
        code: 'ends_before_start',
        detail: 'It ends on or after the day it began.',
      })
    const [row] = await ctx.db
      .update(treatingRelationships)
      .set({ endedOn: on, version: found.version + 1, updatedAt: ctx.now })
      .where(and(mine, eq(treatingRelationships.version, found.version)))
      .returning()
    if (!row) throw new LostRace()
    ctx.emit({
      type: 'treating_relationship.ended',
      subjectType: 'treating_relationship',
      subjectId: id,
      patientId: row.patientId,
    })
    ctx.touch({ subjectType: 'treating_relationship', subjectId: id, patientId: row.patientId })
    await castShadow(ctx, row.patientId)
    return toTreating(row)
  },
})
