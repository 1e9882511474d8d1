import { and, eq } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { notFound } from '../../core/errors.ts'
import { courseAccreditations, courses, courseVersions } from './table.ts'

export type CourseRow = typeof courses.$inferSelect
export type VersionRow = typeof courseVersions.$inferSelect
export type CourseAccreditationRow = typeof courseAccreditations.$inferSelect

export async function findCourse({ db, networkId }: TxCtx, id: string): Promise<CourseRow> {
  const [row] = await db
    .select()
    .from(courses)
    .where(and(eq(courses.networkId, networkId), eq(courses.id, id)))
  if (!row) throw notFound('course')
  return row
}

export async function findVersion({ db, networkId }: TxCtx, id: string): Promise<VersionRow> {
  const [row] = await db
    .select()
    .from(courseVersions)
    .where(and(eq(courseVersions.networkId, networkId), eq(courseVersions.id, id)))
  if (!row) throw notFound('version of a course')
  return row
}

export async function findCourseAccreditation(
  { db, networkId }: TxCtx,
  id: string,
): Promise<CourseAccreditationRow> {
  const [row] = await db
    .select()
    .from(courseAccreditations)
    .where(and(eq(courseAccreditations.networkId, networkId), eq(courseAccreditations.id, id)))
  if (!row) throw notFound('accreditation')
  return row
}
