import { and, desc, eq, inArray, lt, type SQL, sql } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { notFound } from '../../core/errors.ts'
import { each, eachId } from '../../db/each.ts'
import type { Opened } from '../../db/sealing.ts'
import { mentors } from '../mentors/table.ts'
import { type Attending, nextDue } from './rules.ts'
import { sealedSessions, supervisionAttendances, supervisionSessions } from './table.ts'

export type SessionRow = Opened<typeof supervisionSessions> & { mentorIds: string[] }

/** Sessions with who was there: one statement, however many there are. */
async function selectSessions(ctx: TxCtx, condition: SQL | undefined, limit: number): Promise<SessionRow[]> {
  const { db, networkId } = ctx
  const there = supervisionAttendances
  const mentorIds = sql<string[]>`array(
    select ${there.mentorId} from ${there}
    where ${there.networkId} = ${supervisionSessions.networkId} and ${there.sessionId} = ${supervisionSessions.id}
    order by ${there.mentorId})`
  const rows = await db
    .select({ ...sealedSessions.columns, mentorIds })
    .from(supervisionSessions)
    .where(and(eq(supervisionSessions.networkId, networkId), condition))
    .orderBy(desc(supervisionSessions.id))
    .limit(limit)
  const opened = await sealedSessions.open(ctx, rows)
  return opened.map((session, index) => ({ ...session, mentorIds: rows[index]?.mentorIds ?? [] }))
}

export async function findSession(ctx: TxCtx, id: string): Promise<SessionRow> {
  const [row] = await selectSessions(ctx, eq(supervisionSessions.id, id), 1)
  if (!row) throw notFound('supervision session')
  return row
}

/** Newest recorded first, of one's own organization. */
export function listSessionRows(
  ctx: TxCtx,
  { mentorId, after, limit }: { mentorId: string | undefined; after: string | undefined; limit: number },
) {
  const there = supervisionAttendances
  const attended =
    mentorId &&
    ctx.db
      .select({ id: there.sessionId })
      .from(there)
      .where(and(eq(there.networkId, ctx.networkId), eq(there.mentorId, mentorId)))
  return selectSessions(
    ctx,
    and(
      eq(supervisionSessions.organizationId, ctx.organizationId),
      after ? lt(supervisionSessions.id, after) : undefined,
      attended ? inArray(supervisionSessions.id, attended) : undefined,
    ),
    limit,
  )
}

/** The newest of each mentor, one more than a page shows; where a group met, one session belongs to several. */
export function newestSessionRows(ctx: TxCtx, ids: readonly string[], limit: number) {
  const there = supervisionAttendances
  const newest = ctx.db
    .select({ id: there.sessionId })
    .from(there)
    .where(and(eq(there.networkId, ctx.networkId), eq(there.mentorId, eachId)))
    .orderBy(desc(there.sessionId))
    .limit(limit + 1)
    .as('newest')
  const these = ctx.db.select({ id: newest.id }).from(each(ids)).crossJoinLateral(newest)
  return selectSessions(
    ctx,
    and(eq(supervisionSessions.organizationId, ctx.organizationId), inArray(supervisionSessions.id, these)),
    ids.length * (limit + 1),
  )
}

/** Those of `ids` that are mentors of one's own organization, held until the transaction ends: two sessions that are
 * recorded at once must not each think theirs the latest. */
export function holdMentors({ db, networkId }: TxCtx, ids: readonly string[]): Promise<Attending[]> {
  return db
    .select({
      id: mentors.id,
      employerIds: mentors.employerIds,
      activatedAt: mentors.activatedAt,
      supervisedAt: mentors.supervisedAt,
    })
    .from(mentors)
    .where(and(eq(mentors.networkId, networkId), inArray(mentors.id, [...ids])))
    .orderBy(mentors.id)
    .for('no key update')
}

/** Notes when everybody who was there was supervised last and is next, in one statement for the whole group. */
export function noteSupervised(ctx: TxCtx, attending: readonly Attending[], at: Date): void {
  const due = nextDue(attending, at)
  if (due.length === 0) return
  const rows = due.map(({ id, dueAt }) => sql`(${id}::uuid, ${dueAt?.toISOString() ?? null}::timestamptz)`)
  ctx.write(
    ctx.db
      .update(mentors)
      .set({ supervisedAt: at, supervisionDueAt: sql`noted.due_at` })
      .from(sql`(values ${sql.join(rows, sql`, `)}) as noted (mentor_id, due_at)`)
      .where(and(eq(mentors.networkId, ctx.networkId), sql`${mentors.id} = noted.mentor_id`)),
  )
}
