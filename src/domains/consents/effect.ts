import type { TxCtx } from '../../core/context.ts'
import { AppError, absentIfNotFound, type Issue } from '../../core/errors.ts'
import { castShadow } from '../decisions/shadow.ts'
import { judgeSigners } from '../minors/store.ts'
import type { InlineConsent } from './contract.ts'
import { dateFaults } from './elements.ts'
import { changeConsent, refuseFaults, tell } from './keep.ts'
import { speaksOf } from './parties.ts'
import { type ConsentCommand, mayFollow } from './rules.ts'
import { settle } from './settle.ts'
import type { Review } from './signers.ts'
import { findOwnConsent, type StoredConsent } from './store.ts'

/** Refuses what cannot follow from where the consent stands. */
export function requireStep({ row }: StoredConsent, command: ConsentCommand): void {
  if (mayFollow(command, row.status)) return
  throw new AppError(
    'transition_not_allowed',
    `A consent that is ${row.status.replaceAll('_', ' ')} cannot be changed by ${command.replaceAll('_', ' ')}.`,
  )
}

/** What has to hold before a complete consent may count: its dates, and who signed it. Throws, or says whether to review. */
export async function judgeSigned(
  ctx: TxCtx,
  consent: InlineConsent,
  birthDate: string | null | undefined,
  path: readonly string[],
): Promise<Review> {
  const { issues, review } = await judgeSigners(ctx, consent, birthDate, path)
  refuseFaults([...dateFaults(consent, ctx.now, path), ...issues])
  return review
}

/** A consent of the same patient that another may take the place of. */
export async function findSuperseded(
  ctx: TxCtx,
  id: string | undefined,
  patientId: string,
): Promise<{ readonly superseded: StoredConsent | undefined; readonly issues: Issue[] }> {
  if (id === undefined) return { superseded: undefined, issues: [] }
  const superseded = await findOwnConsent(ctx, id).catch(absentIfNotFound)
  const usable = superseded?.row.patientId === patientId && mayFollow('supersede', superseded.row.status)
  const detail = 'This patient has no such consent with you that is in force.'
  return {
    superseded,
    issues: usable ? [] : [{ path: ['supersedesId'], code: 'unknown_consent', detail }],
  }
}

/**
 * From now on it permits, and who finds the patient's rows is stamped anew. The one before it ends in the same moment:
 * whom the person names no more is parted from, as after a revocation.
 */
export async function takeEffect(
  ctx: TxCtx,
  { row }: StoredConsent,
  superseded: StoredConsent | undefined,
): Promise<void> {
  if (!superseded) return castShadow(ctx, row.patientId)
  const ended = { status: 'superseded', suspendedAt: null, suspensionReason: null } as const
  await changeConsent(ctx, superseded.row, ended)
  tell(ctx, 'consent.superseded', superseded.row)
  await settle(ctx, row.patientId, { from: speaksOf(superseded.parties) })
}
