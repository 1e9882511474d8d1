import { z } from 'zod'
import { Id } from '../../core/id.ts'
import { PageArgs } from '../../core/page.ts'
import { Instant, isStorable, Text, TimeZone, unstorable } from '../../core/primitives.ts'
import { BusinessCalendar, mondayToFriday } from '../clocks/calendar.ts'

export const organizationKinds = [
  'treatment_program',
  'hospital',
  'fqhc',
  'rco',
  'recovery_center',
  'mutual_help',
  'health_school',
  'employer',
  'justice_partner',
  'hub',
] as const

/** Kinds that have medical personnel of their own (42 CFR 2.51). */
export const medicalKinds: ReadonlySet<string> = new Set<(typeof organizationKinds)[number]>([
  'hospital',
  'fqhc',
])

/** 42 CFR 2.11 roles; an organization may have several. None declared counts as Part 2. */
export const part2Statuses = [
  'program',
  'covered_entity',
  'business_associate',
  'qso',
  'lawful_holder',
  'intermediary',
  'none',
] as const

const fields = {
  name: Text(200).describe('Unique in the network.').meta({ example: 'Sample Recovery Community' }),
  kind: z
    .enum(organizationKinds)
    .describe('`rco` is a recovery community organization.')
    .meta({ example: 'rco' }),
  part2Status: z
    .array(z.enum(part2Statuses))
    .max(7)
    .describe('Roles under 42 CFR 2.11. Empty means not declared, and counts as Part 2.')
    .meta({ example: ['lawful_holder'] }),
  timeZone: TimeZone.describe('IANA time zone in which its business days are counted.'),
  businessCalendar: BusinessCalendar.describe('Days on which its deadlines in business days count.'),
  url: z
    .url({ protocol: /^https$/ })
    .max(500)
    .refine(isStorable, unstorable)
    .optional()
    .meta({ example: 'https://recovery.example' }),
  description: Text(2000)
    .describe(
      'What it is, for people who look for help. Nobody who is accompanied is named or described here.',
    )
    .meta({ example: 'Sample: people who walk the way to recovery together.' }),
  listed: z
    .boolean()
    .describe(
      'Whether the public directory of the network shows it, with its programs. Off until it says otherwise.',
    ),
}

export const Organization = z
  .object({
    id: Id,
    ...fields,
    url: z.string().nullable(),
    description: z.string().nullable(),
    status: z.enum(['active', 'inactive']),
    version: z.int32(),
    createdAt: Instant,
    updatedAt: Instant,
  })
  .meta({ id: 'Organization', description: 'A member of the network.' })
export type Organization = z.output<typeof Organization>

export const NewOrganization = z
  .strictObject({
    ...fields,
    part2Status: fields.part2Status.default([]),
    timeZone: fields.timeZone.default('America/New_York'),
    businessCalendar: fields.businessCalendar.default(mondayToFriday),
    description: fields.description.optional(),
    listed: fields.listed.default(false),
  })
  .meta({ id: 'NewOrganization' })

export const OrganizationChanges = z.strictObject({
  id: Id,
  name: fields.name.optional(),
  kind: fields.kind.optional(),
  part2Status: fields.part2Status.optional(),
  timeZone: fields.timeZone.optional(),
  businessCalendar: fields.businessCalendar.optional(),
  url: fields.url.nullable(),
  description: fields.description.nullable().optional(),
  listed: fields.listed.optional(),
  status: z.enum(['active', 'inactive']).optional(),
})

export const OrganizationFilter = z.strictObject({
  ...PageArgs.shape,
  kind: z.enum(organizationKinds).optional(),
})
