import { and, eq, lt, sql } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { AppError, notFound } from '../../core/errors.ts'
import { mentors } from './table.ts'

export type MentorRow = typeof mentors.$inferSelect

export async function findMentor({ db, networkId }: TxCtx, id: string): Promise<MentorRow> {
  const [row] = await db
    .select()
    .from(mentors)
    .where(and(eq(mentors.networkId, networkId), eq(mentors.id, id)))
  if (!row) throw notFound('mentor')
  return row
}

/** Refuses early, in the mentor's own terms; `takePlace` is what guarantees it. */
export function requireRoom({ status, load, capacity }: MentorRow): void {
  if (status !== 'active')
    throw new AppError(
      'mentor_not_available',
      `The mentor is ${status}; only an active mentor takes new people.`,
    )
  if (load >= capacity)
    throw new AppError('capacity_full', 'The mentor accompanies as many people as they have room for.')
}

/**
 * Takes one place with a mentor. One conditional statement, so that of many who come at once only as many
 * succeed as there are places.
 */
export async function takePlace(ctx: TxCtx, id: string): Promise<MentorRow> {
  const [taken] = await ctx.db
    .update(mentors)
    .set({ load: sql`${mentors.load} + 1` })
    .where(
      and(
        eq(mentors.networkId, ctx.networkId),
        eq(mentors.id, id),
        eq(mentors.status, 'active'),
        lt(mentors.load, mentors.capacity),
      ),
    )
    .returning()
  if (taken) return taken
  requireRoom(await findMentor(ctx, id))
  throw new AppError('capacity_full', 'The mentor’s last place was taken just now.')
}

/** The statement that gives a place back. */
export function freePlace({ db, networkId }: TxCtx, id: string) {
  return db
    .update(mentors)
    .set({ load: sql`${mentors.load} - 1` })
    .where(and(eq(mentors.networkId, networkId), eq(mentors.id, id)))
}
