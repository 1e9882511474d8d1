import type { Ctx } from '../../core/context.ts'
import type { DataClass } from '../consents/codes.ts'
import type { Grounds } from '../decisions/facts.ts'
import type { Reading, Shown } from '../disclosures/store.ts'
import type { MentorshipRow } from './store.ts'

/**
 * A clinician's notes as a mentor are not their employer's to read, whatever a consent says of others: to an employer
 * the class is not even asked for, so that neither answer nor ledger has it.
 */
const isWithheld = ({ organizationId }: Ctx, { withheldFromIds }: MentorshipRow) =>
  withheldFromIds.includes(organizationId)

/** What the caller wants to see of a mentorship: these classes, and the notes where they may be asked for. */
export function readingOf(
  ctx: Ctx,
  row: MentorshipRow,
  grounds: Grounds,
  classes: readonly DataClass[],
): Reading {
  return {
    grounds,
    holderId: row.organizationId,
    patientId: row.patientId,
    subjectType: 'mentorship',
    subjectId: row.id,
    dataClasses: isWithheld(ctx, row) ? classes : [...classes, 'contact_notes'],
  }
}

/** What goes into the answer beside the record; that the notes were left out is said. */
export function notesWithheld(ctx: Ctx, row: MentorshipRow, { attached }: Shown): Shown['attached'] {
  if (!isWithheld(ctx, row)) return attached
  return { ...attached, redacted: [...(attached.redacted ?? []), 'contact_notes'] }
}
