import { add, command, create, item, list, type Route } from '../../rest/route.ts'
import { pageOf } from '../../rest/shapes.ts'
import { Course, CourseAccreditation, CourseVersion } from './contract.ts'
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

const tag = 'Education'
const located = (family: string) => (output: unknown) => `/v1/${family}/${(output as { id: string }).id}`

export const courseRoutes: readonly Route[] = [
  list('/courses', listCourses, { tag, summary: 'Courses of your organization', answer: pageOf(Course) }),
  create('/courses', createCourse, {
    tag,
    summary: 'Add a course',
    answer: Course,
    refusals: ['natural_key_taken'],
    example: {
      request: {
        code: 'peer_core_training',
        title: 'Sample Core Training for Peers',
        audience: ['peer_specialist'],
      },
    },
  }),
  item('/courses/{id}', getCourse, { tag, summary: 'Get a course', answer: Course }),
  list('/courses/{id}/versions', listVersions, {
    tag,
    summary: 'Versions of a course, newest first',
    answer: pageOf(CourseVersion),
  }),
  add('/courses/{id}/versions', draftVersion, {
    tag,
    summary: 'Draft a version of a course',
    description:
      'All of it at once: what it is made of, and what completes it. Once published it never changes.',
    answer: CourseVersion,
    refusals: ['natural_key_taken'],
    locate: located('course-versions'),
    example: {
      request: {
        label: '2026.1',
        language: 'en',
        attemptsMax: 3,
        validMonths: 24,
        modules: [
          { code: 'boundaries', title: 'Boundaries and dual relationships', kind: 'live', minutes: 120 },
          { code: 'final_quiz', title: 'Final quiz', kind: 'quiz', passMark: 80 },
        ],
      },
    },
  }),
  item('/course-versions/{id}', getVersion, { tag, summary: 'Get a version', answer: CourseVersion }),
  command('/course-versions/{id}/publish', publishVersion, {
    tag,
    summary: 'Publish a version',
    description: 'It takes learners from now on, and stays as it is: a change is another version.',
    answer: CourseVersion,
    refusals: ['transition_not_allowed'],
  }),
  command('/course-versions/{id}/retire', retireVersion, {
    tag,
    summary: 'Retire a version',
    description: 'It takes no new learners. Those who are in it finish it.',
    answer: CourseVersion,
    refusals: ['transition_not_allowed'],
  }),
  list('/course-versions/{id}/accreditations', listCourseAccreditations, {
    tag,
    summary: 'Who accredited a version, newest first',
    answer: pageOf(CourseAccreditation),
  }),
  add('/course-versions/{id}/accreditations', accredit, {
    tag,
    summary: 'Record an accreditation',
    description: 'No award of credit goes beyond its maximum or its dates.',
    answer: CourseAccreditation,
    locate: located('course-accreditations'),
    example: {
      request: {
        body: 'Sample Accrediting Council',
        providerNumber: 'PROV-1',
        activityNumber: 'ACT-1',
        creditType: 'naadac_ce',
        creditsMax: '8.00',
        topics: [{ topic: 'ethics', credits: '2.00' }],
        effectiveFrom: '2026-01-01',
        effectiveTo: '2027-12-31',
      },
    },
  }),
  item('/course-accreditations/{id}', getCourseAccreditation, {
    tag,
    summary: 'Get an accreditation',
    answer: CourseAccreditation,
  }),
]
