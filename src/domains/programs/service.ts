import { and, desc, eq, lt } from 'drizzle-orm'
import { z } from 'zod'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { AppError, notFound } from '../../core/errors.ts'
import { Id, newId } from '../../core/id.ts'
import { mergePatch } from '../../core/merge.ts'
import { pageById } from '../../core/page.ts'
import { checkVersion } from '../../core/version.ts'
import { defined } from '../../core/wire.ts'
import { only } from '../../db/rows.ts'
import { LostRace } from '../../db/transaction.ts'
import { matches } from '../mentors/store.ts'
import { lastReport, toCapacity } from './capacity.ts'
import { NewProgram, ProgramChanges, ProgramFilter, ReportCapacity } from './contract.ts'
import { findProgram, type ProgramRow } from './store.ts'
import { programCapacities, programs } from './table.ts'
import { toProgram } from './view.ts'

export const createProgram = action({
  id: 'programs.create',
  scope: 'programs:write',
  input: NewProgram,
  run: async (ctx, input) => {
    const { networkId, organizationId, now } = ctx
    const [row] = await ctx.db
      .insert(programs)
      .values({ ...input, networkId, id: newId(now), organizationId, createdAt: now, updatedAt: now })
      .onConflictDoNothing()
      .returning()
    if (!row) throw new AppError('natural_key_taken', 'Your organization has a program of this name.')
    record(ctx, 'program.created', row.id)
    return toProgram(row)
  },
})

export const getProgram = action({
  id: 'programs.get',
  scope: 'programs:read',
  input: z.strictObject({ id: Id }),
  run: async (ctx, { id }) => {
    const [row, report] = await Promise.all([findProgram(ctx, id), lastReport(ctx, id)])
    return { ...toProgram(row), capacity: toCapacity(id, report, ctx.now) }
  },
})

export const listPrograms = action({
  id: 'programs.list',
  scope: 'programs:read',
  input: ProgramFilter,
  run: async (ctx, { limit, cursor, ...filters }) => {
    const page = await pageById(ctx, { list: 'programs', filters, limit, cursor }, (after, rows) =>
      ctx.db
        .select()
        .from(programs)
        .where(
          and(
            eq(programs.networkId, ctx.networkId),
            after ? lt(programs.id, after) : undefined,
            filters.organizationId ? eq(programs.organizationId, filters.organizationId) : undefined,
            filters.status ? eq(programs.status, filters.status) : undefined,
            filters.mentorId ? matches(ctx, filters.mentorId) : undefined,
          ),
        )
        .orderBy(desc(programs.id))
        .limit(rows),
    )
    return { data: page.rows.map(toProgram), nextCursor: page.nextCursor }
  },
})

export const updateProgram = action({
  id: 'programs.update',
  scope: 'programs:write',
  input: ProgramChanges,
  run: async (ctx, { id, ...changes }) => {
    const found = await findProgram(ctx, id)
    if (found.organizationId !== ctx.organizationId) throw notFound('program')
    checkVersion(ctx, found.version)
    const [row] = await ctx.db
      .update(programs)
      .set({ ...merged(found, changes), version: found.version + 1, updatedAt: ctx.now })
      .where(
        and(eq(programs.networkId, ctx.networkId), eq(programs.id, id), eq(programs.version, found.version)),
      )
      .returning()
    if (!row) throw new LostRace()
    record(ctx, 'program.updated', id)
    return toProgram(row)
  },
})

type Changes = Omit<z.output<typeof ProgramChanges>, 'id'>

/** What a merge patch makes of the program: rules are objects, and patched member by member. */
function merged(
  found: ProgramRow,
  { eligibility, clockSpans, matchWeights, startingIntensity, ...changes }: Changes,
) {
  return {
    ...defined(changes),
    ...(eligibility && { eligibility: mergePatch(found.eligibility, eligibility) }),
    ...(clockSpans && { clockSpans: mergePatch(found.clockSpans, clockSpans) }),
    ...(matchWeights && { matchWeights: mergePatch(found.matchWeights, matchWeights) }),
    ...(startingIntensity && { startingIntensity: mergePatch(found.startingIntensity, startingIntensity) }),
  }
}

/** Said by the program, never guessed from who happens to be free: what it can take on is its own judgement. */
export const reportCapacity = action({
  id: 'programs.reportCapacity',
  scope: 'programs:write',
  input: ReportCapacity,
  run: async (
    ctx,
    { id, freshForHours, openSlots = null, waitlistLength = null, medianWaitDays = null, status },
  ) => {
    const found = await findProgram(ctx, id)
    if (found.organizationId !== ctx.organizationId) throw notFound('program')
    checkVersion(ctx, found.version)
    const { networkId, organizationId, now } = ctx
    const row = only(
      await ctx.db
        .insert(programCapacities)
        .values({
          networkId,
          id: newId(now),
          organizationId,
          programId: id,
          status,
          openSlots,
          waitlistLength,
          medianWaitDays,
          asOf: now,
          freshUntil: new Date(now.getTime() + freshForHours * 3_600_000),
        })
        .returning(),
    )
    ctx.emit({
      type: 'program.capacity_reported',
      subjectType: 'program',
      subjectId: id,
      networkWide: true,
      codes: { status },
    })
    ctx.touch({ subjectType: 'program', subjectId: id })
    return { ...toProgram(found), capacity: toCapacity(id, row, now) }
  },
})

function record(ctx: TxCtx, type: 'program.created' | 'program.updated', id: string) {
  ctx.emit({ type, subjectType: 'program', subjectId: id, networkWide: true })
  ctx.touch({ subjectType: 'program', subjectId: id })
}
