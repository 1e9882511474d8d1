import type { Priority } from '../clocks/contract.ts'
import type { Eligibility } from './contract.ts'

/** What a program looks at before it admits a person. */
export interface Applicant {
  readonly birthDate?: string | null | undefined
  readonly reasons: readonly string[]
  readonly priority: Priority
}

export type Ineligible = 'age' | 'reason' | 'priority'

/** Why a program would not take a person; empty when it would. What is unknown excludes nobody. */
export function admits(
  { minimumAge, maximumAge, reasons, priorities }: Eligibility,
  { birthDate, reasons: asked, priority }: Applicant,
  now: Date,
): Ineligible[] {
  const age = birthDate ? ageOn(birthDate, now) : undefined
  const tooYoung = age !== undefined && minimumAge !== undefined && age < minimumAge
  const tooOld = age !== undefined && maximumAge !== undefined && age > maximumAge
  return [
    ...(tooYoung || tooOld ? (['age'] as const) : []),
    ...(reasons && !reasons.some((reason) => asked.includes(reason)) ? (['reason'] as const) : []),
    ...(priorities && !priorities.includes(priority) ? (['priority'] as const) : []),
  ]
}

/** Completed years, on the UTC calendar: a birthday is a day and not an hour. */
export function ageOn(birthDate: string, now: Date): number {
  const today = now.toISOString().slice(0, 10)
  const years = Number(today.slice(0, 4)) - Number(birthDate.slice(0, 4))
  return today.slice(5) < birthDate.slice(5) ? years - 1 : years
}
