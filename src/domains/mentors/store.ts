import { and, eq, gt, isNull, or, type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { AppError, notFound } from '../../core/errors.ts'
import { anyOf } from '../../db/each.ts'
import { onceForIds } from '../../db/once.ts'
import type { Opened } from '../../db/sealing.ts'
import { LostRace } from '../../db/transaction.ts'
import { programs } from '../programs/table.ts'
import { isEligible } from './rules.ts'
import { mentors, sealedMentors } from './table.ts'

export type MentorRow = Opened<typeof mentors>

const thisOne = ({ networkId }: TxCtx, id: string) =>
  and(eq(mentors.networkId, networkId), eq(mentors.id, id))

export async function findMentor(ctx: TxCtx, id: string): Promise<MentorRow> {
  const rows = await ctx.db.select(sealedMentors.columns).from(mentors).where(thisOne(ctx, id))
  const [row] = await sealedMentors.open(ctx, rows)
  if (!row) throw notFound('mentor')
  return row
}

const byId = onceForIds((db, isOneOf) =>
  db
    .select(sealedMentors.columns)
    .from(mentors)
    .where(and(eq(mentors.networkId, sql.placeholder('networkId')), isOneOf(mentors.id))),
)

/** Those of many that the caller may see, in no order. */
export const mentorsById = async (ctx: TxCtx, ids: readonly string[]): Promise<MentorRow[]> =>
  ids.length === 0 ? [] : sealedMentors.open(ctx, await byId(ctx, { ids }))

/** Whether a program of the mentor's organization takes mentors of their kind. */
export const isMatchedBy = ({ networkId }: TxCtx, programId: SQLWrapper | string): SQL =>
  sql`exists (select 1 from ${programs} where ${programs.networkId} = ${networkId} and ${programs.id} = ${programId}
    and ${programs.organizationId} = ${mentors.organizationId} and ${takesKind})`

/** Of a program and a mentor that stand in one statement. */
const takesKind = sql`(cardinality(${programs.mentorTypes}) = 0 or ${mentors.type} = any(${programs.mentorTypes}))`

/** The same, the other way round. */
export const matches = ({ networkId }: TxCtx, mentorId: SQLWrapper | string): SQL =>
  sql`exists (select 1 from ${mentors} where ${mentors.networkId} = ${networkId} and ${mentors.id} = ${mentorId}
    and ${programs.organizationId} = ${mentors.organizationId} and ${takesKind})`

/** Those of many who are mentors of the calling organization, or, for a portal token, the mentor themselves. */
export function mentorsAmong({ db, networkId }: TxCtx, ids: readonly string[]) {
  return db
    .select({ id: mentors.id, organizationId: mentors.organizationId, type: mentors.type })
    .from(mentors)
    .where(and(eq(mentors.networkId, networkId), anyOf(mentors.id, ids)))
}

/** Changes what was read; if another request was faster, the transaction looks again. */
export async function changeMentor(
  ctx: TxCtx,
  found: MentorRow,
  changes: Partial<MentorRow>,
): Promise<MentorRow> {
  const { id, version } = found
  const changed = await ctx.db
    .update(mentors)
    .set({ ...sealedMentors.changes(found, changes), version: version + 1, updatedAt: ctx.now })
    .where(and(thisOne(ctx, id), eq(mentors.version, version)))
    .returning(sealedMentors.columns)
  const [row] = await sealedMentors.open(ctx, changed)
  if (!row) throw new LostRace()
  return row
}

/** Refuses early, in the mentor's own terms; `takePlace` is what guarantees it. */
export function requireRoom(mentor: MentorRow, points: number, now: Date): void {
  const { status, load, capacity } = mentor
  if (status !== 'active')
    throw new AppError(
      'mentor_not_available',
      `The mentor is ${status}; only an active mentor takes new people.`,
    )
  if (!isEligible(mentor, now))
    throw new AppError(
      'mentor_not_available',
      'A mandatory paper of the mentor is missing or has run out; until it is renewed they take no new people.',
    )
  if (load + points > capacity)
    throw new AppError('capacity_full', 'The mentor accompanies as many people as they have room for.')
}

/**
 * Takes capacity points of a mentor. One conditional statement, so that of many who come at once only as many
 * succeed as there is room for.
 */
export async function takePlace(ctx: TxCtx, id: string, points: number): Promise<MentorRow> {
  const changed = await ctx.db
    .update(mentors)
    .set({ load: sql`${mentors.load} + ${points}` })
    .where(
      and(
        thisOne(ctx, id),
        eq(mentors.status, 'active'),
        or(isNull(mentors.eligibleUntil), gt(mentors.eligibleUntil, ctx.now)),
        sql`${mentors.load} + ${points} <= ${mentors.capacity}`,
      ),
    )
    .returning(sealedMentors.columns)
  const [taken] = await sealedMentors.open(ctx, changed)
  if (taken) return taken
  requireRoom(await findMentor(ctx, id), points, ctx.now)
  throw new AppError('capacity_full', 'The mentor’s last place was taken just now.')
}

/** Takes points for somebody whom the mentor accompanies already: also while they take nobody new. */
export async function takeMore(ctx: TxCtx, id: string, points: number): Promise<void> {
  const taken = await ctx.db
    .update(mentors)
    .set({ load: sql`${mentors.load} + ${points}` })
    .where(and(thisOne(ctx, id), sql`${mentors.load} + ${points} <= ${mentors.capacity}`))
    .returning({ id: mentors.id })
  if (taken.length === 0)
    throw new AppError('capacity_full', 'The mentor has no room for a more intense accompaniment.')
}

/** The statement that gives points back. */
export function freePlace(ctx: TxCtx, id: string, points: number | SQL) {
  return ctx.db
    .update(mentors)
    .set({ load: sql`greatest(0, ${mentors.load} - ${points})` })
    .where(thisOne(ctx, id))
}
