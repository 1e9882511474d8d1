import { Temporal } from 'temporal-polyfill'
import type { Quarters, Topics } from '../courses/rules.ts'

export interface RenewalRule {
  readonly windowMonths: number
  readonly quarters: Quarters
  /** How many of them at least in which topic. */
  readonly topics: Topics
  /** Empty: every type counts. */
  readonly creditTypes: readonly string[]
  /** How much of a surplus the next window inherits, of the total alone. */
  readonly carryOverMax: Quarters
}

export interface Earned {
  readonly id: string
  readonly kind: 'award' | 'external'
  readonly creditType: string
  readonly quarters: Quarters
  readonly topics: Topics
  readonly on: string
}

export interface Renewal {
  readonly from: string
  /** The last day on which something counts. */
  readonly to: string
  readonly counted: readonly Earned[]
  readonly earned: Quarters
  readonly carriedOver: Quarters
  readonly missing: Quarters
  readonly topics: readonly {
    readonly topic: string
    readonly required: Quarters
    readonly earned: Quarters
    readonly missing: Quarters
  }[]
  readonly met: boolean
}

const after = (date: string, months: number) => Temporal.PlainDate.from(date).add({ months })

/** The first and the last day of the window that begins on a day. */
export function windowOf(beganOn: string, months: number): { from: string; to: string } {
  return { from: beganOn, to: after(beganOn, months).subtract({ days: 1 }).toString() }
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0)
const within = (earned: readonly Earned[], { from, to }: { from: string; to: string }) =>
  earned.filter(({ on }) => on >= from && on <= to)

/**
 * What counts towards a renewal, what is missing, and by when. A surplus of the window before counts up to what may be
 * carried over, towards the total and towards no topic: ethics of the last years are not ethics of these.
 */
export function renewalOf(rule: RenewalRule, credits: readonly Earned[], beganOn: string): Renewal {
  const ofType = credits.filter(
    ({ creditType }) => rule.creditTypes.length === 0 || rule.creditTypes.includes(creditType),
  )
  const window = windowOf(beganOn, rule.windowMonths)
  const before = {
    from: after(beganOn, -rule.windowMonths).toString(),
    to: Temporal.PlainDate.from(beganOn).subtract({ days: 1 }).toString(),
  }
  const counted = within(ofType, window)
  const earned = sum(counted.map(({ quarters }) => quarters))
  const surplus = sum(within(ofType, before).map(({ quarters }) => quarters)) - rule.quarters
  const carriedOver = Math.max(0, Math.min(surplus, rule.carryOverMax))
  const missing = Math.max(0, rule.quarters - earned - carriedOver)
  const topics = Object.entries(rule.topics)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([topic, required]) => {
      const some = sum(counted.map((one) => one.topics[topic] ?? 0))
      return { topic, required, earned: some, missing: Math.max(0, required - some) }
    })
  const met = missing === 0 && topics.every((topic) => topic.missing === 0)
  return { ...window, counted, earned, carriedOver, missing, topics, met }
}
