import { z } from 'zod'
import { Id } from '../../core/id.ts'
import { PageArgs } from '../../core/page.ts'
import { Instant, Language, Text } from '../../core/primitives.ts'

export const contactModes = ['in_person', 'phone', 'video', 'text', 'chat', 'group'] as const
export const ContactMode = z.enum(contactModes)

/** How often mentor and person expect to talk; the intervals are in mentorships/cadence.ts. */
export const cadences = [
  'stepped_default',
  'telephone_weekly_12',
  'post_overdose_90',
  'checkup_quarterly',
  'mentoring_4h_month',
] as const
export const Cadence = z.enum(cadences)

export const programStatuses = ['active', 'paused', 'closed'] as const

const fields = {
  name: Text(200).describe('Unique in its organization.').meta({ example: 'Sample Peer Line' }),
  description: Text(2000).optional(),
  modes: z
    .array(ContactMode)
    .min(1)
    .max(6)
    .describe('Ways in which its mentors meet people.')
    .meta({ example: ['phone', 'video'] }),
  languages: z
    .array(Language)
    .min(1)
    .max(20)
    .meta({ example: ['en', 'es'] }),
  cadence: Cadence.describe('The rhythm that its mentorships start with.'),
  serviceArea: z
    .array(Text(20))
    .max(500)
    .describe('Postal code prefixes; empty means everywhere.')
    .meta({ example: ['802'] }),
}

export const Program = z
  .object({
    id: Id,
    organizationId: Id,
    ...fields,
    description: z.string().nullable(),
    status: z.enum(programStatuses).describe('Only an `active` program takes referrals.'),
    version: z.int32(),
    createdAt: Instant,
    updatedAt: Instant,
  })
  .meta({ id: 'Program', description: 'A mentorship program run by an organization.' })
export type Program = z.output<typeof Program>

export const NewProgram = z
  .strictObject({
    ...fields,
    languages: fields.languages.default(['en']),
    cadence: fields.cadence.default('stepped_default'),
    serviceArea: fields.serviceArea.default([]),
  })
  .meta({ id: 'NewProgram' })

export const ProgramChanges = z.strictObject({
  id: Id,
  name: fields.name.optional(),
  description: fields.description.nullable(),
  modes: fields.modes.optional(),
  languages: fields.languages.optional(),
  cadence: fields.cadence.optional(),
  serviceArea: fields.serviceArea.optional(),
  status: z.enum(programStatuses).optional(),
})

export const ProgramFilter = z.strictObject({
  ...PageArgs.shape,
  organizationId: Id.optional(),
  status: z.enum(programStatuses).optional(),
})
