import { and, eq, inArray, isNull, sql } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { notFound } from '../../core/errors.ts'
import { those, type Whose } from '../mentors/eligibility.ts'
import type { MentorRow } from '../mentors/store.ts'
import { mentors } from '../mentors/table.ts'
import { type Checklist, checklistOf } from './rules.ts'
import { mentorCredentials, mentorRequirements, mentorScreenings } from './table.ts'

export type RequirementRow = typeof mentorRequirements.$inferSelect
export type ScreeningRow = typeof mentorScreenings.$inferSelect
export type CredentialRow = typeof mentorCredentials.$inferSelect

export async function findRequirement({ db, networkId }: TxCtx, id: string): Promise<RequirementRow> {
  const [row] = await db
    .select()
    .from(mentorRequirements)
    .where(and(eq(mentorRequirements.networkId, networkId), eq(mentorRequirements.id, id)))
  if (!row) throw notFound('requirement')
  return row
}

export async function findScreening({ db, networkId }: TxCtx, id: string): Promise<ScreeningRow> {
  const [row] = await db
    .select()
    .from(mentorScreenings)
    .where(and(eq(mentorScreenings.networkId, networkId), eq(mentorScreenings.id, id)))
  if (!row) throw notFound('screening')
  return row
}

export async function findCredential({ db, networkId }: TxCtx, id: string): Promise<CredentialRow> {
  const [row] = await db
    .select()
    .from(mentorCredentials)
    .where(and(eq(mentorCredentials.networkId, networkId), eq(mentorCredentials.id, id)))
  if (!row) throw notFound('credential')
  return row
}

/**
 * Lets one transaction at a time change what mentors are judged by. A statement sees what was committed before it
 * began: without the lock, two requests that record a paper, or a paper and a requirement, would each work out the
 * eligibility without the other's, and both would let an overlapping credential in. An exclusion constraint could
 * refuse the overlap, but it needs btree_gist, which the embedded engine does not have.
 */
export async function lockMentors(ctx: TxCtx, whose: Whose): Promise<void> {
  const locked = await ctx.db
    .select({ id: mentors.id })
    .from(mentors)
    .where(those(ctx, whose))
    // In one order, so that two who lock many do not wait for each other.
    .orderBy(mentors.id)
    // Weaker than FOR UPDATE: rows that only point at a mentor can still be written meanwhile.
    .for('no key update')
  if (locked.length === 0 && 'mentorId' in whose) throw notFound('mentor')
}

/** An active credential of the same code and jurisdiction that holds on a day on which the new one would. */
export async function overlapping(
  { db, networkId }: TxCtx,
  { mentorId, code, jurisdiction, issuedOn, expiresOn }: CredentialRow,
): Promise<CredentialRow | undefined> {
  const known = mentorCredentials
  const [found] = await db
    .select()
    .from(known)
    .where(
      and(
        eq(known.networkId, networkId),
        eq(known.mentorId, mentorId),
        eq(known.status, 'active'),
        eq(known.code, code),
        sql`${known.jurisdiction} is not distinct from ${jurisdiction}`,
        sql`daterange(${known.issuedOn}, ${known.expiresOn}, '[]') && daterange(${issuedOn}, ${expiresOn}, '[]')`,
      ),
    )
    .limit(1)
  return found
}

/** What stands in the way of each mentor, and what does not: from the papers themselves, not from the shadow column. */
export async function checklistsOf(
  ctx: TxCtx,
  rows: readonly Pick<MentorRow, 'id' | 'organizationId' | 'type'>[],
): Promise<Map<string, Checklist>> {
  if (rows.length === 0) return new Map()
  const { db, networkId, now } = ctx
  const mentorIds = rows.map(({ id }) => id)
  const organizationIds = [...new Set(rows.map(({ organizationId }) => organizationId))]
  const [requirements, screenings, credentials] = await Promise.all([
    db
      .select()
      .from(mentorRequirements)
      .where(
        and(
          eq(mentorRequirements.networkId, networkId),
          inArray(mentorRequirements.organizationId, organizationIds),
          isNull(mentorRequirements.endedAt),
        ),
      )
      .orderBy(mentorRequirements.id),
    db
      .select()
      .from(mentorScreenings)
      .where(and(eq(mentorScreenings.networkId, networkId), inArray(mentorScreenings.mentorId, mentorIds)))
      .orderBy(mentorScreenings.id),
    db
      .select()
      .from(mentorCredentials)
      .where(and(eq(mentorCredentials.networkId, networkId), inArray(mentorCredentials.mentorId, mentorIds)))
      .orderBy(mentorCredentials.id),
  ])
  return new Map(
    rows.map(({ id, organizationId, type }) => [
      id,
      checklistOf(
        {
          mentorType: type,
          requirements: requirements.filter((one) => one.organizationId === organizationId),
          screenings: screenings.filter(({ mentorId }) => mentorId === id),
          credentials: credentials.filter(({ mentorId }) => mentorId === id),
        },
        now,
      ),
    ]),
  )
}
