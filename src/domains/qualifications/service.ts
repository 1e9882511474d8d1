import { createHash } from 'node:crypto'
import { and, desc, eq, lt } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { AppError } from '../../core/errors.ts'
import { newId } from '../../core/id.ts'
import { pageById } from '../../core/page.ts'
import { checkVersion } from '../../core/version.ts'
import { LostRace } from '../../db/transaction.ts'
import { findMentor } from '../mentors/store.ts'
import {
  ById,
  type MentorEligibility,
  NewMentorRequirement,
  OfMentor,
  RequirementFilter,
} from './contract.ts'
import { changePapers } from './remediation.ts'
import { checklistsOf, findCredential, findRequirement, findScreening } from './store.ts'
import {
  mentorCredentials,
  mentorRequirements,
  mentorScreenings,
  sealedCredentials,
  sealedScreenings,
} from './table.ts'
import { toCredential, toEligibility, toRequirement, toScreening } from './view.ts'

/** A requirement counts from the moment it is set: it changes at once who is matched. */
export const setRequirement = action({
  id: 'mentorRequirements.set',
  scope: 'mentors:write',
  input: NewMentorRequirement,
  run: async (ctx, { validMonths = null, leastVerification = null, source = null, ...input }) => {
    const { networkId, organizationId, now } = ctx
    const row = await changePapers(ctx, { organizationId }, async () => {
      const [row] = await ctx.db
        .insert(mentorRequirements)
        .values({
          ...input,
          validMonths,
          leastVerification,
          source,
          networkId,
          id: newId(now),
          organizationId,
          createdAt: now,
          updatedAt: now,
        })
        .onConflictDoNothing()
        .returning()
      return row
    })
    if (!row)
      throw new AppError(
        'natural_key_taken',
        'A requirement of this item and code is in force. End it, then set it anew.',
      )
    record(ctx, 'requirement.set', row)
    return toRequirement(row)
  },
})

/** Ending twice changes nothing: it stays ended since the first time. */
export const endRequirement = action({
  id: 'mentorRequirements.end',
  scope: 'mentors:write',
  input: ById,
  run: async (ctx, { id }) => {
    const found = await findRequirement(ctx, id)
    checkVersion(ctx, found.version)
    if (found.endedAt) return toRequirement(found)
    const row = await changePapers(ctx, { organizationId: found.organizationId }, async () => {
      const [row] = await ctx.db
        .update(mentorRequirements)
        .set({ endedAt: ctx.now, version: found.version + 1, updatedAt: ctx.now })
        .where(
          and(
            eq(mentorRequirements.networkId, ctx.networkId),
            eq(mentorRequirements.id, id),
            eq(mentorRequirements.version, found.version),
          ),
        )
        .returning()
      if (!row) throw new LostRace()
      return row
    })
    record(ctx, 'requirement.ended', row)
    return toRequirement(row)
  },
})

function record(
  ctx: TxCtx,
  type: 'requirement.set' | 'requirement.ended',
  { id, item, code }: typeof mentorRequirements.$inferSelect,
) {
  ctx.emit({ type, subjectType: 'requirement', subjectId: id, codes: { item, code } })
  ctx.touch({ subjectType: 'requirement', subjectId: id })
}

export const getRequirement = action({
  id: 'mentorRequirements.get',
  scope: 'mentors:read',
  input: ById,
  run: async (ctx, { id }) => toRequirement(await findRequirement(ctx, id)),
})

export const listRequirements = action({
  id: 'mentorRequirements.list',
  scope: 'mentors:read',
  input: RequirementFilter,
  run: async (ctx, { limit, cursor, ...filters }) => {
    const { rows, nextCursor } = await pageById(
      ctx,
      { list: 'mentorRequirements', filters, limit, cursor },
      (after, wanted) =>
        ctx.db
          .select()
          .from(mentorRequirements)
          .where(
            and(
              eq(mentorRequirements.networkId, ctx.networkId),
              eq(mentorRequirements.organizationId, ctx.organizationId),
              after ? lt(mentorRequirements.id, after) : undefined,
              filters.item ? eq(mentorRequirements.item, filters.item) : undefined,
            ),
          )
          .orderBy(desc(mentorRequirements.id))
          .limit(wanted),
    )
    return { data: rows.map(toRequirement), nextCursor }
  },
})

export const getEligibility = action({
  id: 'mentors.eligibility',
  scope: 'mentors:read',
  portal: ['mentor'],
  input: ById,
  run: async (ctx, { id }) => {
    const mentor = await findMentor(ctx, id)
    // The mentor is the caller's own; from here on nothing but this mentor's papers is read.
    ctx.beyondPerson()
    const checklist = (await checklistsOf(ctx, [mentor])).get(id)
    if (!checklist) throw new Error('A checklist is made for every mentor')
    ctx.touch({ subjectType: 'mentor', subjectId: id })
    return toEligibility(id, checklist)
  },
})

/** It is computed and has no version: its validator is what it says. */
export function eligibilityTag(eligibility: MentorEligibility): string {
  return `"q${createHash('sha256').update(JSON.stringify(eligibility)).digest('base64url').slice(0, 22)}"`
}

export const getScreening = action({
  id: 'screenings.get',
  scope: 'mentors:read',
  input: ById,
  run: async (ctx, { id }) => {
    const row = await findScreening(ctx, id)
    ctx.touch({ subjectType: 'screening', subjectId: id })
    return toScreening(row)
  },
})

export const listScreenings = action({
  id: 'screenings.list',
  scope: 'mentors:read',
  input: OfMentor,
  run: async (ctx, { id, limit, cursor }) => {
    const mentor = findMentor(ctx, id)
    const page = pageById(ctx, { list: 'screenings', filters: { id }, limit, cursor }, (after, wanted) =>
      ctx.db
        .select(sealedScreenings.columns)
        .from(mentorScreenings)
        .where(
          and(
            eq(mentorScreenings.networkId, ctx.networkId),
            eq(mentorScreenings.mentorId, id),
            after ? lt(mentorScreenings.id, after) : undefined,
          ),
        )
        .orderBy(desc(mentorScreenings.id))
        .limit(wanted),
    )
    const [{ rows, nextCursor }] = await Promise.all([page, mentor])
    for (const row of rows) ctx.touch({ subjectType: 'screening', subjectId: row.id })
    return { data: (await sealedScreenings.open(ctx, rows)).map(toScreening), nextCursor }
  },
})

export const getCredential = action({
  id: 'credentials.get',
  scope: 'mentors:read',
  input: ById,
  run: async (ctx, { id }) => {
    const row = await findCredential(ctx, id)
    ctx.touch({ subjectType: 'credential', subjectId: id })
    return toCredential(row)
  },
})

export const listCredentials = action({
  id: 'credentials.list',
  scope: 'mentors:read',
  input: OfMentor,
  run: async (ctx, { id, limit, cursor }) => {
    const mentor = findMentor(ctx, id)
    const page = pageById(ctx, { list: 'credentials', filters: { id }, limit, cursor }, (after, wanted) =>
      ctx.db
        .select(sealedCredentials.columns)
        .from(mentorCredentials)
        .where(
          and(
            eq(mentorCredentials.networkId, ctx.networkId),
            eq(mentorCredentials.mentorId, id),
            after ? lt(mentorCredentials.id, after) : undefined,
          ),
        )
        .orderBy(desc(mentorCredentials.id))
        .limit(wanted),
    )
    const [{ rows, nextCursor }] = await Promise.all([page, mentor])
    for (const row of rows) ctx.touch({ subjectType: 'credential', subjectId: row.id })
    return { data: (await sealedCredentials.open(ctx, rows)).map(toCredential), nextCursor }
  },
})
