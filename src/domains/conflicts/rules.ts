import { Temporal } from 'temporal-polyfill'
import { barringKinds, type ConflictKind } from './contract.ts'

/** How long a relation bars after it ended: the look-back of the field's codes. */
export const lookBackMonths = 24

/** The last day whose relations no longer bar: what ended before it is over. */
export function barredSince(now: Date): string {
  return Temporal.PlainDate.from(now.toISOString().slice(0, 10))
    .subtract({ months: lookBackMonths })
    .toString()
}

export interface Declared {
  readonly kind: ConflictKind
  readonly endedOn: string | null
  readonly withdrawnAt: Date | null
}

const barring: ReadonlySet<string> = new Set(barringKinds)

/** Whether a declared relation forbids the pair at a moment. */
export function bars({ kind, endedOn, withdrawnAt }: Declared, now: Date): boolean {
  if (withdrawnAt || !barring.has(kind)) return false
  return endedOn === null || endedOn >= barredSince(now)
}

/**
 * What is hashed of a person: the name without accents, case or double blanks, and the birth date. Two systems that
 * spell a name alike get the same hash; without both there is none.
 */
export function panelForm(name: string | null, birthDate: string | null): string | undefined {
  if (!name || !birthDate) return undefined
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
  return `${plain}|${birthDate}`
}
