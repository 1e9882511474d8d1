import { and, desc, eq, gt, gte, isNull, lt, lte, sql } from 'drizzle-orm'
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
import { learningPrograms } from '../learning/table.ts'
import { placements } from '../placements/table.ts'
import {
  ById,
  LearnerReportFilter,
  type LearnerReportLine,
  type Transcript,
  type TranscriptEntry,
} from './contract.ts'

/** Shown of one learner; what is read of each kind is one more, so that a cut is told and never silent. */
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
    const [taken, placed, elsewhere] = await Promise.all([
      coursesOf(ctx, id),
      placementsOf(ctx, id),
      creditsElsewhere(ctx, id),
    ])
    const entries = [...taken, ...placed.entries, ...elsewhere]
    ctx.touch({ subjectType: 'learner', subjectId: id })
    return {
      learnerId: id,
      learnerName: learner.name,
      profession: learner.profession,
      asOf: toInstant(ctx.now),
      signedMinutes: placed.signedMinutes,
      entries: entries
        .sort((a, b) => (b.completedOn ?? '9').localeCompare(a.completedOn ?? '9'))
        .slice(0, entriesMax),
      truncated: entries.length > entriesMax,
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
    .limit(entriesMax + 1)
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

/** Of each placement what its supervisor has signed, and of all together, however many there are. */
async function placementsOf({ db, networkId }: TxCtx, learnerId: string) {
  const { id, status, signedMinutes, endedAt } = placements
  const rows = await db
    .select({
      ...{ id, status, signedMinutes, endedAt, title: learningPrograms.name },
      altogether: sql<number>`(sum(${signedMinutes}) over ())::int`,
    })
    .from(placements)
    .innerJoin(
      learningPrograms,
      and(
        eq(learningPrograms.networkId, placements.networkId),
        eq(learningPrograms.id, placements.learningProgramId),
      ),
    )
    .where(
      and(eq(placements.networkId, networkId), eq(placements.learnerId, learnerId), gt(signedMinutes, 0)),
    )
    .orderBy(desc(id))
    .limit(entriesMax + 1)
  const entries = rows.map(
    (row): TranscriptEntry => ({
      ...{ kind: 'placement', id: row.id, title: row.title, provider: null, status: row.status },
      completedOn: row.status === 'completed' && row.endedAt ? row.endedAt.toISOString().slice(0, 10) : null,
      minutes: row.signedMinutes,
      ...{ creditType: null, credits: null, certificateStatus: null },
    }),
  )
  return { entries, signedMinutes: rows[0]?.altogether ?? 0 }
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
    .limit(entriesMax + 1)
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
