import {
  cancelReasons,
  failReasons,
  holdReasons,
  outcomes,
  type ReferralStatus,
  rejectReasons,
} from './codes.ts'

export const referralCommands = [
  'accept',
  'reject',
  'cancel',
  'hold',
  'resume',
  'complete',
  'fail',
  'reopen',
  'waitlist',
  'enter_in_error',
] as const
export type ReferralCommand = (typeof referralCommands)[number]

/** The organization that sent it, the one that was asked, or whichever of the two. */
export type Party = 'requester' | 'target'

export interface Transition {
  readonly from: readonly ReferralStatus[]
  /** What the referral becomes; `reopen` leaves it and makes a new one. */
  readonly to: ReferralStatus
  readonly by: readonly Party[]
  /** Codes for the member that the command requires, if any. */
  readonly requires?: { readonly member: 'reason' | 'outcome'; readonly codes: readonly string[] }
}

const openStatuses = ['requested', 'accepted', 'in_progress', 'on_hold'] as const
const workingStatuses = ['accepted', 'in_progress', 'on_hold'] as const

/**
 * The state machine of a referral: who may do what from where (Gravity SDOH-CC, with the holds its text
 * implies). Only the one who was asked accepts or rejects; either side may cancel; a closed referral never
 * opens again, it is followed by a new one.
 */
export const transitions: Readonly<Record<ReferralCommand, Transition>> = {
  accept: { from: ['requested'], to: 'accepted', by: ['target'] },
  reject: {
    from: ['requested'],
    to: 'rejected',
    by: ['target'],
    requires: { member: 'reason', codes: rejectReasons },
  },
  cancel: {
    from: openStatuses,
    to: 'cancelled',
    by: ['requester', 'target'],
    requires: { member: 'reason', codes: cancelReasons },
  },
  hold: {
    from: ['accepted', 'in_progress'],
    to: 'on_hold',
    by: ['target'],
    requires: { member: 'reason', codes: holdReasons },
  },
  resume: { from: ['on_hold'], to: 'in_progress', by: ['target'] },
  complete: {
    from: workingStatuses,
    to: 'completed',
    by: ['target'],
    requires: { member: 'outcome', codes: outcomes },
  },
  fail: {
    from: workingStatuses,
    to: 'failed',
    by: ['target'],
    requires: { member: 'reason', codes: failReasons },
  },
  waitlist: { from: ['accepted'], to: 'accepted', by: ['target'] },
  reopen: { from: ['rejected', 'cancelled', 'completed', 'failed'], to: 'requested', by: ['requester'] },
  enter_in_error: { from: openStatuses, to: 'entered_in_error', by: ['requester'] },
}

export const isOpen = (status: ReferralStatus) => (openStatuses as readonly string[]).includes(status)

/** The sides of a referral that an organization is on; both, where a program serves its own patients. */
export function partiesOf(
  referral: { readonly organizationId: string; readonly receivingOrganizationId: string },
  organizationId: string,
): Party[] {
  const parties: Party[] = []
  if (referral.organizationId === organizationId) parties.push('requester')
  if (referral.receivingOrganizationId === organizationId) parties.push('target')
  return parties
}

export type Verdict = 'allowed' | 'not_from_here' | 'not_by_you'

export function judge(command: ReferralCommand, status: ReferralStatus, parties: readonly Party[]): Verdict {
  const { from, by } = transitions[command]
  if (!parties.some((party) => by.includes(party))) return 'not_by_you'
  return from.includes(status) ? 'allowed' : 'not_from_here'
}

export function allowedCommands(status: ReferralStatus, parties: readonly Party[]): ReferralCommand[] {
  return referralCommands.filter((command) => judge(command, status, parties) === 'allowed')
}

/** What has been tried, as far as the rules on completing and failing need it. */
export interface ContactEvidence {
  readonly twoWayContacts: number
  readonly attempts: number
  readonly modes: number
  readonly firstAttemptAt: Date | null
  readonly lastAttemptAt: Date | null
  readonly lastTwoWayAt: Date | null
}

/**
 * Giving up on a person takes at least this much trying: three attempts, on two channels, over a week. Three
 * is the published rule of referral networks; the channels and the week are this service's default.
 */
export const attemptPolicy = { attempts: 3, modes: 2, days: 7 } as const

const dayMs = 86_400_000

export function triedEnough({ attempts, modes, firstAttemptAt, lastAttemptAt }: ContactEvidence): boolean {
  if (!firstAttemptAt || !lastAttemptAt) return false
  const days = (lastAttemptAt.getTime() - firstAttemptAt.getTime()) / dayMs
  return attempts >= attemptPolicy.attempts && modes >= attemptPolicy.modes && days >= attemptPolicy.days
}
