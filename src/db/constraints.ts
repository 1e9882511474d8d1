import type { ErrorCode } from '../core/errors.ts'

/**
 * Constraints that a client can run into by a race or a rename, in the client's words. Any other violation
 * is a bug of ours and is answered as one.
 */
export const constraintRefusals: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  disclosures_corrected_once: [
    'transition_not_allowed',
    'This entry was corrected already: correct the correction.',
  ],
  organizations_by_name: ['natural_key_taken', 'Another organization of the network has this name.'],
  networks_directory_name_key: ['natural_key_taken', 'Another public directory has this name.'],
  programs_by_name: ['natural_key_taken', 'Your organization has a program of this name.'],
  referrals_replaced_once: ['transition_not_allowed', 'This referral was reopened already.'],
  matching_runs_under_way: ['matching_run_under_way', 'A run of this program is queued or under way.'],
  offers_pending: ['offer_already_open', 'Another offer for this referral is waiting for its answer.'],
  learners_of_mentor: ['natural_key_taken', 'This mentor is a learner already.'],
  courses_by_code: ['natural_key_taken', 'Your organization has a course of this code.'],
  course_versions_by_label: ['natural_key_taken', 'The course has a version of this label.'],
  enrolments_once: ['natural_key_taken', 'The learner is in this version already, or has completed it.'],
  credit_awards_once: ['credit_already_awarded', 'The learner was awarded credit for this version.'],
  certificates_once: ['natural_key_taken', 'This enrolment has a certificate that was not revoked.'],
  external_credits_once: ['natural_key_taken', 'This evidence was sent in for the learner already.'],
  renewal_rules_by_code: ['natural_key_taken', 'Your organization has a rule of this code.'],
  learning_programs_by_name: ['natural_key_taken', 'Your organization has a learning program of this name.'],
  cohorts_by_name: ['natural_key_taken', 'The learning program has a cohort of this name.'],
  placements_active: ['natural_key_taken', 'The learner has a placement in this cohort already.'],
  placement_hours_overlap: ['hours_overlap', 'Another hour of this learner is at the same time.'],
  restrictions_of_a_mentor: ['invalid_input', 'The network has no such mentor.'],
  treating_relationships_once: [
    'natural_key_taken',
    'That this organization treats the patient is known already.',
  ],
  mentorships_living: ['already_accompanied', 'The referral already has an active mentorship.'],
  recovery_plans_once: [
    'natural_key_taken',
    'The person has a recovery plan with this organization: it goes on, whoever accompanies them.',
  ],
  emergency_documents_pkey: ['transition_not_allowed', 'This emergency was documented already.'],
  billing_rules_overlap: [
    'billing_rule_overlaps',
    'Another revision of this payer and service counts some of these days.',
  ],
  recognition_appeals_once: ['transition_not_allowed', 'This evaluation was appealed already.'],
  emergency_reviews_final: ['transition_not_allowed', 'This emergency was reviewed already.'],
}

/** Natural keys that two requests may claim at once: the later one looks again and finds the first one's row. */
export const racedKeys: ReadonlySet<string> = new Set([
  'referrals_by_placer',
  'patients_by_identifier',
  // The key of a person from before there were keys.
  'person_keys_pkey',
  // Two commands on one referral, or one mentorship: the later one looks again at what the first made of it.
  'clocks_running',
  'mentorship_pauses_open',
  'emergency_reviews_pkey',
  // The next version of an agreement, and the version that a correction keeps.
  'mentorship_agreements_versions',
  'contact_versions_pkey',
  // Two evaluations of one subject, and two who publish the next revision of a scheme.
  'recognition_evaluations_latest',
  'recognition_schemes_by_revision',
  'recognition_schemes_in_force',
  // Two who publish the next revision of what clinicians accept.
  'clinician_terms_by_revision',
  'clinician_terms_in_force',
  // What a mentor says twice at once is said once.
  'clinician_acceptances_once',
  'recognition_consents_once',
  // Two who write the next revision of a billing rule.
  'billing_rules_by_revision',
])
