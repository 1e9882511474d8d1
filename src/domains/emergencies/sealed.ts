import { z } from 'zod'
import type { Ctx } from '../../core/context.ts'

const personnel = { name: z.string(), affiliation: z.string().nullable() }

/** Names and free text of each of the three rows, as they are sealed. */
const parts = {
  opening: z.object({
    explanation: z.string(),
    whyConsentNotObtainable: z.string(),
    discloserName: z.string(),
    medicalPersonnel: z.object(personnel),
  }),
  document: z.object({
    medicalPersonnel: z.object(personnel),
    discloserName: z.string(),
    nature: z.string(),
  }),
  review: z.object({ text: z.string() }),
}
type Parts = typeof parts
type Words<Part extends keyof Parts> = z.output<Parts[Part]>

/** The one place in which an emergency's words are sealed, and under which key. */
export function sealWords<Part extends keyof Parts>(
  { keyring }: Ctx,
  _part: Part,
  words: Words<Part>,
): Buffer {
  return keyring.seal('emergency', JSON.stringify(words))
}

export function openWords<Part extends keyof Parts>(
  { keyring }: Ctx,
  part: Part,
  sealed: Buffer,
): Words<Part> {
  return parts[part].parse(JSON.parse(keyring.open('emergency', sealed))) as Words<Part>
}
