import { randomBytes } from 'node:crypto'
import { and, desc, eq, lt } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { AppError } from '../../core/errors.ts'
import { newId } from '../../core/id.ts'
import { pageById } from '../../core/page.ts'
import { checkVersion } from '../../core/version.ts'
import { insertRows } from '../../db/insert.ts'
import { keyOf } from '../../db/sealing.ts'
import { LostRace } from '../../db/transaction.ts'
import { findCourse } from '../courses/store.ts'
import { awardOf, revokeAward } from '../credits/store.ts'
import { changeEnrolment, findEnrolment } from '../enrolments/store.ts'
import { tell } from '../enrolments/telling.ts'
import { OfLearner } from '../learners/contract.ts'
import { findLearner } from '../learners/store.ts'
import { ById, NewCertificate, RevokeCertificate } from './contract.ts'
import { initialsOf, numberOf, plainNumber } from './rules.ts'
import { type CertificateRow, findCertificate, tellOfCertificate, toCertificates } from './store.ts'
import { certificates, sealedCertificates } from './table.ts'

/** 160 bits: nobody finds one by trying, however long they try. */
const numberBytes = 20

export const issueCertificate = action({
  id: 'certificates.issue',
  scope: 'education:write',
  input: NewCertificate,
  run: async (ctx, { id: enrolmentId, signer, form }) => {
    const enrolment = await findEnrolment(ctx, enrolmentId, { hold: true })
    if (enrolment.status !== 'completed' || enrolment.completedOn === null)
      throw new AppError('course_not_completed', `The enrolment is ${enrolment.status}.`)
    const [learner, course, award] = await Promise.all([
      findLearner(ctx, enrolment.learnerId),
      findCourse(ctx, enrolment.courseId),
      awardOf(ctx, enrolmentId),
    ])
    const { networkId, organizationId, now } = ctx
    const number = numberOf(randomBytes(numberBytes))
    const row: CertificateRow = {
      networkId,
      id: newId(now),
      organizationId,
      learnerId: learner.id,
      mentorId: learner.mentorId,
      enrolmentId,
      creditAwardId: award?.id ?? null,
      numberHash: ctx.keyring.mac('certificate', plainNumber(number)),
      number,
      learnerName: learner.name,
      initials: initialsOf(learner.name),
      signer,
      courseTitle: course.title,
      form,
      completedOn: enrolment.completedOn,
      issuedOn: now.toISOString().slice(0, 10),
      expiresOn: enrolment.validUntil,
      revokedAt: null,
      revokedBecause: null,
      version: 1,
      createdAt: now,
      updatedAt: now,
    }
    ctx.write(insertRows(certificates, sealedCertificates.row(keyOf(learner), row)))
    tellOfCertificate(ctx, 'certificate.issued', row)
    return one(ctx, row)
  },
})

/**
 * Takes it back, with the credit and the completion that it stood for: what was demanded of a mentor is held against
 * what is left, in the same transaction. Saying it twice changes nothing.
 */
export const revokeCertificate = action({
  id: 'certificates.revoke',
  scope: 'education:write',
  input: RevokeCertificate,
  run: async (ctx, { id, reason }) => {
    const { enrolmentId } = await findCertificate(ctx, id)
    // The enrolment is held first, as whoever issues holds it.
    const enrolment = await findEnrolment(ctx, enrolmentId, { hold: true })
    const found = await findCertificate(ctx, id)
    checkVersion(ctx, found.version)
    if (found.revokedAt) return one(ctx, found)
    const stored = await ctx.db
      .update(certificates)
      .set({
        revokedAt: ctx.now,
        revokedBecause: reason,
        version: found.version + 1,
        updatedAt: ctx.now,
      })
      .where(
        and(
          eq(certificates.networkId, ctx.networkId),
          eq(certificates.id, id),
          eq(certificates.version, found.version),
        ),
      )
      .returning(sealedCertificates.columns)
    const [row] = await sealedCertificates.open(ctx, stored)
    if (!row) throw new LostRace()
    await revokeAward(ctx, enrolmentId)
    if (enrolment.status === 'completed')
      tell(ctx, 'enrolment.revoked', await changeEnrolment(ctx, enrolment, { status: 'revoked' }))
    tellOfCertificate(ctx, 'certificate.revoked', row)
    return one(ctx, row)
  },
})

async function one(ctx: TxCtx, row: CertificateRow) {
  const [certificate] = await toCertificates(ctx, [row])
  if (!certificate) throw new Error('A certificate is shown as one')
  return certificate
}

export const getCertificate = action({
  id: 'certificates.get',
  scope: 'education:read',
  portal: ['mentor'],
  input: ById,
  run: async (ctx, { id }) => {
    const row = await findCertificate(ctx, id)
    ctx.beyondPerson()
    ctx.touch({ subjectType: 'certificate', subjectId: id })
    return one(ctx, row)
  },
})

export const listCertificates = action({
  id: 'certificates.list',
  scope: 'education:read',
  portal: ['mentor'],
  input: OfLearner,
  run: async (ctx, { id, limit, cursor }) => {
    await findLearner(ctx, id)
    ctx.beyondPerson()
    const page = await pageById(
      ctx,
      { list: 'certificates', filters: { id }, limit, cursor },
      (after, wanted) =>
        ctx.db
          .select(sealedCertificates.columns)
          .from(certificates)
          .where(
            and(
              eq(certificates.networkId, ctx.networkId),
              eq(certificates.learnerId, id),
              after ? lt(certificates.id, after) : undefined,
            ),
          )
          .orderBy(desc(certificates.id))
          .limit(wanted),
    )
    for (const row of page.rows) ctx.touch({ subjectType: 'certificate', subjectId: row.id })
    return {
      data: await toCertificates(ctx, await sealedCertificates.open(ctx, page.rows)),
      nextCursor: page.nextCursor,
    }
  },
})
