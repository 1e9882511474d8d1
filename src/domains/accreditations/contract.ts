import { z } from 'zod'
import { Id } from '../../core/id.ts'
import { PageArgs } from '../../core/page.ts'
import { CalendarDate, evenWhenMalformed, fault, Instant, Text } from '../../core/primitives.ts'

/** `confirmed`: the network's office has seen the document. Only then does a scheme count it. */
export const accreditationStatuses = ['recorded', 'confirmed', 'withdrawn'] as const

const fields = {
  code: z
    .string()
    .regex(/^[a-z0-9_]{1,100}$/, 'Expected a code such as caprss')
    .describe(
      'Which accreditation: `caprss`, `arco_member`, `narr_level_2` and the like; the network agrees on them.',
    )
    .meta({ example: 'caprss' }),
  level: Text(200).describe('The level or the kind that was awarded.'),
  issuer: Text(200).describe('The body that accredits.').meta({ example: 'Sample Accreditation Council' }),
  fromOn: CalendarDate.describe('The first day on which it holds.'),
  untilOn: CalendarDate.describe('The last one. Left out, it does not end by itself.'),
  documentSha256: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/, 'Expected sha256: and 64 hexadecimal digits')
    .describe(
      'The hash of the document, so that whoever is shown it can tell that it is the one that was confirmed. Nothing is confirmed without one.',
    ),
  public: z.boolean().describe('Whether the public directory shows it, once it is confirmed.'),
}

export const Accreditation = z
  .object({
    id: Id,
    organizationId: Id,
    ...fields,
    code: z.string(),
    level: z.string().nullable(),
    untilOn: CalendarDate.nullable(),
    documentSha256: z.string().nullable(),
    status: z
      .enum(accreditationStatuses)
      .describe('`confirmed`: the network’s office has seen the document. A scheme counts no other.'),
    version: z.int32(),
    createdAt: Instant,
    updatedAt: Instant,
  })
  .meta({
    id: 'Accreditation',
    description: 'What a body outside of the network has found of an organization.',
  })
export type Accreditation = z.output<typeof Accreditation>

export const NewAccreditation = z
  .strictObject({
    ...fields,
    level: fields.level.optional(),
    untilOn: fields.untilOn.optional(),
    documentSha256: fields.documentSha256.optional(),
    public: fields.public.default(false),
  })
  .check(
    evenWhenMalformed(({ value, issues }) => {
      const { fromOn, untilOn } = (value ?? {}) as { fromOn?: unknown; untilOn?: unknown }
      if (typeof fromOn === 'string' && typeof untilOn === 'string' && untilOn <= fromOn)
        issues.push({
          ...fault('expires_before_start', ['untilOn'], 'It would run out before it began to hold.'),
          input: undefined,
        })
    }),
  )
  .meta({ id: 'NewAccreditation' })

export const AccreditationFilter = z.strictObject({
  ...PageArgs.shape,
  organizationId: Id.optional(),
})

export const ById = z.strictObject({ id: Id })
