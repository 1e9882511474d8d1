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
  programs_by_name: ['natural_key_taken', 'Your organization has a program of this name.'],
  referrals_replaced_once: ['transition_not_allowed', 'This referral was reopened already.'],
  matching_runs_under_way: ['matching_run_under_way', 'A run of this program is queued or under way.'],
  offers_pending: ['offer_already_open', 'Another offer for this referral is waiting for its answer.'],
  restrictions_of_a_mentor: ['invalid_input', 'The network has no such mentor.'],
  treating_relationships_once: [
    'natural_key_taken',
    'That this organization treats the patient is known already.',
  ],
  mentorships_living: ['already_accompanied', 'The referral already has an active mentorship.'],
  emergency_documents_pkey: ['transition_not_allowed', 'This emergency was documented already.'],
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
])
