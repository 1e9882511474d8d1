/** Everything about a record that says whether it may go. */
export interface RecordFacts {
  readonly birthDate: string | null
  /** When anything about the person was recorded last. */
  readonly lastAt: Date
  readonly retentionYears: number
  readonly openReferrals: number
  readonly livingMentorships: number
  /** Referrals that were not entered in error. */
  readonly referrals: number
  readonly disclosures: number
  readonly holds: number
}

export type Obstacle =
  | 'legal_hold'
  | 'open_referral'
  | 'living_mentorship'
  | 'retention_running'
  | 'is_a_record'

const majorityYears = 18

/** The day on which a record's retention ends: of somebody who was a minor, it counts from when they came of age. */
export function keptUntil({ birthDate, lastAt, retentionYears }: RecordFacts): Date {
  const ofAge = birthDate === null ? null : yearsAfter(new Date(`${birthDate}T00:00:00Z`), majorityYears)
  return yearsAfter(ofAge && ofAge > lastAt ? ofAge : lastAt, retentionYears)
}

/** What stands in the way of destroying it; nothing, and it may go. */
export function obstacles(
  facts: RecordFacts,
  ground: 'retention_ended' | 'not_a_record',
  now: Date,
): Obstacle[] {
  const running = ground === 'retention_ended' && keptUntil(facts) > now
  const isRecord = ground === 'not_a_record' && (facts.referrals > 0 || facts.disclosures > 0)
  return [
    ...(facts.holds > 0 ? (['legal_hold'] as const) : []),
    ...(facts.openReferrals > 0 ? (['open_referral'] as const) : []),
    ...(facts.livingMentorships > 0 ? (['living_mentorship'] as const) : []),
    ...(running ? (['retention_running'] as const) : []),
    ...(isRecord ? (['is_a_record'] as const) : []),
  ]
}

function yearsAfter(at: Date, years: number): Date {
  const later = new Date(at)
  later.setUTCFullYear(later.getUTCFullYear() + years)
  return later
}
