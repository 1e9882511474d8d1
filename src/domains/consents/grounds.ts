import { desc, inArray, type SQLWrapper } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { type Grounds, noGrounds } from './decision.ts'
import { readConsents, toFacts } from './store.ts'
import { consents } from './table.ts'

export type GroundsOf = (patientId: string) => Grounds

/** How many consents of one patient are weighed for one decision: the newest. */
const consentsWeighedMax = 100

/** Consents of a whole page that are weighed at once: some for each of a hundred patients. */
export const consentsOfPageMax = 2_000

/** For a level of a query, which may be of more people than a page: as many for each as anybody has. */
export const consentsFor = (people: number) => Math.max(consentsOfPageMax, people * 20)

/** What the decision about one patient rests on, in the round trip in which it is asked. `patient` is an id, or a query for one. */
export async function groundsOf(ctx: TxCtx, patient: string | SQLWrapper): Promise<Grounds> {
  const patients = typeof patient === 'string' ? [patient] : patient
  const stored = await readConsents(
    ctx,
    inArray(consents.patientId, patients),
    desc(consents.id),
    consentsWeighedMax,
  )
  return { consents: stored.map(toFacts) }
}

/** The same of many patients, with the same statements. `patients` are ids, or a query for them. */
export async function groundsOfMany(
  ctx: TxCtx,
  patients: readonly string[] | SQLWrapper,
  most = consentsOfPageMax,
): Promise<GroundsOf> {
  if (Array.isArray(patients) && patients.length === 0) return () => noGrounds
  const these = patients as string[] | SQLWrapper
  const stored = await readConsents(ctx, inArray(consents.patientId, these), desc(consents.id), most)
  const byPatient = new Map<string, Grounds>()
  for (const consent of stored) {
    const { patientId } = consent.row
    const known = byPatient.get(patientId)?.consents ?? []
    byPatient.set(patientId, { consents: [...known, toFacts(consent)] })
  }
  return (patientId) => byPatient.get(patientId) ?? noGrounds
}
