import { z } from 'zod'
import { Id } from '../../core/id.ts'
import { PageArgs } from '../../core/page.ts'
import { CalendarDate, evenWhenMalformed, fault, Instant, Language, Text } from '../../core/primitives.ts'
import { Profession, professions } from '../learners/codes.ts'
import { Code, Credits, moduleKinds, TopicCredits, versionStatuses } from './codes.ts'

const modulesMax = 100
const objectivesMax = 30

const changed = { version: z.int32(), createdAt: Instant, updatedAt: Instant }

const course = {
  code: Code.describe('Yours to choose, and yours alone. A requirement of mentors names it.').meta({
    example: 'peer_core_training',
  }),
  title: Text(200).meta({ example: 'Sample Core Training for Peers' }),
  audience: z.array(Profession).max(professions.length),
}

export const Course = z.object({ id: Id, organizationId: Id, ...course, ...changed }).meta({ id: 'Course' })
export type Course = z.output<typeof Course>

export const NewCourse = z
  .strictObject({ ...course, audience: course.audience.default([]) })
  .meta({ id: 'NewCourse' })

const module = {
  code: Code.meta({ example: 'boundaries' }),
  title: Text(200).meta({ example: 'Boundaries and dual relationships' }),
  kind: z.enum(moduleKinds),
  minutes: z.int().min(0).max(10_000).describe('Of presence that complete it; a quiz asks for none.'),
  required: z.boolean(),
  passMark: z.int().min(0).max(100).describe('Of 100, for a quiz.'),
}

export const CourseModule = z
  .object({ ...module, minutes: z.int32(), passMark: z.int32().nullable() })
  .meta({ id: 'CourseModule' })

const NewModule = z.strictObject({
  ...module,
  minutes: module.minutes.default(0),
  required: module.required.default(true),
  passMark: module.passMark.optional().describe('Of 100. Demanded of a quiz, and of nothing else.'),
})

const content = {
  label: Text(30).describe('How people call it: 2026.1, say. One of a kind within its course.').meta({
    example: '2026.1',
  }),
  language: Language,
  objectives: z.array(Text(500)).max(objectivesMax),
  attemptsMax: z.int().min(1).max(20).describe('How often a quiz may be tried.'),
  evaluationRequired: z
    .boolean()
    .describe('Whether the learner’s evaluation of the course comes before its end.'),
  validMonths: z.int().min(1).max(240).describe('How long a completion counts. Left out: for good.'),
}

export const CourseVersion = z
  .object({
    id: Id,
    organizationId: Id,
    courseId: Id,
    ...content,
    attemptsMax: z.int32(),
    validMonths: z.int32().nullable(),
    modules: z.array(CourseModule),
    status: z
      .enum(versionStatuses)
      .describe('A `published` one never changes. A `retired` one takes no new learners; those in it go on.'),
    contentSha256: z.string().nullable().describe('Of the content as it was published.'),
    publishedAt: Instant.nullable(),
    retiredAt: Instant.nullable(),
    ...changed,
  })
  .meta({ id: 'CourseVersion' })
export type CourseVersion = z.output<typeof CourseVersion>

type Payload = Parameters<Parameters<typeof evenWhenMalformed<unknown>>[0]>[0]

/** Each code once, a pass mark for each quiz and for nothing else. */
function checkModules({ value, issues }: Payload) {
  const modules = (value as { modules?: unknown } | null)?.modules
  if (!Array.isArray(modules)) return
  const seen = new Set<unknown>()
  for (const [index, one] of modules.entries()) {
    const { code, kind, passMark, minutes } = (one ?? {}) as Record<string, unknown>
    const faultAt = (member: string, name: string, detail: string) =>
      issues.push({ ...fault(name, ['modules', index, member], detail), input: undefined })
    if (typeof code === 'string' && seen.has(code))
      faultAt('code', 'duplicate', 'Another module has this code.')
    seen.add(code)
    if (kind === 'quiz' && passMark === undefined) faultAt('passMark', 'required', 'A quiz has a pass mark.')
    if (kind !== 'quiz' && kind !== undefined && passMark !== undefined)
      faultAt('passMark', 'conflicting_members', 'Only a quiz is passed.')
    if (kind === 'quiz' && typeof minutes === 'number' && minutes > 0)
      faultAt('minutes', 'conflicting_members', 'A quiz is passed, not attended.')
  }
}

export const NewCourseVersion = z
  .strictObject({
    id: Id.describe('The course.'),
    ...content,
    language: content.language.default('en'),
    objectives: content.objectives.default([]),
    attemptsMax: content.attemptsMax.default(3),
    evaluationRequired: content.evaluationRequired.default(true),
    validMonths: content.validMonths.optional(),
    modules: z.array(NewModule).min(1).max(modulesMax),
  })
  .check(evenWhenMalformed(checkModules))

const accreditation = {
  body: Text(200).meta({ example: 'Sample Accrediting Council' }),
  providerNumber: Text(100).meta({ example: 'PROV-1' }),
  activityNumber: Text(100).meta({ example: 'ACT-1' }),
  creditType: Code.describe(
    'A code for the kind of credit: ama_pra_category_1, naadac_ce, ancc_contact_hour.',
  ).meta({
    example: 'naadac_ce',
  }),
  creditsMax: Credits.describe('No learner is awarded more.'),
  topics: TopicCredits.describe('How many of them at most are of which topic: ethics, say.'),
  effectiveFrom: CalendarDate,
  effectiveTo: CalendarDate.describe('The last day on which a completion earns credit.'),
  statement: Text(2000).describe('What has to stand on a certificate.'),
}

export const CourseAccreditation = z
  .object({
    id: Id,
    organizationId: Id,
    courseVersionId: Id,
    ...accreditation,
    creditsMax: Credits,
    activityNumber: z.string().nullable(),
    topics: z.array(z.object({ topic: z.string(), credits: Credits })),
    statement: z.string().nullable(),
    ...changed,
  })
  .meta({ id: 'CourseAccreditation' })
export type CourseAccreditation = z.output<typeof CourseAccreditation>

export const NewCourseAccreditation = z
  .strictObject({
    id: Id.describe('The version of a course.'),
    ...accreditation,
    activityNumber: accreditation.activityNumber.optional(),
    topics: accreditation.topics.default([]),
    statement: accreditation.statement.optional(),
  })
  .check(
    evenWhenMalformed(({ value, issues }: Payload) => {
      const { effectiveFrom: from, effectiveTo: to } = (value ?? {}) as Record<string, unknown>
      if (typeof from === 'string' && typeof to === 'string' && to < from)
        issues.push({
          ...fault('expires_before_start', ['effectiveTo'], 'It would run out before it began to hold.'),
          input: undefined,
        })
    }),
  )

export const CourseFilter = z.strictObject({ ...PageArgs.shape, code: Code.optional() })
export const OfCourse = z.strictObject({ id: Id, ...PageArgs.shape })
export const ById = z.strictObject({ id: Id })
