import { z } from 'zod'
import { Id } from '../../core/id.ts'
import { PageArgs } from '../../core/page.ts'
import {
  CalendarDate,
  Instant,
  isStorable,
  Language,
  Text,
  TimeZone,
  unstorable,
} from '../../core/primitives.ts'
import { DataClass } from '../consents/codes.ts'
import { Disclosure } from '../disclosures/contract.ts'

export const PatientIdentifier = z.strictObject({
  system: Text(200).describe('URI of the numbering system.').meta({ example: 'https://clinic.example/mrn' }),
  value: Text(200).meta({ example: '889900' }),
})
export type PatientIdentifier = z.output<typeof PatientIdentifier>

export const ContactPoint = z.strictObject({
  system: z.enum(['phone', 'sms', 'email', 'postal']),
  value: Text(200).meta({ example: '+13035550142' }),
  permissions: z
    .array(z.enum(['call', 'text', 'voicemail_detail', 'email', 'post']))
    .max(5)
    .default([])
    .describe('What the person allows on this point. Empty means: do not use it yet.'),
  preferred: z.boolean().default(false),
})
export type ContactPoint = z.output<typeof ContactPoint>

const fields = {
  name: Text(200)
    .optional()
    .describe('The name that the person goes by.')
    .meta({ example: 'Sample Patient' }),
  birthDate: CalendarDate.optional(),
  language: Language.optional(),
  timeZone: TimeZone.optional(),
  postalCode: Text(20).optional(),
  contactPoints: z.array(ContactPoint).max(10).optional(),
}

/** The clinic's own number decides who it is: sent again with other details, it updates the same patient. */
export const NewPatient = z.strictObject({ identifier: PatientIdentifier, ...fields }).meta({
  id: 'NewPatient',
  description: 'Upserted by identifier inside the calling organization; members left out stay as they are.',
})
export type NewPatient = z.output<typeof NewPatient>

export const PatientChanges = z.strictObject({
  id: Id,
  name: fields.name.nullable(),
  birthDate: fields.birthDate.nullable(),
  language: fields.language.nullable(),
  timeZone: fields.timeZone.nullable(),
  postalCode: fields.postalCode.nullable(),
  contactPoints: fields.contactPoints,
})

export const Patient = z
  .object({
    id: Id,
    organizationId: Id.describe('The organization that holds the record.'),
    identifiers: z
      .array(z.object({ system: z.string(), value: z.string() }))
      .optional()
      .describe('Shown to the organization that holds the record only.'),
    name: z.string().nullable().optional(),
    birthDate: CalendarDate.nullable().optional(),
    language: z.string().nullable().optional(),
    timeZone: z.string().nullable().optional(),
    postalCode: z.string().nullable().optional(),
    contactPoints: z
      .array(
        z.object({
          system: z.string(),
          value: z.string(),
          permissions: z.array(z.string()),
          preferred: z.boolean(),
        }),
      )
      .optional(),
    erasedAt: Instant.nullable().describe(
      'When what was said of the person was destroyed; every name and word reads as null or empty since.',
    ),
    version: z.int32(),
    createdAt: Instant,
    updatedAt: Instant,
    redacted: z.array(DataClass).optional().describe('Data classes left out because no consent covers them.'),
    disclosure: Disclosure.optional(),
  })
  .meta({ id: 'Patient' })
export type Patient = z.output<typeof Patient>

/** The data class of each member that may cross organizations. */
export const patientClasses = {
  name: 'identity',
  birthDate: 'identity',
  language: 'contact',
  timeZone: 'contact',
  postalCode: 'contact',
  contactPoints: 'contact',
} as const satisfies Partial<Record<keyof Patient, DataClass>>

export const PatientFilter = z.strictObject({
  ...PageArgs.shape,
  identifier: z
    .string()
    .max(401)
    .regex(/^[^|]+\|.+$/, 'Expected system|value')
    .refine(isStorable, unstorable)
    .optional()
    .describe('`system|value`, exactly.'),
  modifiedSince: Instant.optional().describe(
    'Changed at or after; the list is then ordered by change, oldest first.',
  ),
})
