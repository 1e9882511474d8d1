import { z } from 'zod'
import { Id } from '../../core/id.ts'
import { PageArgs } from '../../core/page.ts'
import { CalendarDate, Instant, Language, Text, TimeZone } from '../../core/primitives.ts'
import { ContactMode } from '../programs/contract.ts'
import { referralReasons } from '../referrals/codes.ts'
import { Availability } from './availability.ts'
import {
  Audience,
  demographicKeys,
  MentorStatus,
  MentorType,
  pauseReasons,
  recoveryBands,
  releasableFields,
} from './codes.ts'

const Code = z.string().regex(/^[a-z0-9_]{1,50}$/, 'Expected a code such as twelve_step')
const codes = () => z.array(Code).max(20)
const employersMax = 10

const Releases = z
  .partialRecord(z.enum(releasableFields), z.array(Audience).max(3))
  .describe(
    'Field by field, who may see it; `coordinator` also lets matching weigh it. What is left out keeps its default: of a clinician the lived experience is released to nobody, not even to their own organization.',
  )
  .meta({ example: { substances: ['coordinator', 'patient'] } })

const Limits = z
  .strictObject({
    reasons: z.array(z.enum(referralReasons)).max(referralReasons.length).optional(),
    substances: codes().optional(),
    modes: z.array(ContactMode).max(6).optional(),
  })
  .describe('What the mentor does not take on. No reason is asked.')
  .meta({ example: { reasons: ['post_overdose'] } })

const fields = {
  displayName: Text(200).describe('The name that people see.').meta({ example: 'Sample Mentor' }),
  type: MentorType,
  languages: z
    .array(Language)
    .min(1)
    .max(20)
    .describe('First language first.')
    .meta({ example: ['en'] }),
  modes: z
    .array(ContactMode)
    .min(1)
    .max(6)
    .meta({ example: ['phone', 'video'] }),
  substances: codes()
    .describe('What the mentor chose to share of their own experience.')
    .meta({ example: ['alcohol'] }),
  pathways: codes().meta({ example: ['twelve_step'] }),
  experienceStatement: Text(2000).describe('Their experience in their own words, as far as they share it.'),
  recoveryBand: z.enum(recoveryBands).describe('Attested by the mentor: a band, never a date.'),
  lifeSituations: codes().meta({ example: ['parenting', 'veteran'] }),
  interests: codes().meta({ example: ['gardening'] }),
  demographics: z
    .partialRecord(z.enum(demographicKeys), Code)
    .describe('What the mentor chose to say for matching; every entry is theirs to leave out.')
    .meta({ example: { gender: 'female' } }),
  timeZone: TimeZone,
  postalCode: Text(20),
  availability: z
    .array(Availability)
    .max(20)
    .describe('RFC 5545 recurrence rules in the mentor’s time zone; each occurrence opens one hour.')
    .meta({ example: ['FREQ=WEEKLY;BYDAY=TU,TH;BYHOUR=18'] }),
  capacity: z
    .int()
    .min(0)
    .max(100)
    .describe('Capacity points: a mentorship takes 2, 1 or 0.5 of them by its intensity.')
    .meta({ example: 8 }),
  serviceArea: z.array(Text(20)).max(100).describe('Postal code prefixes; empty means everywhere.'),
  mustNot: Limits,
  boundaries: Text(2000).describe('What people should know before they ask: a boundaries statement.'),
  employerIds: z
    .array(Id)
    .max(employersMax)
    .describe(
      'Organizations of the network that employ a clinician mentor. They do not see the mentor’s notes, and theirs are the panels that the mentor’s readiness counts.',
    ),
  practitionerReferences: z
    .array(Text(200))
    .max(10)
    .describe(
      'How clinics know a clinician mentor, as `system|value`: compared with the panels that clinics upload.',
    )
    .meta({ example: ['http://hl7.org/fhir/sid/us-npi|1234567893'] }),
  supervisorName: Text(200),
  supervisorOrganizationId: Id.describe('Never one of the mentor’s employers.'),
  supervisorHasPeerBackground: z.boolean(),
  releases: Releases,
}

export const Mentor = z
  .object({
    id: Id,
    organizationId: Id,
    type: fields.type,
    modes: fields.modes,
    timeZone: fields.timeZone,
    capacity: fields.capacity,
    serviceArea: fields.serviceArea,
    displayName: z.string().optional(),
    languages: fields.languages.optional(),
    availability: z.array(z.string()).optional(),
    substances: z.array(z.string()).optional(),
    pathways: z.array(z.string()).optional(),
    experienceStatement: z.string().nullable().optional(),
    recoveryBand: z.enum(recoveryBands).nullable().optional(),
    lifeSituations: z.array(z.string()).optional(),
    interests: z.array(z.string()).optional(),
    demographics: z.partialRecord(z.enum(demographicKeys), z.string()).optional(),
    withheld: z
      .array(z.enum(releasableFields))
      .describe('Members left out because the mentor did not release them to the reader.'),
    releases: Releases,
    mustNot: Limits,
    boundaries: z.string().nullable(),
    postalCode: z.string().nullable(),
    employerIds: z.array(Id).max(employersMax),
    practitionerReferences: z.array(z.string()),
    supervisorName: z.string().nullable(),
    supervisorOrganizationId: Id.nullable(),
    supervisorHasPeerBackground: z.boolean().nullable(),
    load: z.number().describe('Capacity points in use: the weights of the mentorships that live.'),
    status: MentorStatus.describe(
      'Only an `active` mentor whose mandatory papers are in order takes new people.',
    ),
    statusReason: z.string().nullable(),
    pausedUntil: CalendarDate.nullable(),
    eligibleUntil: Instant.nullable().describe(
      'When the first mandatory item runs out. Null: none does. In the past: no new person is matched.',
    ),
    supervisionDueAt: Instant.nullable(),
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
    experienceStatement: fields.experienceStatement.optional(),
    recoveryBand: fields.recoveryBand.optional(),
    lifeSituations: fields.lifeSituations.default([]),
    interests: fields.interests.default([]),
    demographics: fields.demographics.default({}),
    timeZone: fields.timeZone.default('America/New_York'),
    postalCode: fields.postalCode.optional(),
    availability: fields.availability.default([]),
    capacity: fields.capacity.default(3),
    serviceArea: fields.serviceArea.default([]),
    mustNot: fields.mustNot.default({}),
    boundaries: fields.boundaries.optional(),
    employerIds: fields.employerIds.default([]),
    practitionerReferences: fields.practitionerReferences.default([]),
    supervisorName: fields.supervisorName.optional(),
    supervisorOrganizationId: fields.supervisorOrganizationId.optional(),
    supervisorHasPeerBackground: fields.supervisorHasPeerBackground.optional(),
    releases: fields.releases.default({}),
  })
  .meta({ id: 'NewMentor', description: 'Starts as an `applicant`.' })
export type NewMentor = z.output<typeof NewMentor>

/** What a mentor may change by their own portal token; the rest is their organization's to say. */
const own = {
  displayName: fields.displayName.optional(),
  languages: fields.languages.optional(),
  modes: fields.modes.optional(),
  substances: fields.substances.optional(),
  pathways: fields.pathways.optional(),
  experienceStatement: fields.experienceStatement.nullable().optional(),
  recoveryBand: fields.recoveryBand.nullable().optional(),
  lifeSituations: fields.lifeSituations.optional(),
  interests: fields.interests.optional(),
  demographics: z
    .partialRecord(z.enum(demographicKeys), Code.nullable())
    .optional()
    .describe('Member by member; null takes one away.'),
  timeZone: fields.timeZone.optional(),
  postalCode: fields.postalCode.nullable().optional(),
  availability: fields.availability.optional(),
  serviceArea: fields.serviceArea.optional(),
  mustNot: fields.mustNot.optional(),
  boundaries: fields.boundaries.nullable().optional(),
  releases: z
    .partialRecord(z.enum(releasableFields), z.array(Audience).max(3).nullable())
    .optional()
    .describe(
      'Field by field; null goes back to the default. Wider than before only by the mentor’s own portal token.',
    ),
}
export const ownMembers = Object.keys(own) as readonly (keyof typeof own)[]

export const MentorChanges = z.strictObject({
  id: Id,
  ...own,
  capacity: fields.capacity.optional(),
  employerIds: fields.employerIds.optional(),
  practitionerReferences: fields.practitionerReferences.optional(),
  supervisorName: fields.supervisorName.nullable().optional(),
  supervisorOrganizationId: fields.supervisorOrganizationId.nullable().optional(),
  supervisorHasPeerBackground: fields.supervisorHasPeerBackground.nullable().optional(),
})
export type MentorChanges = z.output<typeof MentorChanges>

export const MentorFilter = z.strictObject({
  ...PageArgs.shape,
  status: MentorStatus.optional(),
  type: MentorType.optional(),
  organizationId: Id.optional().describe('Your own: mentors are shown to their organization alone.'),
  programId: Id.optional().describe(
    'Those whom a program of their organization matches, by the kinds it takes.',
  ),
})

export const SetMentorStatus = z.strictObject({
  id: Id,
  status: MentorStatus,
  reason: Text(500).optional(),
  pauseReason: z
    .enum(pauseReasons)
    .optional()
    .describe(
      'A pause protects the mentor. It never counts against them, and their people are looked after at once.',
    ),
  pausedUntil: CalendarDate.optional(),
})
