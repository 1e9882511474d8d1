import { and, eq, inArray } from 'drizzle-orm'
import type { AnyPgColumn } from 'drizzle-orm/pg-core'
import type { TxCtx } from '../../core/context.ts'
import { clocks } from '../clocks/table.ts'
import { unshareEngagement } from '../engagement/mark.ts'
import { endAccompaniment } from '../mentorships/store.ts'
import { contacts, mentorshipPauses, mentorships } from '../mentorships/table.ts'
import { unsharePatient } from '../patients/store.ts'
import { isOpen, partiesOf } from '../referrals/rules.ts'
import { advance, type ReferralRow, selectReferrals } from '../referrals/store.ts'
import { referrals, referralTransitions } from '../referrals/table.ts'
import { noGrounds } from './decision.ts'
import { consentParties, type consents } from './table.ts'

/** Referrals of one patient to the organizations of one consent; nobody has more. */
const referralsMax = 1_000

/**
 * What a withdrawn consent stops, at once and in its own transaction: open referrals to the organizations that
 * no other consent names are cancelled, their mentorships close, and neither side finds the other's rows any
 * more. What was disclosed before is not recalled; the ledger keeps it (42 CFR 2.31(a)(6), reliance).
 */
export async function withdrawReferrals(
  ctx: TxCtx,
  consent: typeof consents.$inferSelect,
  stillNamed: ReadonlySet<string>,
): Promise<void> {
  const gone = consent.readerIds.filter((id) => !stillNamed.has(id))
  if (gone.length === 0) return
  const affected = await selectReferrals(
    ctx,
    and(eq(referrals.patientId, consent.patientId), inArray(referrals.receivingOrganizationId, gone)),
  ).limit(referralsMax)
  for (const selected of affected.filter(({ row }) => isOpen(row.status))) {
    const { row } = selected
    if (row.status !== 'requested') await endAccompaniment(ctx, row, { outcome: 'person_ended' })
    await advance(
      ctx,
      { ...selected, grounds: noGrounds, parties: partiesOf(row, ctx.organizationId) },
      {
        command: 'revoke_consent',
        status: 'cancelled',
        businessStatus: 'cancelled',
        reason: 'consent_withdrawn',
        turn: null,
      },
    )
  }
  ctx.write(unsharePatient(ctx, consent.patientId, gone))
  await takeApart(
    ctx,
    consent.id,
    affected.map(({ row }) => row),
  )
}

/** The coarse shadow of consent, taken off both sides' rows. Reading was denied already when the consent changed. */
function takeApart(ctx: TxCtx, consentId: string, rows: readonly ReferralRow[]): Promise<void> {
  const { db, networkId } = ctx
  const ids = rows.map(({ id }) => id)
  const nobody = { readerIds: [] }
  const inNetwork = (column: AnyPgColumn) => eq(column, networkId)
  return ctx.acrossOrganizations(async () => {
    await db
      .update(consentParties)
      .set(nobody)
      .where(and(inNetwork(consentParties.networkId), eq(consentParties.consentId, consentId)))
    if (ids.length === 0) return
    await Promise.all([
      db
        .update(referrals)
        .set(nobody)
        .where(and(inNetwork(referrals.networkId), inArray(referrals.id, ids))),
      db
        .update(referralTransitions)
        .set(nobody)
        .where(and(inNetwork(referralTransitions.networkId), inArray(referralTransitions.referralId, ids))),
      db
        .update(clocks)
        .set(nobody)
        .where(and(inNetwork(clocks.networkId), inArray(clocks.subjectId, ids))),
      db
        .update(mentorships)
        .set(nobody)
        .where(and(inNetwork(mentorships.networkId), inArray(mentorships.referralId, ids))),
      db
        .update(contacts)
        .set(nobody)
        .where(and(inNetwork(contacts.networkId), inArray(contacts.referralId, ids))),
      db
        .update(mentorshipPauses)
        .set(nobody)
        .where(and(inNetwork(mentorshipPauses.networkId), inArray(mentorshipPauses.referralId, ids))),
      unshareEngagement(ctx, ids),
    ])
  })
}
