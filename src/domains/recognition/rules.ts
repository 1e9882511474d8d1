import type {
  Comparison,
  CredentialState,
  factReasons,
  Occasion,
  Outcome,
  revocationReasons,
} from './codes.ts'
import { type FactCode, factOf, smallestGroup } from './facts.ts'

/** A rule as a scheme publishes it. */
export interface Rule {
  readonly fact: FactCode
  readonly comparison: Comparison
  readonly threshold: number
  readonly minimumGroup: number | null
  readonly windowDays: number | null
  /** Of `accreditation_held`: which one. */
  readonly accreditation: string | null
}

/** What was measured: the value, how many people or mentors it speaks of, and of a share how many of them it counts. */
export interface Measured {
  readonly value: number | null
  readonly group: number | null
  readonly counted: number | null
}

export interface JudgedFact extends Rule, Measured {
  readonly met: boolean | null
  readonly reason: (typeof factReasons)[number]
}

/** One fact against its rule. A group that is too small is not looked at: the value is dropped before anybody sees it. */
export function judge(rule: Rule, measured: Measured): JudgedFact {
  const least = factOf(rule.fact).group === 'none' ? 0 : Math.max(rule.minimumGroup ?? 0, smallestGroup)
  if ((measured.group ?? 0) < least)
    return { ...rule, value: null, group: null, counted: null, met: null, reason: 'group_too_small' }
  const value = measured.value ?? 0
  const met = rule.comparison === 'at_least' ? value >= rule.threshold : value <= rule.threshold
  return { ...rule, ...measured, value, met, reason: met ? 'met' : 'not_met' }
}

/** Counts a fact as kept, by decision of the network's office. What was measured stays as it was. */
export const waive = (judged: readonly JudgedFact[], fact: FactCode): JudgedFact[] =>
  judged.map((one) => (one.fact === fact && one.met !== true ? { ...one, met: true, reason: 'waived' } : one))

export function outcomeOf(judged: readonly JudgedFact[]): Outcome {
  if (judged.some(({ met }) => met === false)) return 'not_met'
  return judged.some(({ met }) => met === null) ? 'not_measurable' : 'met'
}

const isCell = (count: number) => count >= 1 && count < smallestGroup

/**
 * As another organization may see it: without a value that tells of 1 to 10 people, be it those who are counted or
 * those who are left over. Whether it was met stays: that is what a scheme is published for.
 */
export function masked(judged: JudgedFact): JudgedFact {
  const { group, counted } = judged
  const told = group === null || (group >= smallestGroup && !tellsOfFew(group, counted))
  return told ? judged : { ...judged, value: null, group: null, counted: null }
}

const tellsOfFew = (group: number, counted: number | null) =>
  counted !== null && (isCell(counted) || isCell(group - counted))

export function stateOf(
  credential: { readonly revokedAt: Date | null; readonly validUntil: Date },
  now: Date,
): CredentialState {
  if (credential.revokedAt !== null) return 'revoked'
  return credential.validUntil <= now ? 'expired' : 'valid'
}

/** A new credential is issued this long before the one that is held ends, so that there is always one to show. */
const renewedAheadDays = 60
const dayMs = 86_400_000

/** What a subject has held of one scheme. */
export interface Held {
  readonly validUntil: Date
  readonly revokedBecause: (typeof revocationReasons)[number] | null
  readonly barLiftedAt: Date | null
  /** Of one that was revoked: whether the holder has asked to be evaluated since, or appealed. */
  readonly askedSince: boolean
}

/**
 * Whether meeting every fact earns a credential now. Not beside one that lasts; not after a misuse, which no fact that is
 * measured speaks of, before the office says so; and not by the clock alone for a holder who gave theirs back. What was
 * issued in error, or no longer met, the facts themselves decide anew.
 */
export function mayIssue(held: readonly Held[], occasion: Occasion, now: Date): boolean {
  const renewsFrom = now.getTime() + renewedAheadDays * dayMs
  return !held.some(({ validUntil, revokedBecause, barLiftedAt, askedSince }) => {
    if (revokedBecause === null) return validUntil.getTime() > renewsFrom
    if (revokedBecause === 'misuse') return barLiftedAt === null
    return revokedBecause === 'withdrawn_by_holder' && occasion === 'scheduled' && !askedSince
  })
}

/** Months on the calendar: a day that the month does not have is its last. */
export function monthsAfter(from: Date, months: number): Date {
  const day = from.getUTCDate()
  const to = new Date(from)
  to.setUTCDate(1)
  to.setUTCMonth(to.getUTCMonth() + months)
  const last = new Date(Date.UTC(to.getUTCFullYear(), to.getUTCMonth() + 1, 0)).getUTCDate()
  to.setUTCDate(Math.min(day, last))
  return to
}

/** All that the public learns of a mentor's name. */
export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/).slice(0, 3)
  return words.map((word) => `${/^./u.exec(word)?.[0].toUpperCase() ?? ''}.`).join(' ')
}
