import { z } from 'zod'
import { Id } from '../../core/id.ts'
import { PageArgs } from '../../core/page.ts'
import { Instant } from '../../core/primitives.ts'
import { acceptanceMethods } from '../clinicians/codes.ts'

export const RecognitionConsent = z
  .object({
    id: Id,
    organizationId: Id,
    mentorId: Id,
    givenAt: Instant,
    method: z.enum(acceptanceMethods),
    evidenceHash: z.string().nullable(),
    withdrawnAt: Instant.nullable(),
    version: z.int32(),
    createdAt: Instant,
    updatedAt: Instant,
  })
  .meta({
    id: 'RecognitionConsent',
    description: 'A mentor’s own word that they may be recognized where anybody can read it.',
  })
export type RecognitionConsent = z.output<typeof RecognitionConsent>

export const NewRecognitionConsent = z.strictObject({
  id: Id.describe('The mentor.'),
  signedAt: Instant.optional().describe('On paper: when. With the mentor’s own token it is now.'),
  evidenceHash: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/, 'Expected sha256: and 64 hexadecimal digits')
    .optional()
    .describe('On paper: the hash of what was signed. The original stays with you.'),
})

export const ById = z.strictObject({ id: Id })
export const OfMentor = z.strictObject({ id: Id, ...PageArgs.shape })
