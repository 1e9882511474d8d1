import type { MentorType } from '../mentors/codes.ts'
import type { ContactResult } from '../mentorships/contract.ts'
import type { contactModes } from '../programs/contract.ts'
import type { Aggregation, overlapRules, UnitReason } from './codes.ts'

/** How minutes become units. */
export interface Rounding {
  readonly unitMinutes: number
  /** From which remainder on a further unit counts: as long as a unit, and nothing is rounded up. */
  readonly roundUpFromMinutes: number
  readonly minimumMinutes: number
  readonly unitsMax: number | null
}

export interface BillingRule extends Rounding {
  readonly id: string
  readonly revision: number
  readonly networkWide: boolean
  readonly effectiveFrom: string
  readonly effectiveUntil: string | null
  readonly aggregation: Aggregation
  readonly modes: readonly (typeof contactModes)[number][]
  readonly results: readonly ContactResult[]
  readonly mentorTypes: readonly MentorType[]
  readonly overlap: (typeof overlapRules)[number]
}

/** What a rule looks at of a contact. `on` is its day where the organization is. */
export interface Delivered {
  readonly id: string
  readonly patientId: string
  readonly mentorId: string
  readonly mentorType: MentorType
  readonly on: string
  readonly beganAt: Date
  readonly mode: (typeof contactModes)[number]
  readonly result: ContactResult
  readonly minutes: number | null
}

export interface Counted {
  readonly rule: BillingRule | undefined
  readonly reason: UnitReason
  /** Of this contact, as far as they went into the sum. */
  readonly countedMinutes: number
  /** Of everything that is added up with it, up to and with this contact. */
  readonly sumMinutes: number
  readonly units: number
}

/**
 * Whole units, and one more where the remainder is long enough. The 8-minute rule is a unit of 15 minutes with 8 as
 * the remainder: 8 to 22 minutes are one unit, 23 to 37 two. It never falls as minutes grow.
 */
export function unitsOf(
  { unitMinutes, roundUpFromMinutes, minimumMinutes, unitsMax }: Rounding,
  minutes: number,
): number {
  if (minutes < minimumMinutes) return 0
  const whole = Math.floor(minutes / unitMinutes)
  const units = whole + (minutes % unitMinutes >= roundUpFromMinutes ? 1 : 0)
  return Math.min(units, unitsMax ?? units)
}

/** The revision that holds on a day: the organization's own before that of its network. */
export function inForceOn(rules: readonly BillingRule[], day: string): BillingRule | undefined {
  const holding = rules.filter(
    ({ effectiveFrom, effectiveUntil }) =>
      effectiveFrom <= day && (effectiveUntil === null || day <= effectiveUntil),
  )
  return holding.find(({ networkWide }) => !networkWide) ?? holding[0]
}

const minuteMs = 60_000
const endOf = ({ beganAt, minutes }: Delivered) => beganAt.getTime() + (minutes ?? 0) * minuteMs
const inOrder = (a: Delivered, b: Delivered) =>
  a.beganAt.getTime() - b.beganAt.getTime() || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)

/** Why a contact by itself does not count, or nothing. */
function excluded(rule: BillingRule | undefined, contact: Delivered): UnitReason | undefined {
  if (!rule) return 'no_rule_in_force'
  if (!rule.results.includes(contact.result)) return 'result_not_counted'
  if (!rule.modes.includes(contact.mode)) return 'mode_not_counted'
  if (rule.mentorTypes.length > 0 && !rule.mentorTypes.includes(contact.mentorType))
    return 'mentor_type_not_counted'
  if (contact.minutes === null || contact.minutes === 0) return 'minutes_not_recorded'
  return undefined
}

const sumOf: Readonly<Record<Aggregation, (contact: Delivered) => string>> = {
  contact: ({ id }) => id,
  person_mentor_day: ({ on, patientId, mentorId }) => `${on} ${patientId} ${mentorId}`,
  person_day: ({ on, patientId }) => `${on} ${patientId}`,
}

/**
 * Contact by contact, what counts. A contact has the units that the sum has with it and had not before it, so that the
 * units of its contacts are those of a day, whatever part of them is looked at. For that the contacts must hold every one
 * of the days and people in question, and those of their mentors that may still have gone on.
 */
export function countUnits(
  rules: readonly BillingRule[],
  contacts: readonly Delivered[],
): Map<string, Counted> {
  const counted = new Map<string, Counted>()
  const sums = new Map<string, number>()
  /** By mentor, when the latest to end of what could count is over. */
  const busyUntil = new Map<string, number>()
  for (const contact of [...contacts].sort(inOrder)) {
    const rule = inForceOn(rules, contact.on)
    const sum = rule ? `${rule.id} ${sumOf[rule.aggregation](contact)}` : ''
    const before = sums.get(sum) ?? 0
    const without = (reason: UnitReason) =>
      counted.set(contact.id, { rule, reason, countedMinutes: 0, sumMinutes: before, units: 0 })
    const why = excluded(rule, contact)
    if (why || !rule) {
      without(why ?? 'no_rule_in_force')
      continue
    }
    const busy = busyUntil.get(contact.mentorId) ?? 0
    // Also what is refused was said to have happened: whichever is right, the two cannot both be.
    busyUntil.set(contact.mentorId, Math.max(busy, endOf(contact)))
    if (rule.overlap === 'refused' && contact.beganAt.getTime() < busy) {
      without('overlaps_earlier_contact')
      continue
    }
    const minutes = contact.minutes ?? 0
    const after = before + minutes
    sums.set(sum, after)
    const units = unitsOf(rule, after) - unitsOf(rule, before)
    counted.set(contact.id, {
      rule,
      reason: units > 0 ? 'counted' : reasonOfNone(rule, before, after),
      countedMinutes: minutes,
      sumMinutes: after,
      units,
    })
  }
  return counted
}

/** Its minutes are in the sum, and no unit came of them. */
function reasonOfNone(rule: BillingRule, before: number, after: number): UnitReason {
  if (rule.unitsMax !== null && unitsOf(rule, before) >= rule.unitsMax) return 'units_max_reached'
  return after < rule.minimumMinutes ? 'below_minimum' : 'below_rounding'
}
