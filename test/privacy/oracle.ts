/**
 * What 42 CFR part 2 lets one organization tell another of one person, written down a second time: from the regulation and
 * the sheet of facts, and without a look at the service. It says too much rather than too little only where nothing is shown.
 */
export interface Consent {
  readonly from: readonly string[]
  readonly to: readonly string[]
  readonly bothDirections: boolean
  readonly classes: readonly string[]
  readonly purposes: readonly string[]
  /** The last day, in UTC; null: none. */
  readonly lastDay: string | null
  state: 'active' | 'suspended' | 'revoked'
  withdrawnClasses: string[]
  withdrawnRecipients: string[]
}

export interface Restriction {
  /** Null: everybody. */
  readonly recipient: string | null
  /** Empty: everything. */
  readonly classes: readonly string[]
  ended: boolean
}

export interface World {
  readonly consents: readonly Consent[]
  readonly restrictions: readonly Restriction[]
  readonly now: Date
}

/** Each consent covers a disclosure by itself or not at all (2.31, 2.33): one set of classes for each that is in force. */
export function permittedSets(
  { consents, restrictions, now }: World,
  discloser: string,
  recipient: string,
  purpose: string,
): readonly ReadonlySet<string>[] {
  const today = now.toISOString().slice(0, 10)
  const ruledOut = (dataClass: string) =>
    restrictions.some(
      (one) =>
        !one.ended &&
        (one.recipient === null || one.recipient === recipient) &&
        (one.classes.length === 0 || one.classes.includes(dataClass)),
    )
  return consents
    .filter(({ state, lastDay }) => state === 'active' && (lastDay === null || lastDay >= today))
    .filter(({ from, to, bothDirections, withdrawnRecipients }) => {
      const party = [discloser, recipient].some((id) => withdrawnRecipients.includes(id))
      const forward = from.includes(discloser) && to.includes(recipient)
      const backward = bothDirections && to.includes(discloser) && from.includes(recipient)
      return !party && (forward || backward)
    })
    .filter(
      ({ purposes }) =>
        purposes.includes(purpose) || (purpose === 'treatment' && purposes.includes('patient_request')),
    )
    .map(
      ({ classes, withdrawnClasses }) =>
        new Set(classes.filter((one) => !withdrawnClasses.includes(one) && !ruledOut(one))),
    )
}

/** Whether one of the sets holds all that was shown. */
export const isPermitted = (sets: readonly ReadonlySet<string>[], shown: readonly string[]): boolean =>
  shown.length === 0 || sets.some((set) => shown.every((one) => set.has(one)))
