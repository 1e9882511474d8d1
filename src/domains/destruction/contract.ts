import { z } from 'zod'
import { Id } from '../../core/id.ts'
import { PageArgs } from '../../core/page.ts'
import { Instant, Text } from '../../core/primitives.ts'
import type { DataClass } from '../consents/codes.ts'

export const grounds = ['retention_ended', 'not_a_record'] as const

/** The classes whose words are gone with the key; codes, times and counts of them stay. */
export const destroyedClasses = [
  'identity',
  'contact',
  'referral_reason',
  'contact_summary',
  'contact_notes',
] as const satisfies readonly DataClass[]

export const DestroyPatient = z.strictObject({
  id: Id,
  ground: z
    .enum(grounds)
    .describe(
      '`retention_ended`: the years of the network’s retention policy have passed since anything was recorded last. `not_a_record`: nobody was referred and nothing disclosed, so there is no record to keep.',
    ),
  authority: Text(500)
    .describe('The schedule, statute or decision that it rests on. Kept with the certificate.')
    .meta({ example: 'Retention schedule 2026, section 4' }),
})

export const DestructionCertificate = z
  .object({
    id: Id,
    organizationId: Id,
    patientHash: z
      .string()
      .describe(
        'Names the person without naming them: only this service can make it, from the patient’s id.',
      ),
    dataClasses: z.array(z.enum(destroyedClasses)).describe('Classes whose words can no longer be read.'),
    method: z.literal('crypto_shred').describe('The key was destroyed under which everything was sealed.'),
    ground: z.enum(grounds),
    authority: z.string(),
    keyDigest: z
      .string()
      .nullable()
      .describe('SHA-256 of the destroyed key as it was wrapped: finds it in a backup, and opens nothing.'),
    destroyedAt: Instant,
    destroyedByClientId: Id,
    actingUser: z.string().nullable(),
  })
  .meta({ id: 'DestructionCertificate' })
export type DestructionCertificate = z.output<typeof DestructionCertificate>

export const CertificateFilter = z.strictObject({ ...PageArgs.shape, patientId: Id.optional() })

export const NewLegalHold = z.strictObject({
  id: Id,
  reason: Text(1000).meta({ example: 'Sample: preservation letter of 2 November, file 26-114' }),
})

export const LegalHold = z
  .object({
    id: Id,
    organizationId: Id,
    patientId: Id,
    reason: z.string().nullable(),
    placedAt: Instant,
    placedByClientId: Id,
    releasedAt: Instant.nullable(),
    releasedByClientId: Id.nullable(),
    version: z.int32(),
  })
  .meta({ id: 'LegalHold' })
export type LegalHold = z.output<typeof LegalHold>

export const HoldFilter = z.strictObject({ ...PageArgs.shape, id: Id })

export const ReleaseHold = z.strictObject({ id: Id })

const years = z
  .int()
  .min(6)
  .max(100)
  .describe(
    'How many years a record is kept after anything was recorded last; of somebody who was a minor then, after they came of age. Six at least (45 CFR 164.316(b)(2)).',
  )

export const RetentionPolicy = z.object({ recordYears: years }).meta({ id: 'RetentionPolicy' })

export const RetentionPolicyChanges = z.strictObject({ recordYears: years.meta({ example: 10 }) })
