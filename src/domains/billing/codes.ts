/** Over what minutes are added up before they are rounded: what payers differ in most. */
export const aggregations = ['contact', 'person_mentor_day', 'person_day'] as const
export type Aggregation = (typeof aggregations)[number]

/** What becomes of a contact that begins while an earlier one of the same mentor still goes on. */
export const overlapRules = ['refused', 'counted'] as const

export const billingRuleStatuses = ['active', 'withdrawn'] as const

/** Why a contact counts, or why not. */
export const unitReasons = [
  'counted',
  'no_rule_in_force',
  'result_not_counted',
  'mode_not_counted',
  'mentor_type_not_counted',
  'minutes_not_recorded',
  'overlaps_earlier_contact',
  'below_minimum',
  'below_rounding',
  'units_max_reached',
] as const
export type UnitReason = (typeof unitReasons)[number]

/** Whether the person's consents let what is counted here be told to the payer, now. */
export const paymentDecisions = ['permitted', 'not_permitted', 'payer_not_named'] as const
