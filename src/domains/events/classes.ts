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
  // To whom a story was given is between its teller and those people; the log tells nobody else that there is one.
  story: 'own',
  blueprint: 'own',
  recovery_plan: 'recovery_plan',
  milestone: 'milestones',
  // Who learns what is told to nobody else: a course about recovery can say something of whoever takes it.
  learner: 'own',
  course: 'own',
  course_version: 'own',
  course_accreditation: 'own',
  enrolment: 'own',
  credit_award: 'own',
  certificate: 'own',
  external_credit: 'own',
  renewal_rule: 'own',
  learning_program: 'own',
  cohort: 'own',
  // To the school that sent the learner: how far the placement is, and nothing of whom it was with.
  placement: 'addressed',
  placement_hour: 'own',
  public_directory: 'addressed',
  recognition_consent: 'own',
  clinician_terms: 'own',
  clinician_acceptance: 'own',
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
  webhook_endpoint: 'own',
  accreditation: 'addressed',
  recognition_scheme: 'addressed',
  recognition_evaluation: 'own',
  // To the office that decides on it.
  recognition_appeal: 'addressed',
  // Of an organization's to the network; a mentor's is addressed to nobody.
  recognition_credential: 'addressed',
  organization_need: 'addressed',
  // Of the network's office to everybody; one's own is addressed to nobody.
  billing_rule: 'addressed',
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
  'story.created': true,
  'story.updated': true,
  'story.submitted': true,
  'story.consented': true,
  'story.published': true,
  'story.returned': true,
  'story.withdrawn': true,
  'blueprint.created': true,
  'blueprint.updated': true,
  'blueprint.submitted': true,
  'blueprint.consented': true,
  'blueprint.published': true,
  'blueprint.returned': true,
  'blueprint.withdrawn': true,
  'learner.created': true,
  'learner.updated': true,
  'course.created': true,
  'course_version.drafted': true,
  'course_version.published': true,
  'course_version.retired': true,
  'course_accreditation.recorded': true,
  'credit_award.made': true,
  'credit_award.revoked': true,
  'certificate.issued': true,
  'certificate.revoked': true,
  'external_credit.submitted': true,
  'external_credit.accepted': true,
  'external_credit.rejected': true,
  'renewal_rule.created': true,
  'learning_program.created': true,
  'cohort.created': true,
  'placement.created': true,
  'placement.progressed': true,
  'placement.completed': true,
  'placement.withdrawn': true,
  'placement_hour.recorded': true,
  'placement_hour.signed': true,
  'placement_hour.entered_in_error': true,
  'enrolment.created': true,
  'enrolment.progressed': true,
  'enrolment.completed': true,
  'enrolment.failed': true,
  'enrolment.withdrawn': true,
  'enrolment.revoked': true,
  'conflict_declaration.made': true,
  'conflict_declaration.withdrawn': true,
  'panel.replaced': true,
  'recovery_plan.started': true,
  'recovery_plan.updated': true,
  'recovery_plan.adopted': true,
  'recovery_plan.signed': true,
  'milestone.shared': true,
  'milestone.unshared': true,
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
  'webhook_endpoint.created': true,
  'webhook_endpoint.updated': true,
  'webhook_endpoint.secret_rotated': true,
  'webhook_endpoint.disabled': true,
  'webhook_endpoint.enabled': true,
  'webhook_endpoint.deleted': true,
  'accreditation.recorded': true,
  'accreditation.confirmed': true,
  'accreditation.withdrawn': true,
  'recognition_scheme.published': true,
  'recognition_scheme.retired': true,
  'recognition_evaluation.made': true,
  'recognition_appeal.opened': true,
  'recognition_appeal.upheld': true,
  'recognition_appeal.dismissed': true,
  'recognition_credential.issued': true,
  'recognition_credential.revoked': true,
  'recognition_credential.bar_lifted': true,
  'organization_need.published': true,
  'organization_need.updated': true,
  'public_directory.opened': true,
  'public_directory.closed': true,
  'recognition_consent.given': true,
  'recognition_consent.withdrawn': true,
  'clinician_terms.published': true,
  'clinician_acceptance.recorded': true,
  'clinician_acceptance.withdrawn': true,
  'billing_rule.created': true,
  'billing_rule.ended': true,
  'billing_rule.withdrawn': true,
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
