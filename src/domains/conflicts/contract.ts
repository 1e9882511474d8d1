import { z } from 'zod'
import { Id } from '../../core/id.ts'
import { PageArgs } from '../../core/page.ts'
import { CalendarDate, Instant, Text } from '../../core/primitives.ts'

/**
 * Relations that make a pair impossible, whoever wishes it, and for 24 months after they end. The first group is
 * that of the field's codes of ethics: nobody mentors their own patient, employee or family.
 */
export const barringKinds = [
  'same_person',
  'treating',
  'prescribing',
  'supervising',
  'billing',
  'evaluating',
  'reporting',
  'case_management',
  'probation',
  'employer',
  'landlord',
  'family',
  'household',
  'partner',
] as const

/** Relations that people should know of before they decide; they are shown, and bar nothing. */
export const cautionKinds = ['sponsor', 'workplace', 'small_community'] as const

export const conflictKinds = [...barringKinds, ...cautionKinds] as const
export const ConflictKind = z.enum(conflictKinds)
export type ConflictKind = z.output<typeof ConflictKind>

export const declaredBy = ['mentor', 'patient', 'coordinator', 'clinic'] as const

export const ConflictDeclaration = z
  .object({
    id: Id,
    mentorId: Id,
    patientId: Id,
    kind: ConflictKind,
    bars: z.boolean().describe('True when no offer can be made to this pair, now.'),
    declaredBy: z.enum(declaredBy),
    beganOn: CalendarDate.nullable(),
    endedOn: CalendarDate.nullable(),
    withdrawnAt: Instant.nullable(),
    version: z.int32(),
    createdAt: Instant,
    updatedAt: Instant,
  })
  .meta({
    id: 'ConflictDeclaration',
    description: 'A relation between a mentor and a person beside mentoring.',
  })
export type ConflictDeclaration = z.output<typeof ConflictDeclaration>

export const DeclareConflict = z
  .strictObject({
    id: Id,
    patientId: Id,
    kind: ConflictKind,
    declaredBy: z.enum(declaredBy).default('coordinator').describe('By a portal token it is that person.'),
    beganOn: CalendarDate.optional(),
    endedOn: CalendarDate.optional().describe('The relation bars for 24 months more.'),
  })
  .meta({ id: 'DeclareConflict' })

export const WithdrawConflict = z.strictObject({ id: Id })
export const ConflictFilter = z.strictObject({ ...PageArgs.shape, id: Id })

/** Base64url of 32 bytes. */
const hash = z
  .string()
  .regex(/^[A-Za-z0-9_-]{43}$/, 'Expected base64url of 32 bytes')
  .meta({ example: '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU' })

/** What fits into one request; a larger panel is added in parts. */
const hashesMax = 5_000

export const PutPanel = z.strictObject({
  practitionerReference: Text(200)
    .describe('Of the clinician, as `system|value`: the same that the mentor gave.')
    .meta({ example: 'http://hl7.org/fhir/sid/us-npi|1234567893' }),
  hashes: z.array(hash).max(hashesMax),
  mode: z
    .enum(['replace', 'add'])
    .default('replace')
    .describe('`replace` forgets what you uploaded for this clinician before.'),
  relatedUntil: CalendarDate.optional().describe(
    'For people who are no longer theirs: the last day on which they were.',
  ),
})

export const Panel = z
  .object({ practitionerReference: z.string(), entries: z.int32().describe('Hashes kept of your panel.') })
  .meta({ id: 'Panel' })

export const PanelKey = z
  .object({
    algorithm: z.literal('HMAC-SHA-256'),
    key: z.string().describe('Base64url. The key of your network; keep it as you keep a secret.'),
    form: z.string().describe('What is hashed of a person.'),
    example: z.object({ name: z.string(), birthDate: CalendarDate, hashed: z.string(), hash }),
  })
  .meta({
    id: 'PanelKey',
    description: 'How a clinic hashes its panel, so that no list of its patients ever leaves it.',
  })
