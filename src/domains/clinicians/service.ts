import { createHash } from 'node:crypto'
import { and, desc, eq, isNotNull, isNull, lt } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import { pageById } from '../../core/page.ts'
import { findMentor } from '../mentors/store.ts'
import { checklistsOf } from '../qualifications/store.ts'
import { ById, ClinicianTermsFilter, type MentorReadiness, OfMentor } from './contract.ts'
import { findAcceptance, findTerms } from './store.ts'
import { clinicianAcceptances, clinicianTerms } from './table.ts'
import { toAcceptance, toReadiness, toTerms } from './view.ts'

export const getTerms = action({
  id: 'clinicianTerms.get',
  scope: 'mentors:read',
  input: ById,
  run: async (ctx, { id }) => toTerms(await findTerms(ctx, id)),
})

/** A mentor reads what they are asked to accept with their own token. */
export const listTerms = action({
  id: 'clinicianTerms.list',
  scope: 'mentors:read',
  portal: ['mentor'],
  input: ClinicianTermsFilter,
  run: async (ctx, { limit, cursor, ...filters }) => {
    if (ctx.person) await findMentor(ctx, ctx.person.id)
    ctx.beyondPerson()
    const { kind, inForce } = filters
    const page = await pageById(ctx, { list: 'clinicianTerms', filters, limit, cursor }, (after, rows) =>
      ctx.db
        .select()
        .from(clinicianTerms)
        .where(
          and(
            eq(clinicianTerms.networkId, ctx.networkId),
            eq(clinicianTerms.organizationId, ctx.organizationId),
            after ? lt(clinicianTerms.id, after) : undefined,
            kind ? eq(clinicianTerms.kind, kind) : undefined,
            inForce === undefined
              ? undefined
              : inForce === 'true'
                ? isNull(clinicianTerms.supersededAt)
                : isNotNull(clinicianTerms.supersededAt),
          ),
        )
        .orderBy(desc(clinicianTerms.id))
        .limit(rows),
    )
    return { data: page.rows.map(toTerms), nextCursor: page.nextCursor }
  },
})

export const getAcceptance = action({
  id: 'clinicianAcceptances.get',
  scope: 'mentors:read',
  portal: ['mentor'],
  input: ById,
  run: async (ctx, { id }) => {
    const row = await findAcceptance(ctx, id)
    ctx.touch({ subjectType: 'clinician_acceptance', subjectId: id })
    return toAcceptance(row)
  },
})

export const listAcceptances = action({
  id: 'clinicianAcceptances.list',
  scope: 'mentors:read',
  portal: ['mentor'],
  input: OfMentor,
  run: async (ctx, { id, limit, cursor }) => {
    await findMentor(ctx, id)
    const page = await pageById(
      ctx,
      { list: 'clinicianAcceptances', filters: { id }, limit, cursor },
      (after, rows) =>
        ctx.db
          .select()
          .from(clinicianAcceptances)
          .where(
            and(
              eq(clinicianAcceptances.networkId, ctx.networkId),
              eq(clinicianAcceptances.mentorId, id),
              after ? lt(clinicianAcceptances.id, after) : undefined,
            ),
          )
          .orderBy(desc(clinicianAcceptances.id))
          .limit(rows),
    )
    for (const row of page.rows) ctx.touch({ subjectType: 'clinician_acceptance', subjectId: row.id })
    return { data: page.rows.map(toAcceptance), nextCursor: page.nextCursor }
  },
})

export const getReadiness = action({
  id: 'mentors.readiness',
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
    return toReadiness(mentor, checklist)
  },
})

/** It is computed and has no version: its validator is what it says. */
export const readinessTag = (readiness: MentorReadiness): string =>
  `"r${createHash('sha256').update(JSON.stringify(readiness)).digest('base64url').slice(0, 22)}"`
