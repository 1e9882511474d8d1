import { and, eq, inArray, isNull, sql } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import type { PersonKey } from '../../core/data-keys.ts'
import { notFound } from '../../core/errors.ts'
import { type Opened, openKey } from '../../db/sealing.ts'
import { enrolments } from '../enrolments/table.ts'
import { those, type Whose } from '../mentors/eligibility.ts'
import type { MentorRow } from '../mentors/store.ts'
import { mentors, sealedMentors } from '../mentors/table.ts'
import { onboardingFactsOf } from './onboarding-facts.ts'
import { type Checklist, checklistOf } from './rules.ts'
import {
  mentorCredentials,
  mentorRequirements,
  mentorScreenings,
  sealedCredentials,
  sealedScreenings,
} from './table.ts'

export type RequirementRow = typeof mentorRequirements.$inferSelect
export type ScreeningRow = Opened<typeof mentorScreenings>
export type CredentialRow = Opened<typeof mentorCredentials>

export async function findRequirement({ db, networkId }: TxCtx, id: string): Promise<RequirementRow> {
  const [row] = await db
    .select()
    .from(mentorRequirements)
    .where(and(eq(mentorRequirements.networkId, networkId), eq(mentorRequirements.id, id)))
  if (!row) throw notFound('requirement')
  return row
}

export async function findScreening(ctx: TxCtx, id: string): Promise<ScreeningRow> {
  const rows = await ctx.db
    .select(sealedScreenings.columns)
    .from(mentorScreenings)
    .where(and(eq(mentorScreenings.networkId, ctx.networkId), eq(mentorScreenings.id, id)))
  const [row] = await sealedScreenings.open(ctx, rows)
  if (!row) throw notFound('screening')
  return row
}

export async function findCredential(ctx: TxCtx, id: string): Promise<CredentialRow> {
  const rows = await ctx.db
    .select(sealedCredentials.columns)
    .from(mentorCredentials)
    .where(and(eq(mentorCredentials.networkId, ctx.networkId), eq(mentorCredentials.id, id)))
  const [row] = await sealedCredentials.open(ctx, rows)
  if (!row) throw notFound('credential')
  return row
}

/**
 * Lets one transaction at a time change what mentors are judged by. A statement sees what was committed before it
 * began: without the lock, two requests that record a paper, or a paper and a requirement, would each work out the
 * eligibility without the other's, and both would let an overlapping credential in. An exclusion constraint could
 * refuse the overlap, but it needs btree_gist, which the embedded engine does not have. Returns the key of the one
 * mentor, under which what is recorded of them is sealed.
 */
export async function lockMentors(ctx: TxCtx, whose: Whose): Promise<PersonKey | null> {
  const locked = await ctx.db
    .select({ id: mentors.id, wrappedKey: sealedMentors.columns.wrappedKey })
    .from(mentors)
    .where(those(ctx, whose))
    // In one order, so that two who lock many do not wait for each other.
    .orderBy(mentors.id)
    // Weaker than FOR UPDATE: rows that only point at a mentor can still be written meanwhile.
    .for('no key update')
  if (!('mentorId' in whose)) return null
  const [mentor] = locked
  if (!mentor) throw notFound('mentor')
  return openKey(ctx, mentor.id, mentor.wrappedKey)
}

/** An active credential of the same code and jurisdiction that holds on a day on which the new one would. */
export async function overlapping(
  { db, networkId }: TxCtx,
  { mentorId, code, jurisdiction, issuedOn, expiresOn }: CredentialRow,
): Promise<{ readonly id: string } | undefined> {
  const known = mentorCredentials
  const [found] = await db
    .select({ id: known.id })
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
  const [requirements, screenings, credentials, courses, onboarding] = await Promise.all([
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
      .select(sealedScreenings.columns)
      .from(mentorScreenings)
      .where(and(eq(mentorScreenings.networkId, networkId), inArray(mentorScreenings.mentorId, mentorIds)))
      .orderBy(mentorScreenings.id)
      .then((rows) => sealedScreenings.open(ctx, rows)),
    db
      .select(sealedCredentials.columns)
      .from(mentorCredentials)
      .where(and(eq(mentorCredentials.networkId, networkId), inArray(mentorCredentials.mentorId, mentorIds)))
      .orderBy(mentorCredentials.id)
      .then((rows) => sealedCredentials.open(ctx, rows)),
    db
      .select({
        id: enrolments.id,
        mentorId: enrolments.mentorId,
        courseCode: enrolments.courseCode,
        status: enrolments.status,
        completedOn: enrolments.completedOn,
        validUntil: enrolments.validUntil,
      })
      .from(enrolments)
      .where(and(eq(enrolments.networkId, networkId), inArray(enrolments.mentorId, mentorIds)))
      .orderBy(enrolments.id),
    onboardingFactsOf(ctx, rows),
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
          courses: courses.filter(({ mentorId }) => mentorId === id),
          onboarding: onboarding(id),
        },
        now,
      ),
    ]),
  )
}
