import { z } from 'zod'
import type { PersonKey } from '../../core/data-keys.ts'
import { openValue, sealValue } from '../../core/sealing.ts'

const personnel = { name: z.string(), affiliation: z.string().nullable() }
const unnamed = { name: '', affiliation: null }

/** Names and free text of each of the three rows, as they are sealed, and as they read once the patient's key is gone. */
const parts = {
  opening: z.object({
    explanation: z.string().default(''),
    whyConsentNotObtainable: z.string().default(''),
    discloserName: z.string().default(''),
    medicalPersonnel: z.object(personnel).default(unnamed),
  }),
  document: z.object({
    medicalPersonnel: z.object(personnel).default(unnamed),
    discloserName: z.string().default(''),
    nature: z.string().default(''),
  }),
  review: z.object({ text: z.string().default('') }),
}
type Parts = typeof parts
type Words<Part extends keyof Parts> = z.output<Parts[Part]>

const placeOf = (part: keyof Parts, row: string) => ({ table: 'emergencies', member: part, row })

/** The one place in which an emergency's words are sealed: under the key of the patient whom it is about. */
export function sealWords<Part extends keyof Parts>(
  key: PersonKey,
  part: Part,
  row: string,
  words: Words<Part>,
): Buffer {
  return Buffer.from(sealValue(key, placeOf(part, row), words), 'base64')
}

export function openWords<Part extends keyof Parts>(
  key: PersonKey,
  part: Part,
  row: string,
  sealed: Buffer,
): Words<Part> {
  const opened = key.secret ? openValue(key, placeOf(part, row), sealed.toString('base64')) : {}
  return parts[part].parse(opened) as Words<Part>
}
