import { z } from 'zod'
import { Id } from '../../core/id.ts'
import { PageArgs } from '../../core/page.ts'
import { Instant, Text } from '../../core/primitives.ts'
import { Profession } from './codes.ts'

const said = {
  name: Text(200)
    .describe('As it stands on a certificate. Sealed at rest.')
    .meta({ example: 'Sample Learner' }),
  reference: Text(100)
    .describe('Your own number of the learner: a student number, say. Sealed at rest.')
    .meta({ example: 'STUDENT-0042' }),
  profession: Profession,
  npi: z
    .string()
    .regex(/^\d{10}$/, 'Expected the ten digits of a National Provider Identifier')
    .describe('Only where an accreditor asks for it. Sealed at rest.')
    .meta({ example: '1234567893' }),
  licenseState: z
    .string()
    .regex(/^[A-Z]{2}$/, 'Expected a state such as CO')
    .meta({ example: 'CO' }),
  licenseNumber: Text(100).describe('Sealed at rest.'),
  birthMonthDay: z
    .string()
    .regex(/^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, 'Expected a month and a day such as 04-12')
    .describe('Month and day alone: what accreditors match learners by. Sealed at rest.')
    .meta({ example: '04-12' }),
}

export const Learner = z
  .object({
    id: Id,
    organizationId: Id,
    mentorId: Id.nullable().describe('The mentor of your organization who learns, if it is one.'),
    ...said,
    name: z.string(),
    reference: z.string().nullable(),
    npi: z.string().nullable(),
    licenseState: z.string().nullable(),
    licenseNumber: z.string().nullable(),
    birthMonthDay: z.string().nullable(),
    version: z.int32(),
    createdAt: Instant,
    updatedAt: Instant,
  })
  .meta({ id: 'Learner', description: 'Somebody who learns: a mentor, a clinician, a student.' })
export type Learner = z.output<typeof Learner>

export const NewLearner = z
  .strictObject({
    mentorId: Id.optional().describe(
      'A mentor of your organization; one learner for each. It is said once: what they learn counts for them from then on.',
    ),
    ...said,
    reference: said.reference.optional(),
    profession: said.profession.default('other'),
    npi: said.npi.optional(),
    licenseState: said.licenseState.optional(),
    licenseNumber: said.licenseNumber.optional(),
    birthMonthDay: said.birthMonthDay.optional(),
  })
  .meta({ id: 'NewLearner' })

export const LearnerChanges = z
  .strictObject({
    id: Id,
    name: said.name.optional(),
    profession: said.profession.optional(),
    reference: said.reference.nullable().optional(),
    npi: said.npi.nullable().optional(),
    licenseState: said.licenseState.nullable().optional(),
    licenseNumber: said.licenseNumber.nullable().optional(),
    birthMonthDay: said.birthMonthDay.nullable().optional(),
  })
  .meta({ id: 'LearnerChanges' })

export const LearnerFilter = z.strictObject({ ...PageArgs.shape, mentorId: Id.optional() })

export const ById = z.strictObject({ id: Id })

/** What one learner has many of. */
export const OfLearner = z.strictObject({ id: Id, ...PageArgs.shape })
