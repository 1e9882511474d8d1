import { and, eq, inArray, ne } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { decide } from '../decisions/decision.ts'
import { type DenialReason, type Grounds, noGrounds } from '../decisions/facts.ts'
import { groundsOf } from '../decisions/grounds.ts'
import { castShadow } from '../decisions/shadow.ts'
import { endAccompaniment } from '../mentorships/store.ts'
import { partiesOf } from '../referrals/rules.ts'
import { advance, selectReferrals, toFound } from '../referrals/store.ts'
import { referrals } from '../referrals/table.ts'

/** Open referrals of one patient; nobody has more. */
const referralsMax = 1_000

type Selected = Awaited<ReturnType<typeof selectReferrals>>[number]

/** Reasons that pass by themselves, or by a new paper: disclosing stops, being accompanied does not. */
const passing: ReadonlySet<DenialReason> = new Set([
  'consent_suspended',
  'consent_expired',
  'consent_not_active',
])

/** Whether the organization that accompanies may no longer know of the referral at all. */
function isCutOff(grounds: Grounds, { row }: Selected, at: Date): boolean {
  const { decision, reasons } = decide(grounds, {
    discloserId: row.organizationId,
    recipientId: row.receivingOrganizationId,
    patientId: row.patientId,
    purpose: 'treatment',
    dataClasses: ['referral_status'],
    at,
  })
  return decision === 'deny' && !reasons.some((reason) => passing.has(reason))
}

/** What becomes of an open referral whose two organizations may no longer talk of it. */
export type Parting = (ctx: TxCtx, selected: Selected) => Promise<void>

/** The referral is cancelled and its mentorship closes; a clinic that wants to go on refers anew under a new consent. */
export const withdraw: Parting = async (ctx, selected) => {
  const { row } = selected
  if (row.status !== 'requested') await endAccompaniment(ctx, row, { outcome: 'person_ended' })
  await advance(
    ctx,
    { ...toFound(selected), grounds: noGrounds, parties: partiesOf(row, ctx.organizationId) },
    {
      command: 'revoke_consent',
      status: 'cancelled',
      businessStatus: 'cancelled',
      reason: 'consent_withdrawn',
      turn: null,
    },
  )
}

/**
 * After the person has withdrawn something: open referrals between organizations that may no longer talk of them part,
 * and nobody finds rows any more that nothing lets them find. All in the transaction of the withdrawal. What was
 * disclosed before is not recalled; the ledger keeps it (42 CFR 2.31(a)(6), reliance).
 */
export async function settle(ctx: TxCtx, patientId: string, part: Parting = withdraw): Promise<void> {
  const grounds = await groundsOf(ctx, patientId)
  const open = await selectReferrals(
    ctx,
    and(
      eq(referrals.patientId, patientId),
      eq(referrals.organizationId, ctx.organizationId),
      ne(referrals.receivingOrganizationId, ctx.organizationId),
      inArray(referrals.status, ['requested', 'accepted', 'in_progress', 'on_hold']),
    ),
    { limit: referralsMax },
  )
  for (const selected of open) if (isCutOff(grounds, selected, ctx.now)) await part(ctx, selected)
  await castShadow(ctx, patientId)
}
