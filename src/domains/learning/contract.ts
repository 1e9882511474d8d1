import { z } from 'zod'
import { Id } from '../../core/id.ts'
import { PageArgs } from '../../core/page.ts'
import { CalendarDate, Instant, Text } from '../../core/primitives.ts'
import { Code } from '../courses/codes.ts'
import { frameworkCodes } from './frameworks.ts'

const changed = { version: z.int32(), createdAt: Instant, updatedAt: Instant }
const competenciesMax = 30

const Named = z.object({ code: z.string(), title: z.string() })

export const CompetencyFrameworks = z
  .object({
    frameworks: z.array(
      z.object({
        code: z.enum(frameworkCodes),
        title: z.string(),
        source: z.string(),
        principles: z.array(Named),
        competencies: z.array(Named),
      }),
    ),
  })
  .meta({
    id: 'CompetencyFrameworks',
    description: 'Published lists of competencies that come with the service, for a program to adopt.',
  })

const program = {
  name: Text(200).meta({ example: 'Sample Peer Practicum' }),
  framework: z.enum(frameworkCodes),
  competencies: z
    .array(Code)
    .min(1)
    .max(competenciesMax)
    .describe('Of the framework: those of which each learner brings evidence.')
    .meta({ example: ['managing_crises'] }),
  requiredMinutes: z
    .int()
    .min(1)
    .max(600_000)
    .describe('Of hours beside a mentor that were signed off.')
    .meta({ example: 2400 }),
  reflectionsRequired: z.int().min(0).max(1_000).describe('How many of the hours need a reflection.'),
}

export const LearningProgram = z
  .object({
    id: Id,
    organizationId: Id,
    ...program,
    competencies: z.array(z.string()),
    requiredMinutes: z.int32(),
    reflectionsRequired: z.int32(),
    ...changed,
  })
  .meta({ id: 'LearningProgram' })
export type LearningProgram = z.output<typeof LearningProgram>

export const NewLearningProgram = z
  .strictObject({ ...program, reflectionsRequired: program.reflectionsRequired.default(0) })
  .meta({ id: 'NewLearningProgram' })

const cohort = {
  name: Text(200).meta({ example: 'Spring 2027' }),
  beginsOn: CalendarDate,
  endsOn: CalendarDate,
}

export const Cohort = z
  .object({ id: Id, organizationId: Id, learningProgramId: Id, ...cohort, ...changed })
  .meta({ id: 'Cohort' })
export type Cohort = z.output<typeof Cohort>

export const NewCohort = z.strictObject({ id: Id.describe('The learning program.'), ...cohort })

export const Pages = z.strictObject({ ...PageArgs.shape })
export const OfProgram = z.strictObject({ id: Id, ...PageArgs.shape })
export const ById = z.strictObject({ id: Id })
export const Nothing = z.strictObject({})
