import type { TxCtx } from '../../core/context.ts'
import { toInstant } from '../../core/wire.ts'
import type { Opened } from '../../db/sealing.ts'
import type { DataClass } from '../consents/codes.ts'
import { disclose, discloseOne, project, type Reading, type Shown } from '../disclosures/store.ts'
import { type Referral, referralClasses } from './contract.ts'
import { allowedCommands, transitions } from './rules.ts'
import type { ShownReferral } from './shown.ts'
import { findReferralById, type ReferralRecord } from './store.ts'
import type { referralTransitions } from './table.ts'

const classesOfReferral: readonly DataClass[] = ['referral_status', 'referral_reason']

function readingOf({ row, grounds }: ShownReferral): Reading {
  return {
    grounds,
    holderId: row.organizationId,
    patientId: row.patientId,
    subjectType: 'referral',
    subjectId: row.id,
    dataClasses: classesOfReferral,
    members: referralClasses,
  }
}

/** The referral as the caller may see it, with the notice and the ledger row where it is another's. */
export function showReferral(ctx: TxCtx, record: ReferralRecord): Referral {
  const shown = discloseOne(ctx, readingOf(record))
  ctx.touch({ subjectType: 'referral', subjectId: record.row.id, patientId: record.row.patientId })
  return show(record, shown)
}

/** Those of the records that the caller may see: where no consent is in force, a referral is left out. */
export function showReferrals(ctx: TxCtx, records: readonly ShownReferral[]): Referral[] {
  const shown = disclose(ctx, records.map(readingOf), 'short')
  return records.flatMap((record, index) => {
    const part = shown[index]
    if (!part || part.permitted.size === 0) return []
    ctx.touch({ subjectType: 'referral', subjectId: record.row.id, patientId: record.row.patientId })
    return [show(record, part)]
  })
}

function show(record: ShownReferral, { permitted, attached }: Shown): Referral {
  return { ...project(toReferral(record), referralClasses, permitted), ...attached }
}

function toReferral({ row, clock }: ShownReferral): Referral {
  return {
    id: row.id,
    placerId: row.placerId,
    status: row.status,
    businessStatus: row.businessStatus,
    statusReason: row.statusReason === null ? null : { code: row.statusReason, text: row.statusReasonText },
    outcome: row.outcome,
    patientId: row.patientId,
    programId: row.programId,
    organizationId: row.organizationId,
    receivingOrganizationId: row.receivingOrganizationId,
    reason: row.reasons,
    priority: row.priority,
    preferences: row.preferences,
    note: row.note,
    consentId: row.consentId,
    agreementId: row.agreementId,
    replacesId: row.replacesId,
    owner: clock && { organizationId: clock.ownerOrganizationId, role: clock.ownerRole },
    nextAction: clock && { code: clock.action, dueAt: toInstant(clock.dueAt) },
    resumeBy: row.resumeBy,
    version: row.version,
    createdAt: toInstant(row.createdAt),
    updatedAt: toInstant(row.updatedAt),
  }
}

/**
 * For an answer that is repeated under its idempotency key: shown again only if it may still be shown, and
 * written to the ledger again. A key is no way around a consent that was withdrawn since.
 */
export async function stillReadable(ctx: TxCtx, answer: Referral): Promise<Referral> {
  showReferral(ctx, await findReferralById(ctx, answer.id))
  return answer
}

export function toTransition(row: Opened<typeof referralTransitions>) {
  const { at, command, fromStatus, status, businessStatus, reason, reasonText, actorOrganizationId } = row
  return {
    at: toInstant(at),
    command,
    fromStatus,
    status,
    businessStatus,
    reason,
    text: reasonText,
    actorOrganizationId,
  }
}

export function toAllowedTransitions({ row: { status, version }, parties }: ReferralRecord) {
  return {
    status,
    transitions: allowedCommands(status, parties).map((command) => {
      const { to, requires } = transitions[command]
      return {
        command,
        to,
        requires: requires ? { member: requires.member, codes: [...requires.codes] } : null,
      }
    }),
    version,
  }
}
