import type { PublicationStatus } from './codes.ts'

export type Step = 'edit' | 'consent' | 'submit' | 'publish' | 'return' | 'withdraw'

/** From which status of the latest version each step is taken. */
const from: Readonly<Record<Step, readonly PublicationStatus[]>> = {
  // What was submitted goes back to its writer: nobody publishes words that changed under the reviewer's eyes.
  edit: ['draft', 'submitted', 'returned', 'published'],
  // Consent is to the words as they are; to those that were published it was given before.
  consent: ['draft', 'submitted', 'returned'],
  submit: ['draft', 'returned'],
  publish: ['submitted'],
  return: ['submitted'],
  withdraw: ['draft', 'submitted', 'returned', 'published'],
}

export const canTake = (step: Step, status: PublicationStatus): boolean => from[step].includes(status)

/** Who wrote on a version does not review it. */
export const mayReview = (reviewer: string, writtenBy: readonly string[]): boolean =>
  !writtenBy.includes(reviewer)
