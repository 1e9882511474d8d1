import type { EventType } from '../../core/context.ts'
import type { DataClass } from '../consents/codes.ts'

/**
 * What an event tells another organization than its own.
 * - a data class: something about a person, told while a consent permits that class
 * - `consent`: about a consent, told to the organizations that it named, by id, also when it no longer holds: that it was
 *   withdrawn is what a former recipient must know, and the id opens nothing
 * - `own`: told to no other organization
 * - `addressed`: of no person, told to those it is addressed to
 */
export type EventClass = DataClass | 'consent' | 'own' | 'addressed'

type Group = EventType extends infer Type
  ? Type extends `${infer Before}.${string}`
    ? Before
    : never
  : never

/** By what stands before the dot, where all of a group are alike. */
type ClassOf = { readonly [Name in Group]: EventClass }

/** A type that is new does not compile until somebody has said here what it tells. */
const classOfGroup: ClassOf = {
  organization: 'addressed',
  program: 'addressed',
  client: 'addressed',
  patient: 'identity',
  consent: 'consent',
  // What a person has ruled out is between them and the organization that keeps it.
  restriction: 'own',
  treating_relationship: 'own',
  disclosure: 'own',
  accounting_request: 'own',
  agreement: 'addressed',
  minor_policy: 'addressed',
  // To the holder and to whoever opened it; the two know of the person already.
  emergency: 'addressed',
  legal_hold: 'own',
  retention_policy: 'own',
  referral: 'referral_status',
  mentor: 'own',
  screening: 'own',
  credential: 'own',
  requirement: 'own',
  supervision_session: 'own',
  conflict_declaration: 'own',
  panel: 'own',
  offer: 'referral_status',
  shortlist: 'referral_status',
  matching_run: 'own',
  mentorship: 'engagement_status',
  contact: 'contact_summary',
  // Of a clock that runs for no person, only that an organization is late: see `withoutPerson`.
  clock: 'referral_status',
  engagement_rule_set: 'own',
  engagement: 'engagement_status',
  accompaniment: 'own',
}

/** Every type there is, said once more as values, since filters are checked against them. */
const known: Readonly<Record<EventType, true>> = {
  'organization.created': true,
  'organization.updated': true,
  'program.created': true,
  'program.updated': true,
  'program.capacity_reported': true,
  'client.created': true,
  'client.secret_rotated': true,
  'client.revoked': true,
  'patient.created': true,
  'patient.updated': true,
  'patient.erased': true,
  'legal_hold.placed': true,
  'legal_hold.released': true,
  'retention_policy.updated': true,
  'consent.drafted': true,
  'consent.signed': true,
  'consent.granted': true,
  'consent.suspended': true,
  'consent.reinstated': true,
  'consent.revoked': true,
  'consent.superseded': true,
  'consent.expiring': true,
  'consent.expired': true,
  'consent.entered_in_error': true,
  'restriction.requested': true,
  'restriction.agreed': true,
  'restriction.denied': true,
  'restriction.ended': true,
  'agreement.recorded': true,
  'agreement.terminated': true,
  'treating_relationship.began': true,
  'treating_relationship.ended': true,
  'minor_policy.updated': true,
  'accounting_request.received': true,
  'accounting_request.extended': true,
  'accounting_request.fulfilled': true,
  'disclosure.recorded': true,
  'emergency.opened': true,
  'emergency.documented': true,
  'emergency.undocumented_overdue': true,
  'emergency.reviewed': true,
  'referral.requested': true,
  'referral.accepted': true,
  'referral.rejected': true,
  'referral.cancelled': true,
  'referral.on_hold': true,
  'referral.in_progress': true,
  'referral.completed': true,
  'referral.failed': true,
  'referral.entered_in_error': true,
  'referral.updated': true,
  'mentor.created': true,
  'mentor.updated': true,
  'mentor.eligibility_lapsed': true,
  'mentor.eligibility_restored': true,
  'screening.recorded': true,
  'screening.updated': true,
  'credential.recorded': true,
  'credential.updated': true,
  'requirement.set': true,
  'requirement.ended': true,
  'supervision_session.recorded': true,
  'conflict_declaration.made': true,
  'conflict_declaration.withdrawn': true,
  'panel.replaced': true,
  'offer.made': true,
  'offer.accepted': true,
  'offer.declined': true,
  'offer.expired': true,
  'offer.withdrawn': true,
  'shortlist.made': true,
  'shortlist.chosen': true,
  'matching_run.requested': true,
  'matching_run.completed': true,
  'matching_run.failed': true,
  'matching_run.applied': true,
  'mentorship.started': true,
  'mentorship.updated': true,
  'mentorship.agreed': true,
  'mentorship.paused': true,
  'mentorship.resumed': true,
  'mentorship.needs_reassignment': true,
  'mentorship.closed': true,
  'mentorship.voice_heard': true,
  'contact.recorded': true,
  'contact.corrected': true,
  'clock.reminded': true,
  'clock.breached': true,
  'clock.escalated': true,
  'engagement_rule_set.proposed': true,
  'engagement_rule_set.activated': true,
  'engagement.changed': true,
  'accompaniment.violated': true,
}

const types = Object.keys(known) as EventType[]
export const eventTypes: readonly EventType[] = types.toSorted()

const groupOf = (type: string) => type.split('.')[0] ?? ''

/** A type that this version does not know any more, or not yet, is told to nobody but its own organization. */
export function classOf(type: string): EventClass {
  const group = groupOf(type)
  return Object.hasOwn(classOfGroup, group) ? classOfGroup[group as Group] : 'own'
}

/** A filter is a type, `*`, or a group with `.*`. */
export function isPattern(text: string): boolean {
  return text === '*' || eventTypes.some((type) => type === text || `${groupOf(type)}.*` === text)
}

/** The types that a filter lets through. */
export function typesOf(patterns: readonly string[]): EventType[] {
  const wanted = new Set(patterns)
  return eventTypes.filter((type) => wanted.has('*') || wanted.has(type) || wanted.has(`${groupOf(type)}.*`))
}
