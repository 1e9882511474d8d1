import { z } from 'zod'
import { Id } from '../../core/id.ts'
import { PageArgs } from '../../core/page.ts'
import { Instant, Language, Text, TimeZone } from '../../core/primitives.ts'
import { ContactMode } from '../programs/contract.ts'
import { MentorStatus, MentorType } from './codes.ts'

const Code = z.string().regex(/^[a-z0-9_]{1,50}$/, 'Expected a code such as twelve_step')

const fields = {
  displayName: Text(200).describe('The name that people see.').meta({ example: 'Sample Mentor' }),
  type: MentorType,
  languages: z
    .array(Language)
    .min(1)
    .max(20)
    .meta({ example: ['en'] }),
  modes: z
    .array(ContactMode)
    .min(1)
    .max(6)
    .meta({ example: ['phone', 'video'] }),
  substances: z
    .array(Code)
    .max(20)
    .describe('What the mentor chose to share of their own experience.')
    .meta({ example: ['alcohol'] }),
  pathways: z
    .array(Code)
    .max(20)
    .meta({ example: ['twelve_step'] }),
  timeZone: TimeZone,
  availability: z
    .array(Text(500))
    .max(20)
    .describe('RFC 5545 recurrence rules, in the mentor’s time zone.')
    .meta({ example: ['FREQ=WEEKLY;BYDAY=TU,TH;BYHOUR=18'] }),
  capacity: z.int().min(0).max(100).describe('How many people at once.').meta({ example: 8 }),
  serviceArea: z.array(Text(20)).max(100).describe('Postal code prefixes; empty means everywhere.'),
}

export const Mentor = z
  .object({
    id: Id,
    organizationId: Id,
    ...fields,
    load: z.int32().describe('People accompanied now.'),
    status: MentorStatus.describe('Only an `active` mentor takes new people.'),
    statusReason: z.string().nullable(),
    version: z.int32(),
    createdAt: Instant,
    updatedAt: Instant,
  })
  .meta({ id: 'Mentor', description: 'A person who accompanies.' })
export type Mentor = z.output<typeof Mentor>

export const NewMentor = z
  .strictObject({
    ...fields,
    languages: fields.languages.default(['en']),
    modes: fields.modes.default(['phone']),
    substances: fields.substances.default([]),
    pathways: fields.pathways.default([]),
    timeZone: fields.timeZone.default('America/New_York'),
    availability: fields.availability.default([]),
    capacity: fields.capacity.default(3),
    serviceArea: fields.serviceArea.default([]),
  })
  .meta({ id: 'NewMentor', description: 'Starts as an `applicant`.' })

export const MentorFilter = z.strictObject({
  ...PageArgs.shape,
  status: MentorStatus.optional(),
  type: MentorType.optional(),
})

export const SetMentorStatus = z.strictObject({ id: Id, status: MentorStatus, reason: Text(500).optional() })
