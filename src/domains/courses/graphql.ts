import type { Graph } from '../../graphql/graph.ts'
import { moduleKinds, versionStatuses } from './codes.ts'
import {
  accredit,
  createCourse,
  draftVersion,
  getCourse,
  getCourseAccreditation,
  getVersion,
  listCourseAccreditations,
  listCourses,
  listVersions,
  publishVersion,
  retireVersion,
} from './service.ts'

export const courseGraph: Graph = {
  entities: {
    Course: { one: getCourse },
    CourseVersion: { one: getVersion },
    CourseAccreditation: { one: getCourseAccreditation },
  },
  queries: {
    course: getCourse,
    courses: listCourses,
    courseVersion: getVersion,
    courseAccreditation: getCourseAccreditation,
  },
  mutations: {
    createCourse,
    draftCourseVersion: draftVersion,
    publishCourseVersion: publishVersion,
    retireCourseVersion: retireVersion,
    recordCourseAccreditation: accredit,
  },
  fields: {
    Course: { versions: { action: listVersions } },
    CourseVersion: { accreditations: { action: listCourseAccreditations } },
  },
  enums: { CourseModuleKind: moduleKinds, CourseVersionStatus: versionStatuses },
}
