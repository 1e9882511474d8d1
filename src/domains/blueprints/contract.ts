import { z } from 'zod'
import { Id } from '../../core/id.ts'
import { PageArgs } from '../../core/page.ts'
import { evenWhenMalformed, fault, Language, Text } from '../../core/primitives.ts'
import { publicationStatuses, versionStatuses } from '../publications/codes.ts'
import { headMembers, versionMembers } from '../stories/contract.ts'
import { companions, planDomains } from './codes.ts'

const stepsMax = 50
const Key = z.string().regex(/^[a-z0-9_]{1,50}$/, 'Expected a code such as first_meeting')

const step = {
  key: Key.meta({ example: 'first_meeting' }),
  what: Text(500).meta({ example: 'Sample: go to one meeting, and sit near the door.' }),
  why: Text(1000),
  domain: z.enum(planDomains),
  startDay: z.int().min(0).max(3650).describe('Days after the person begins with it.'),
  with: z.array(z.enum(companions)).max(companions.length),
  after: z.array(Key).max(stepsMax).describe('Steps that come before, by their keys. Never in a circle.'),
}

export const BlueprintStep = z
  .object({ ...step, why: z.string().nullable(), startDay: z.int32() })
  .meta({ id: 'BlueprintStep' })
export type BlueprintStep = z.output<typeof BlueprintStep>

const NewStep = z
  .strictObject({
    ...step,
    why: step.why.optional(),
    startDay: step.startDay.default(0),
    with: step.with.default(['self']),
    after: step.after.default([]),
  })
  .meta({ id: 'NewBlueprintStep' })

const fields = {
  title: Text(200).meta({ example: 'The first ninety days' }),
  summary: Text(2000).meta({ example: 'Sample: small steps, and nobody walks them alone.' }),
  language: Language,
  steps: z.array(NewStep).min(1).max(stepsMax),
}

const shown = {
  title: z.string(),
  summary: z.string().nullable(),
  language: z.string(),
  steps: z.array(BlueprintStep),
}

export const Blueprint = z
  .object({
    id: Id,
    organizationId: Id,
    mentorId: Id.nullable().describe('The mentor whose way it is.'),
    programId: Id.nullable().describe(
      'The program whose way it is. Neither of the two: what the organization offers to everybody whom it accompanies.',
    ),
    ...shown,
    ...versionMembers,
    ...headMembers,
  })
  .meta({ id: 'Blueprint', description: 'A way in steps, to be taken up and changed by whoever walks it.' })
export type Blueprint = z.output<typeof Blueprint>

export const BlueprintVersion = z
  .object({ number: z.int32(), status: z.enum(versionStatuses), ...shown, ...versionMembers })
  .meta({ id: 'BlueprintVersion' })
export type BlueprintVersion = z.output<typeof BlueprintVersion>

/** To whoever looks for a way to take up: whose it is, is not told. */
export const OfferedBlueprint = z
  .object({ id: Id, number: z.int32(), ...shown })
  .meta({ id: 'OfferedBlueprint', description: 'The version of a blueprint that a person may adopt.' })
export type OfferedBlueprint = z.output<typeof OfferedBlueprint>

export const NewBlueprint = z
  .strictObject({
    mentorId: Id.optional().describe('The mentor whose way it is. With a portal token the token’s.'),
    programId: Id.optional().describe(
      'The program of your organization whose way it is, in place of a mentor. Neither: the organization’s own.',
    ),
    title: fields.title,
    summary: fields.summary.optional(),
    language: fields.language.default('en'),
    steps: fields.steps,
  })
  .check(
    evenWhenMalformed(({ value, issues }) => {
      const { mentorId, programId } = (value ?? {}) as { mentorId?: unknown; programId?: unknown }
      if (mentorId !== undefined && programId !== undefined)
        issues.push({
          ...fault('conflicting_members', ['programId'], 'A way is a mentor’s or a program’s, not both.'),
          input: undefined,
        })
    }),
  )
  .meta({ id: 'NewBlueprint' })

export const BlueprintChanges = z.strictObject({
  id: Id,
  title: fields.title.optional(),
  summary: fields.summary.nullable().optional(),
  language: fields.language.optional(),
  steps: fields.steps.optional().describe('As a whole.'),
})

export const BlueprintFilter = z.strictObject({
  ...PageArgs.shape,
  mentorId: Id.optional(),
  programId: Id.optional(),
  status: z.enum(publicationStatuses).exclude(['withdrawn']).optional(),
})
