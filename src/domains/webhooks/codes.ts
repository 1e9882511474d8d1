import { targetFaults } from '../../core/targets.ts'

/** Nothing but its verification is sent to an endpoint that is `unverified`, and nothing at all to one that is `disabled`. */
export const endpointStatuses = ['unverified', 'active', 'disabled', 'deleted'] as const
export const listedStatuses = ['unverified', 'active', 'disabled'] as const

export const disabledReasons = ['by_hand', 'failing', 'gone', 'not_verified'] as const
export type DisabledReason = (typeof disabledReasons)[number]

export const deliveryKinds = ['event', 'verification', 'test'] as const

/**
 * `dropped`: at the moment of an attempt it was not the organization's to know any more. `dead`: nothing more is tried by
 * itself; it can be sent again.
 */
export const deliveryStatuses = ['pending', 'delivered', 'dropped', 'dead'] as const
export type DeliveryStatus = (typeof deliveryStatuses)[number]

export const deliveryReasons = [
  'not_permitted',
  'attempts_exhausted',
  'endpoint_disabled',
  'endpoint_deleted',
] as const
export type DeliveryReason = (typeof deliveryReasons)[number]

/** How an attempt failed; docs/guides/webhooks.md says of each what to do. */
export const attemptErrors = [
  ...targetFaults,
  'connection_failed',
  'connection_timeout',
  'tls_failed',
  'connection_closed',
  'timeout',
  'answer_malformed',
  'redirected',
  'refused',
  'gone',
  'challenge_missing',
  // Delivered all the same.
  'answer_cut',
  'interrupted',
] as const
export type AttemptError = (typeof attemptErrors)[number]
