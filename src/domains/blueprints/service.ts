import { and, eq, lt } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { absentIfNotFound, invalidInput } from '../../core/errors.ts'
import { newId } from '../../core/id.ts'
import { openCursor, pageById, sealCursor } from '../../core/page.ts'
import { defined } from '../../core/wire.ts'
import { newPersonKey } from '../../db/person-keys.ts'
import { keyOf } from '../../db/sealing.ts'
import { findMentor } from '../mentors/store.ts'
import { findProgram } from '../programs/store.ts'
import { edit } from '../publications/steps.ts'
import {
  findForStep,
  findPublication,
  insertPublication,
  listVersionRows,
  type NewPublication,
  selectPublications,
  tell,
} from '../publications/store.ts'
import { publications } from '../publications/table.ts'
import { ById, VersionsOf } from '../stories/contract.ts'
import { type Blueprint, BlueprintChanges, BlueprintFilter, NewBlueprint } from './contract.ts'
import { contentOf, toBlueprint, toBlueprintVersion, toTelling } from './view.ts'

/** An answer that is repeated under its key is read anew: of one that was withdrawn meanwhile nothing is told. */
const stillThere = async (ctx: TxCtx, answer: Blueprint): Promise<Blueprint> => {
  await findPublication(ctx, 'blueprint', answer.id)
  return answer
}

export const createBlueprint = action({
  id: 'blueprints.create',
  scope: 'stories:write',
  portal: ['mentor'],
  input: NewBlueprint,
  again: stillThere,
  run: async (ctx, { mentorId, programId, summary = null, ...said }) => {
    const telling = toTelling({ ...said, summary })
    const owner = await (programId === undefined ? ownerOf(ctx, mentorId) : programOf(ctx, programId))
    const made = await insertPublication(ctx, { kind: 'blueprint', ...owner }, telling)
    tell(ctx, 'blueprint', 'created', made.head)
    return toBlueprint(made)
  },
})

/** A mentor's way is sealed under their key; a program's and the organization's have one of their own. */
async function ownerOf(ctx: TxCtx, named: string | undefined): Promise<Owner> {
  const id = ctx.person?.id ?? named
  if (id === undefined) return nobodys(ctx)
  const mentor =
    named === undefined || named === id ? await findMentor(ctx, id).catch(absentIfNotFound) : undefined
  if (mentor) return { mentorId: id, key: keyOf(mentor) }
  throw invalidInput({
    path: ['mentorId'],
    code: 'unknown_mentor',
    detail: 'Your organization has no such mentor, or the token is another’s.',
  })
}

type Owner = Omit<NewPublication, 'kind'>

async function nobodys(ctx: TxCtx): Promise<Owner> {
  const id = newId(ctx.now)
  return { id, mentorId: null, key: await newPersonKey(ctx, id) }
}

async function programOf(ctx: TxCtx, programId: string): Promise<Owner> {
  const found = ctx.person ? undefined : await findProgram(ctx, programId).catch(absentIfNotFound)
  if (found?.organizationId === ctx.organizationId) return { ...(await nobodys(ctx)), programId }
  throw invalidInput({
    path: ['programId'],
    code: 'unknown_program',
    detail: 'Your organization has no such program, or the token is a mentor’s.',
  })
}

export const getBlueprint = action({
  id: 'blueprints.get',
  scope: 'stories:read',
  portal: ['mentor'],
  input: ById,
  run: async (ctx, { id }) => {
    const found = await findPublication(ctx, 'blueprint', id)
    ctx.touch({ subjectType: 'blueprint', subjectId: id })
    return toBlueprint(found)
  },
})

export const listBlueprints = action({
  id: 'blueprints.list',
  scope: 'stories:read',
  portal: ['mentor'],
  input: BlueprintFilter,
  run: async (ctx, { limit, cursor, ...filters }) => {
    const { organizationId, mentorId, programId, status, id } = publications
    const page = await pageById(
      ctx,
      { list: 'blueprints', filters, limit, cursor },
      async (after, wanted) => {
        const rows = await selectPublications(
          ctx,
          'blueprint',
          and(
            eq(organizationId, ctx.organizationId),
            filters.mentorId ? eq(mentorId, filters.mentorId) : undefined,
            filters.programId ? eq(programId, filters.programId) : undefined,
            filters.status ? eq(status, filters.status) : undefined,
            after ? lt(id, after) : undefined,
          ),
          wanted,
        )
        return rows.map((found) => ({ id: found.head.id, found }))
      },
    )
    for (const { id: subjectId } of page.rows) ctx.touch({ subjectType: 'blueprint', subjectId })
    return { data: page.rows.map(({ found }) => toBlueprint(found)), nextCursor: page.nextCursor }
  },
})

export const updateBlueprint = action({
  id: 'blueprints.update',
  scope: 'stories:write',
  portal: ['mentor'],
  input: BlueprintChanges,
  again: stillThere,
  run: async (ctx, { id, ...said }) => {
    const found = await findForStep(ctx, 'blueprint', id, 'edit')
    const before = { ...contentOf(found.latest), language: found.latest.language }
    return toBlueprint(await edit(ctx, found, toTelling({ ...before, ...defined(said) })))
  },
})

export const listBlueprintVersions = action({
  id: 'blueprints.versions',
  scope: 'stories:read',
  portal: ['mentor'],
  input: VersionsOf,
  run: async (ctx, { id, limit, cursor }) => {
    const list = 'blueprintVersions'
    const [before] = openCursor(ctx, list, id, cursor) ?? []
    await findPublication(ctx, 'blueprint', id)
    const rows = await listVersionRows(ctx, id, {
      before: before === undefined ? undefined : Number(before),
      limit: limit + 1,
    })
    ctx.touch({ subjectType: 'blueprint', subjectId: id })
    const shown = rows.slice(0, limit)
    const last = shown.at(-1)
    return {
      data: shown.map(toBlueprintVersion),
      nextCursor: rows.length > limit && last ? sealCursor(ctx, list, id, [String(last.number)]) : null,
    }
  },
})
