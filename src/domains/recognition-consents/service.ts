import { and, desc, eq, isNotNull, isNull, lt, sql } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { newId } from '../../core/id.ts'
import { pageById } from '../../core/page.ts'
import { checkVersion } from '../../core/version.ts'
import { toInstant, toInstantOrNull } from '../../core/wire.ts'
import { insertRows } from '../../db/insert.ts'
import { LostRace } from '../../db/transaction.ts'
import { refuseOtherWord } from '../clinicians/word.ts'
import { findMentor } from '../mentors/store.ts'
import { recognitionCredentials, recognitionEvaluations } from '../recognition/table.ts'
import { ById, NewRecognitionConsent, OfMentor, type RecognitionConsent } from './contract.ts'
import { findRecognitionConsent, type RecognitionConsentRow, standingConsent } from './store.ts'
import { recognitionConsents } from './table.ts'

const toConsent = ({ networkId: _, recordedBy: __, ...row }: RecognitionConsentRow): RecognitionConsent => ({
  ...row,
  givenAt: toInstant(row.givenAt),
  withdrawnAt: toInstantOrNull(row.withdrawnAt),
  createdAt: toInstant(row.createdAt),
  updatedAt: toInstant(row.updatedAt),
})

/** By the mentor's own token, or as the organization has it on paper. Saying it twice changes nothing. */
export const consentToRecognition = action({
  id: 'recognitionConsents.give',
  scope: 'mentors:write',
  portal: ['mentor'],
  input: NewRecognitionConsent,
  run: async (ctx, { id: mentorId, signedAt, evidenceHash }) => {
    await findMentor(ctx, mentorId)
    refuseOtherWord(ctx, { signedAt, evidenceHash })
    const standing = await standingConsent(ctx, mentorId)
    if (standing) return toConsent(standing)
    const { networkId, organizationId, now } = ctx
    const row: RecognitionConsentRow = {
      networkId,
      id: newId(now),
      organizationId,
      mentorId,
      givenAt: signedAt === undefined ? now : new Date(signedAt),
      method: ctx.person ? 'portal' : 'recorded_signature',
      recordedBy: ctx.clientId,
      evidenceHash: evidenceHash ?? null,
      withdrawnAt: null,
      version: 1,
      createdAt: now,
      updatedAt: now,
    }
    ctx.write(insertRows(recognitionConsents, row))
    tell(ctx, 'recognition_consent.given', row)
    return toConsent(row)
  },
})

/** At once: whatever shows the mentor to the public is revoked in the same transaction, and nothing is measured again. */
export const withdrawRecognitionConsent = action({
  id: 'recognitionConsents.withdraw',
  scope: 'mentors:write',
  portal: ['mentor'],
  input: ById,
  run: async (ctx, { id }) => {
    const found = await findRecognitionConsent(ctx, id)
    // Found behind the person wall: what was issued on this mentor's word is theirs to end.
    ctx.beyondPerson()
    checkVersion(ctx, found.version)
    if (found.withdrawnAt) return toConsent(found)
    const [row] = await ctx.db
      .update(recognitionConsents)
      .set({ withdrawnAt: ctx.now, version: found.version + 1, updatedAt: ctx.now })
      .where(
        and(
          eq(recognitionConsents.networkId, ctx.networkId),
          eq(recognitionConsents.id, id),
          eq(recognitionConsents.version, found.version),
        ),
      )
      .returning()
    if (!row) throw new LostRace()
    await endRecognition(ctx, row.mentorId)
    tell(ctx, 'recognition_consent.withdrawn', row)
    return toConsent(row)
  },
})

async function endRecognition(ctx: TxCtx, mentorId: string): Promise<void> {
  const { db, networkId, now } = ctx
  ctx.write(
    db
      .update(recognitionEvaluations)
      .set({ nextAt: null })
      .where(
        and(
          eq(recognitionEvaluations.networkId, networkId),
          eq(recognitionEvaluations.mentorId, mentorId),
          isNotNull(recognitionEvaluations.nextAt),
        ),
      ),
  )
  const revoked = await db
    .update(recognitionCredentials)
    .set({
      revokedAt: now,
      revokedBecause: 'withdrawn_by_holder',
      version: sql`${recognitionCredentials.version} + 1`,
      updatedAt: now,
    })
    .where(
      and(
        eq(recognitionCredentials.networkId, networkId),
        eq(recognitionCredentials.subject, 'mentor'),
        eq(recognitionCredentials.subjectId, mentorId),
        isNull(recognitionCredentials.revokedAt),
      ),
    )
    .returning({ id: recognitionCredentials.id, scheme: recognitionCredentials.schemeCode })
  for (const { id, scheme } of revoked) {
    ctx.emit({
      type: 'recognition_credential.revoked',
      subjectType: 'recognition_credential',
      subjectId: id,
      codes: { scheme, because: 'withdrawn_by_holder' },
    })
    ctx.touch({ subjectType: 'recognition_credential', subjectId: id })
  }
}

function tell(
  ctx: TxCtx,
  type: `recognition_consent.${'given' | 'withdrawn'}`,
  { id }: RecognitionConsentRow,
) {
  ctx.emit({ type, subjectType: 'recognition_consent', subjectId: id })
  ctx.touch({ subjectType: 'recognition_consent', subjectId: id })
}

export const getRecognitionConsent = action({
  id: 'recognitionConsents.get',
  scope: 'mentors:read',
  portal: ['mentor'],
  input: ById,
  run: async (ctx, { id }) => {
    const row = await findRecognitionConsent(ctx, id)
    ctx.touch({ subjectType: 'recognition_consent', subjectId: id })
    return toConsent(row)
  },
})

export const listRecognitionConsents = action({
  id: 'recognitionConsents.list',
  scope: 'mentors:read',
  portal: ['mentor'],
  input: OfMentor,
  run: async (ctx, { id, limit, cursor }) => {
    await findMentor(ctx, id)
    const page = await pageById(
      ctx,
      { list: 'recognitionConsents', filters: { id }, limit, cursor },
      (after, rows) =>
        ctx.db
          .select()
          .from(recognitionConsents)
          .where(
            and(
              eq(recognitionConsents.networkId, ctx.networkId),
              eq(recognitionConsents.mentorId, id),
              after ? lt(recognitionConsents.id, after) : undefined,
            ),
          )
          .orderBy(desc(recognitionConsents.id))
          .limit(rows),
    )
    for (const row of page.rows) ctx.touch({ subjectType: 'recognition_consent', subjectId: row.id })
    return { data: page.rows.map(toConsent), nextCursor: page.nextCursor }
  },
})
