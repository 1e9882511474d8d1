import { toInstant, toInstantOrNull } from '../../core/wire.ts'
import type { Course, CourseAccreditation, CourseVersion } from './contract.ts'
import { creditsOf, topicList } from './rules.ts'
import type { CourseAccreditationRow, CourseRow, VersionRow } from './store.ts'

export function toCourse({ networkId: _, ...row }: CourseRow): Course {
  return { ...row, createdAt: toInstant(row.createdAt), updatedAt: toInstant(row.updatedAt) }
}

export function toVersion({ networkId: _, ...row }: VersionRow): CourseVersion {
  return {
    ...row,
    publishedAt: toInstantOrNull(row.publishedAt),
    retiredAt: toInstantOrNull(row.retiredAt),
    createdAt: toInstant(row.createdAt),
    updatedAt: toInstant(row.updatedAt),
  }
}

export function toCourseAccreditation({
  networkId: _,
  quartersMax,
  topics,
  ...row
}: CourseAccreditationRow): CourseAccreditation {
  return {
    ...row,
    creditsMax: creditsOf(quartersMax),
    topics: topicList(topics),
    createdAt: toInstant(row.createdAt),
    updatedAt: toInstant(row.updatedAt),
  }
}
