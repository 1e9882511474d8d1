/**
 * The states of the Gravity SDOH-CC referral Task, so that the FHIR face is an identity map. A referral is
 * stored once it is requested; a clinic's drafts stay in the clinic.
 */
export const referralStatuses = [
  'requested',
  'accepted',
  'in_progress',
  'on_hold',
  'completed',
  'failed',
  'rejected',
  'cancelled',
  'entered_in_error',
] as const
export type ReferralStatus = (typeof referralStatuses)[number]

/** Detail below the status: the BSeR codes that apply here, and ours for what happens after acceptance. */
export const businessStatuses = [
  'received',
  'awaiting_match',
  'waitlisted',
  'offered_to_mentor',
  'awaiting_first_contact',
  'attempting_contact',
  'contact_completed',
  'on_hold',
  'fulfilled',
  'declined',
  'not_completed',
  'cancelled',
  'entered_in_error',
] as const
export type BusinessStatus = (typeof businessStatuses)[number]

export const referralReasons = [
  'newly_engaged',
  'transition_of_care',
  'post_overdose',
  'post_detox',
  'recurrence_of_use',
  'isolation',
  'family_support',
  'justice_reentry',
  'pregnancy_parenting',
  'medication_support',
  'other',
] as const

export const rejectReasons = [
  'no_capacity',
  'waitlist_only',
  'not_eligible_age',
  'not_eligible_area',
  'not_eligible_program',
  'language_unavailable',
  'accessibility_unavailable',
  'no_suitable_match',
  'conflict_of_interest',
  'missing_information',
  'consent_missing_or_invalid',
  'duplicate_referral',
  'safety_concern',
  'needs_higher_level_of_care',
  'other',
] as const

export const cancelReasons = [
  'person_declined',
  'person_served_elsewhere',
  'consent_withdrawn',
  'requester_withdrew',
  'sent_in_error',
  'superseded',
] as const

export const holdReasons = [
  'person_requested_pause',
  'in_hospital_or_residential',
  'incarcerated',
  'awaiting_document',
  'mentor_absent',
  'technology_barrier',
] as const

export const failReasons = [
  'unable_to_contact',
  'moved_away',
  'no_mentor_found_in_time',
  'program_closed',
] as const

/** How an accompaniment ended; each maps to a TEDS discharge category (docs/guides/codes.md). */
export const outcomes = [
  'goals_met',
  'planned_end',
  'transferred',
  'person_ended',
  'lost_contact',
  'program_ended_relationship',
  'incarcerated',
  'deceased',
  'hospital_or_residential',
  'mentor_unavailable',
  'admin_error',
] as const
export type Outcome = (typeof outcomes)[number]
