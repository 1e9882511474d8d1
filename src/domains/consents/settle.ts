import { and, eq, inArray, ne } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { isExpired } from '../decisions/consented.ts'
import { decide } from '../decisions/decision.ts'
import { type ConsentFacts, type Grounds, noGrounds } from '../decisions/facts.ts'
import { groundsOf } from '../decisions/grounds.ts'
import { castShadow } from '../decisions/shadow.ts'
import { endAccompaniment } from '../mentorships/store.ts'
import { partiesOf } from '../referrals/rules.ts'
import { advance, selectReferrals, toFound } from '../referrals/store.ts'
import { referrals } from '../referrals/table.ts'

/** Open referrals of one patient; nobody has more. */
const referralsMax = 1_000

type Selected = Awaited<ReturnType<typeof selectReferrals>>[number]

/** What was taken back, and from whom. */
export interface Withdrawal {
  /** Whether it took from this organization what let it know of a referral. Others keep theirs, whatever their papers. */
  readonly from: (organizationId: string) => boolean
  /** Nobody said no: a consent of the person that has merely expired keeps them accompanied. */
  readonly sparesExpired?: boolean
  readonly part?: Parting
}

/** A suspended consent is a doubt, and one that has expired is no refusal: disclosing stops, being accompanied does not. */
function asIfNotLapsed(grounds: Grounds, sparesExpired: boolean, at: Date): Grounds {
  const revived = (consent: ConsentFacts): ConsentFacts => {
    const status = consent.status === 'suspended' ? 'active' : consent.status
    const isOver = status === 'expired' || (status === 'active' && isExpired(consent.expiresOn, at))
    return isOver && sparesExpired
      ? { ...consent, status: 'active', expiresOn: null }
      : { ...consent, status }
  }
  return { ...grounds, consents: grounds.consents.map(revived) }
}

/** Whether the organization that accompanies may no longer know of the referral at all. */
function isCutOff(grounds: Grounds, { row }: Selected, at: Date): boolean {
  const { decision } = decide(grounds, {
    discloserId: row.organizationId,
    recipientId: row.receivingOrganizationId,
    patientId: row.patientId,
    purpose: 'treatment',
    dataClasses: ['referral_status'],
    at,
  })
  return decision === 'deny'
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
 * After something was withdrawn: open referrals to organizations that may by it no longer know of them part, and nobody
 * finds rows any more that nothing lets them find. All in the transaction of the withdrawal. Older papers on file neither
 * save a referral from a withdrawal nor lose one that it does not concern. What was disclosed before is not recalled; the
 * ledger keeps it (42 CFR 2.31(a)(6), reliance).
 */
export async function settle(
  ctx: TxCtx,
  patientId: string,
  { from, sparesExpired = false, part = withdraw }: Withdrawal,
): Promise<void> {
  const grounds = asIfNotLapsed(await groundsOf(ctx, patientId), sparesExpired, ctx.now)
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
  for (const selected of open)
    if (from(selected.row.receivingOrganizationId) && isCutOff(grounds, selected, ctx.now))
      await part(ctx, selected)
  await castShadow(ctx, patientId)
}
