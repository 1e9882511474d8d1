import { and, desc, eq, gte, isNull, lt, lte } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { pageById } from '../../core/page.ts'
import { toInstant } from '../../core/wire.ts'
import { statusOf } from '../certificates/rules.ts'
import { certificates } from '../certificates/table.ts'
import { creditsOf } from '../courses/rules.ts'
import { findCourse } from '../courses/store.ts'
import { courseAccreditations, courses } from '../courses/table.ts'
import { creditAwards, externalCredits, sealedExternalCredits } from '../credits/table.ts'
import { enrolments } from '../enrolments/table.ts'
import { findLearner } from '../learners/store.ts'
import { learners, sealedLearners } from '../learners/table.ts'
import {
  ById,
  LearnerReportFilter,
  type LearnerReportLine,
  type Transcript,
  type TranscriptEntry,
} from './contract.ts'

const entriesMax = 1_000

export const readTranscript = action({
  id: 'learners.transcript',
  scope: 'education:read',
  portal: ['mentor'],
  input: ById,
  run: async (ctx, { id }): Promise<Transcript> => {
    const learner = await findLearner(ctx, id)
    // The learner is the caller's own; nothing but what this learner learned is read from here on.
    ctx.beyondPerson()
    const [taken, elsewhere] = await Promise.all([coursesOf(ctx, id), creditsElsewhere(ctx, id)])
    ctx.touch({ subjectType: 'learner', subjectId: id })
    return {
      learnerId: id,
      learnerName: learner.name,
      profession: learner.profession,
      asOf: toInstant(ctx.now),
      entries: [...taken, ...elsewhere]
        .sort((a, b) => (b.completedOn ?? '9').localeCompare(a.completedOn ?? '9'))
        .slice(0, entriesMax),
    }
  },
})

async function coursesOf({ db, networkId, now }: TxCtx, learnerId: string): Promise<TranscriptEntry[]> {
  const rows = await db
    .select({
      enrolment: enrolments,
      title: courses.title,
      creditType: creditAwards.creditType,
      quarters: creditAwards.quarters,
      certificateId: certificates.id,
      expiresOn: certificates.expiresOn,
    })
    .from(enrolments)
    .innerJoin(courses, and(eq(courses.networkId, enrolments.networkId), eq(courses.id, enrolments.courseId)))
    .leftJoin(
      creditAwards,
      and(
        eq(creditAwards.networkId, enrolments.networkId),
        eq(creditAwards.enrolmentId, enrolments.id),
        isNull(creditAwards.revokedAt),
      ),
    )
    .leftJoin(
      certificates,
      and(
        eq(certificates.networkId, enrolments.networkId),
        eq(certificates.enrolmentId, enrolments.id),
        isNull(certificates.revokedAt),
      ),
    )
    .where(and(eq(enrolments.networkId, networkId), eq(enrolments.learnerId, learnerId)))
    .orderBy(desc(enrolments.id))
    .limit(entriesMax)
  return rows.map(({ enrolment, title, creditType, quarters, certificateId, expiresOn }) => ({
    kind: 'course',
    id: enrolment.id,
    title,
    provider: null,
    status: enrolment.status,
    completedOn: enrolment.completedOn,
    minutes: enrolment.minutes,
    creditType,
    credits: quarters === null ? null : creditsOf(quarters),
    certificateStatus:
      enrolment.status === 'revoked'
        ? 'revoked'
        : certificateId === null
          ? null
          : statusOf({ revokedAt: null, expiresOn }, now),
  }))
}

async function creditsElsewhere(ctx: TxCtx, learnerId: string): Promise<TranscriptEntry[]> {
  const rows = await ctx.db
    .select(sealedExternalCredits.columns)
    .from(externalCredits)
    .where(
      and(
        eq(externalCredits.networkId, ctx.networkId),
        eq(externalCredits.learnerId, learnerId),
        eq(externalCredits.status, 'accepted'),
      ),
    )
    .orderBy(desc(externalCredits.id))
    .limit(entriesMax)
  const opened = await sealedExternalCredits.open(ctx, rows)
  return opened.map(({ id, title, provider, completedOn, creditType, quarters }) => ({
    ...{ kind: 'external', id, title, provider, status: 'accepted', completedOn, minutes: null, creditType },
    credits: creditsOf(quarters),
    certificateStatus: null,
  }))
}

/** Of one's own organization: learners, credits and names of nobody else. */
export const reportLearners = action({
  id: 'courses.learnerReport',
  scope: 'education:read',
  input: LearnerReportFilter,
  run: async (ctx, { id, limit, cursor, ...filters }) => {
    await findCourse(ctx, id)
    const { completedFrom: from, completedTo: to } = filters
    const page = await pageById(
      ctx,
      { list: 'learnerReport', filters: { id, ...filters }, limit, cursor },
      (after, wanted) =>
        ctx.db
          .select({
            ...sealedLearners.columns,
            learnerId: learners.id,
            id: enrolments.id,
            completedOn: creditAwards.awardedOn,
            creditType: creditAwards.creditType,
            quarters: creditAwards.quarters,
            activityNumber: courseAccreditations.activityNumber,
            providerNumber: courseAccreditations.providerNumber,
          })
          .from(enrolments)
          .innerJoin(
            creditAwards,
            and(
              eq(creditAwards.networkId, enrolments.networkId),
              eq(creditAwards.enrolmentId, enrolments.id),
              isNull(creditAwards.revokedAt),
            ),
          )
          .innerJoin(
            courseAccreditations,
            and(
              eq(courseAccreditations.networkId, creditAwards.networkId),
              eq(courseAccreditations.id, creditAwards.accreditationId),
            ),
          )
          .innerJoin(
            learners,
            and(eq(learners.networkId, enrolments.networkId), eq(learners.id, enrolments.learnerId)),
          )
          .where(
            and(
              eq(enrolments.networkId, ctx.networkId),
              eq(enrolments.organizationId, ctx.organizationId),
              eq(enrolments.courseId, id),
              after ? lt(enrolments.id, after) : undefined,
              from ? gte(creditAwards.awardedOn, from) : undefined,
              to ? lte(creditAwards.awardedOn, to) : undefined,
            ),
          )
          .orderBy(desc(enrolments.id))
          .limit(wanted),
    )
    const opened = await sealedLearners.open(
      ctx,
      page.rows.map(({ learnerId, ...row }) => ({ ...row, id: learnerId })),
    )
    for (const { id: learnerId } of opened) ctx.touch({ subjectType: 'learner', subjectId: learnerId })
    return {
      data: page.rows.map((row, index) => toLine(row, opened[index])),
      nextCursor: page.nextCursor,
    }
  },
})

type Known = Awaited<ReturnType<typeof findLearner>>

interface Credited {
  readonly id: string
  readonly completedOn: string
  readonly creditType: string
  readonly quarters: number
  readonly activityNumber: string | null
  readonly providerNumber: string
}

function toLine(row: Credited, learner: Known | undefined): LearnerReportLine {
  if (!learner) throw new Error('Each line is about a learner')
  const words = learner.name.split(/\s+/)
  return {
    enrolmentId: row.id,
    firstName: words.slice(0, -1).join(' '),
    lastName: words.at(-1) ?? '',
    licenseState: learner.licenseState,
    licenseNumber: learner.licenseNumber,
    npi: learner.npi,
    birthMonthDay: learner.birthMonthDay,
    profession: learner.profession,
    activityNumber: row.activityNumber,
    providerNumber: row.providerNumber,
    completedOn: row.completedOn,
    creditType: row.creditType,
    credits: creditsOf(row.quarters),
  }
}
