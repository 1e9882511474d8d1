import { and, asc, eq, inArray } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { notFound } from '../../core/errors.ts'
import { grouped } from '../../core/grouped.ts'
import { toInstant } from '../../core/wire.ts'
import { LostRace } from '../../db/transaction.ts'
import { courseVersions } from '../courses/table.ts'
import { changePapers } from '../qualifications/remediation.ts'
import type { Enrolment } from './contract.ts'
import { type Asked, type Fact, type Progress, progressOf } from './rules.ts'
import { enrolmentFacts, enrolments } from './table.ts'

export type EnrolmentRow = typeof enrolments.$inferSelect

/** `hold`: until the transaction ends, so that of two facts at once the later one counts the earlier. */
export async function findEnrolment(
  { db, networkId }: TxCtx,
  id: string,
  { hold = false }: { readonly hold?: boolean } = {},
): Promise<EnrolmentRow> {
  const asked = db
    .select()
    .from(enrolments)
    .where(and(eq(enrolments.networkId, networkId), eq(enrolments.id, id)))
  const [row] = await (hold ? asked.for('no key update') : asked)
  if (!row) throw notFound('enrolment')
  return row
}

/** What was asked of each and what happened, for a page of them: two statements, however many there are. */
export async function factsOf(
  { db, networkId }: TxCtx,
  rows: readonly Pick<EnrolmentRow, 'id' | 'courseVersionId'>[],
): Promise<(row: Pick<EnrolmentRow, 'id' | 'courseVersionId'>) => { asked: Asked; facts: readonly Fact[] }> {
  const ids = rows.map(({ id }) => id)
  const versionIds = [...new Set(rows.map(({ courseVersionId }) => courseVersionId))]
  const [facts, versions] =
    ids.length === 0
      ? [[], []]
      : await Promise.all([
          db
            .select({
              enrolmentId: enrolmentFacts.enrolmentId,
              kind: enrolmentFacts.kind,
              moduleCode: enrolmentFacts.moduleCode,
              at: enrolmentFacts.at,
              minutes: enrolmentFacts.minutes,
              score: enrolmentFacts.score,
            })
            .from(enrolmentFacts)
            .where(and(eq(enrolmentFacts.networkId, networkId), inArray(enrolmentFacts.enrolmentId, ids)))
            .orderBy(asc(enrolmentFacts.id)),
          db
            .select()
            .from(courseVersions)
            .where(and(eq(courseVersions.networkId, networkId), inArray(courseVersions.id, versionIds))),
        ])
  const factsFor = grouped(facts, ({ enrolmentId }) => enrolmentId)
  const versionFor = new Map(versions.map((version) => [version.id, version]))
  return ({ id, courseVersionId }) => {
    const asked = versionFor.get(courseVersionId)
    if (!asked) throw new Error('An enrolment is in a version')
    return { asked, facts: factsFor(id) }
  }
}

export async function toEnrolments(ctx: TxCtx, rows: readonly EnrolmentRow[]): Promise<Enrolment[]> {
  const known = await factsOf(ctx, rows)
  return rows.map((row) => {
    const { asked, facts } = known(row)
    return toEnrolment(row, progressOf(asked, facts))
  })
}

export function toEnrolment(
  { networkId: _, endedAt: __, ...row }: EnrolmentRow,
  { modules, evaluated, missing }: Progress,
): Enrolment {
  return {
    ...row,
    modules: [...modules],
    evaluated,
    missing: row.status === 'enrolled' ? [...missing] : [],
    enrolledAt: toInstant(row.enrolledAt),
    createdAt: toInstant(row.createdAt),
    updatedAt: toInstant(row.updatedAt),
  }
}

/**
 * Changes a row that is held. Where it is a mentor's and a completion comes or goes, what the organization demands of
 * them is held against it in the same transaction.
 */
export async function changeEnrolment(
  ctx: TxCtx,
  { id, version, mentorId }: EnrolmentRow,
  changes: Partial<EnrolmentRow>,
): Promise<EnrolmentRow> {
  const change = async () => {
    const [row] = await ctx.db
      .update(enrolments)
      .set({ ...changes, version: version + 1, updatedAt: ctx.now })
      .where(
        and(eq(enrolments.networkId, ctx.networkId), eq(enrolments.id, id), eq(enrolments.version, version)),
      )
      .returning()
    if (!row) throw new LostRace()
    return row
  }
  const counts = changes.status === 'completed' || changes.status === 'revoked'
  return mentorId && counts ? changePapers(ctx, { mentorId }, change) : change()
}
