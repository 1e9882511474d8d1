import { and, eq, inArray, lt } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { absentIfNotFound, invalidInput } from '../../core/errors.ts'
import { openCursor, pageById, sealCursor } from '../../core/page.ts'
import { defined } from '../../core/wire.ts'
import { keyOf } from '../../db/sealing.ts'
import { checkOf } from '../language/view.ts'
import { wordList } from '../language/words.ts'
import { findMentor, type MentorRow } from '../mentors/store.ts'
import { mentors, sealedMentors } from '../mentors/table.ts'
import { edit } from '../publications/steps.ts'
import {
  findForStep,
  findPublication,
  insertPublication,
  listVersionRows,
  type Publication,
  selectPublications,
  tell,
} from '../publications/store.ts'
import { publications } from '../publications/table.ts'
import { ById, NewStory, type Story, StoryChanges, StoryFilter, VersionsOf } from './contract.ts'
import { toTelling } from './telling.ts'
import { contentOf, textsOf, toStory, toStoryVersion } from './view.ts'

/** An answer that is repeated under its key is read anew: of a story that was withdrawn meanwhile nothing is told. */
const stillThere = async (ctx: TxCtx, answer: Story): Promise<Story> => {
  await findPublication(ctx, 'story', answer.id)
  return answer
}

export const createStory = action({
  id: 'stories.create',
  scope: 'stories:write',
  portal: ['mentor'],
  input: NewStory,
  again: stillThere,
  run: async (ctx, { mentorId: named, text = null, ...said }) => {
    const mentor = await teller(ctx, named)
    const telling = toTelling({ ...said, text })
    const made = await insertPublication(
      ctx,
      { kind: 'story', mentorId: mentor.id, key: keyOf(mentor) },
      telling,
    )
    tell(ctx, 'story', 'created', made.head)
    return toStory(ctx, made, mentor)
  },
})

async function teller(ctx: TxCtx, named: string | undefined): Promise<MentorRow> {
  if (ctx.person && named !== undefined && named !== ctx.person.id)
    throw invalidInput({
      path: ['mentorId'],
      code: 'unknown_mentor',
      detail: 'A portal token tells its own story.',
    })
  const id = ctx.person?.id ?? named
  if (id === undefined)
    throw invalidInput({ path: ['mentorId'], code: 'required', detail: 'Whose story is it?' })
  const mentor = await findMentor(ctx, id).catch(absentIfNotFound)
  if (mentor) return mentor
  throw invalidInput({
    path: ['mentorId'],
    code: 'unknown_mentor',
    detail: 'Your organization has no such mentor.',
  })
}

export async function storyWithTeller(ctx: TxCtx, id: string) {
  const found = await findPublication(ctx, 'story', id)
  return { found, mentor: await findMentor(ctx, found.head.keyId) }
}

export const getStory = action({
  id: 'stories.get',
  scope: 'stories:read',
  portal: ['mentor'],
  input: ById,
  run: async (ctx, { id }) => {
    const { found, mentor } = await storyWithTeller(ctx, id)
    ctx.touch({ subjectType: 'story', subjectId: id })
    return toStory(ctx, found, mentor)
  },
})

export const listStories = action({
  id: 'stories.list',
  scope: 'stories:read',
  portal: ['mentor'],
  input: StoryFilter,
  run: async (ctx, { limit, cursor, ...filters }) => {
    const { organizationId, mentorId, status, id } = publications
    const page = await pageById(ctx, { list: 'stories', filters, limit, cursor }, async (after, wanted) => {
      const rows = await selectPublications(
        ctx,
        'story',
        and(
          eq(organizationId, ctx.organizationId),
          filters.mentorId ? eq(mentorId, filters.mentorId) : undefined,
          filters.status ? eq(status, filters.status) : undefined,
          after ? lt(id, after) : undefined,
        ),
        wanted,
      )
      return rows.map((found) => ({ id: found.head.id, found }))
    })
    const tellers = await tellersOf(
      ctx,
      page.rows.map(({ found }) => found),
    )
    const data = page.rows.flatMap(({ id: storyId, found }) => {
      const mentor = tellers.get(found.head.keyId)
      if (!mentor) return []
      ctx.touch({ subjectType: 'story', subjectId: storyId })
      return [toStory(ctx, found, mentor)]
    })
    return { data, nextCursor: page.nextCursor }
  },
})

async function tellersOf(ctx: TxCtx, found: readonly Publication[]): Promise<Map<string, MentorRow>> {
  if (found.length === 0) return new Map()
  const ids = [...new Set(found.map(({ head }) => head.keyId))]
  const rows = await ctx.db
    .select(sealedMentors.columns)
    .from(mentors)
    .where(and(eq(mentors.networkId, ctx.networkId), inArray(mentors.id, ids)))
  return new Map((await sealedMentors.open(ctx, rows)).map((row) => [row.id, row]))
}

export const updateStory = action({
  id: 'stories.update',
  scope: 'stories:write',
  portal: ['mentor'],
  input: StoryChanges,
  again: stillThere,
  run: async (ctx, { id, ...said }) => {
    const found = await findForStep(ctx, 'story', id, 'edit')
    const mentor = await findMentor(ctx, found.head.keyId)
    const { language, tags, audiences } = found.latest
    const before = { ...contentOf(found.latest), language, tags, audiences }
    const changed = await edit(ctx, found, toTelling({ ...before, ...defined(said) }))
    return toStory(ctx, changed, mentor)
  },
})

export const listStoryVersions = action({
  id: 'stories.versions',
  scope: 'stories:read',
  portal: ['mentor'],
  input: VersionsOf,
  run: async (ctx, { id, limit, cursor }) => {
    const list = 'storyVersions'
    const [before] = openCursor(ctx, list, id, cursor) ?? []
    const { mentor } = await storyWithTeller(ctx, id)
    const rows = await listVersionRows(ctx, id, {
      before: before === undefined ? undefined : Number(before),
      limit: limit + 1,
    })
    ctx.touch({ subjectType: 'story', subjectId: id })
    const shown = rows.slice(0, limit)
    const last = shown.at(-1)
    return {
      data: shown.map((row) => toStoryVersion(ctx, row, mentor)),
      nextCursor: rows.length > limit && last ? sealCursor(ctx, list, id, [String(last.number)]) : null,
    }
  },
})

export const checkStoryLanguage = action({
  id: 'stories.checkLanguage',
  scope: 'stories:read',
  portal: ['mentor'],
  input: ById,
  run: async (ctx, { id }) => {
    const { head, latest } = await findPublication(ctx, 'story', id)
    ctx.touch({ subjectType: 'story', subjectId: id })
    const checks = textsOf(contentOf(latest)).map(({ member, text }) => ({
      member,
      ...checkOf(text, latest.language),
    }))
    return {
      wordList,
      checked: checks.every(({ checked }) => checked),
      findings: checks.flatMap(({ member, findings }) => findings.map((finding) => ({ member, ...finding }))),
      version: head.version,
    }
  },
})
