import type { ConsentStatus } from './codes.ts'

export const consentCommands = [
  'change',
  'sign',
  'review',
  'suspend',
  'reinstate',
  'revoke',
  'expire',
  'supersede',
  'enter_in_error',
] as const
export type ConsentCommand = (typeof consentCommands)[number]

/**
 * The life of a consent. A draft may lack elements; from `signed` on it has them all and is never changed, only ended or
 * followed by another. Suspended is for what cannot wait for a writing: an oral revocation, doubts about capacity or truth.
 */
export const consentTransitions: Readonly<
  Record<ConsentCommand, { readonly from: readonly ConsentStatus[]; readonly to: readonly ConsentStatus[] }>
> = {
  change: { from: ['draft'], to: ['draft'] },
  sign: { from: ['draft'], to: ['signed', 'active'] },
  review: { from: ['signed'], to: ['active', 'entered_in_error'] },
  suspend: { from: ['active'], to: ['suspended'] },
  reinstate: { from: ['suspended'], to: ['active'] },
  // What has expired already may still be revoked: the writing is kept with it.
  revoke: { from: ['signed', 'active', 'suspended', 'expired'], to: ['active', 'suspended', 'revoked'] },
  expire: { from: ['active', 'suspended'], to: ['expired'] },
  supersede: { from: ['active', 'suspended'], to: ['superseded'] },
  enter_in_error: { from: ['draft', 'signed', 'active', 'suspended'], to: ['entered_in_error'] },
}

export const mayFollow = (command: ConsentCommand, status: ConsentStatus): boolean =>
  consentTransitions[command].from.includes(status)
