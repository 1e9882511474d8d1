import { z } from 'zod'

export const priorities = ['routine', 'urgent', 'asap', 'stat'] as const
export const Priority = z.enum(priorities)
export type Priority = z.output<typeof Priority>

/** What has to happen next while a referral is open. Each is the name of a clock. */
export const nextActions = [
  'acknowledge',
  'offer_mentor',
  'answer_offer',
  'attempt_first_contact',
  'reach_person',
  'keep_contact',
  'review_hold',
  'review_pause',
  'reassign_mentor',
  'restore_eligibility',
  'account_for_disclosures',
  'list_recipients',
  'document_emergency',
  'review_emergency',
] as const
export const NextActionCode = z.enum(nextActions)
export type NextActionCode = z.output<typeof NextActionCode>

export const ownerRoles = ['coordinator', 'mentor', 'organization_lead', 'privacy_officer'] as const
export const OwnerRole = z.enum(ownerRoles)
export type OwnerRole = z.output<typeof OwnerRole>
