import { and, eq } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { LostRace } from '../../db/transaction.ts'
import { dueAt } from '../clocks/rules.ts'
import { startClock, stopClock } from '../clocks/store.ts'
import { decide } from '../decisions/decision.ts'
import { groundsOf } from '../decisions/grounds.ts'
import { accompaniedOf, markEngagementDue } from '../engagement/mark.ts'
import { findVisiblePatient, sharePatient } from '../patients/store.ts'
import { route } from '../programs/routing.ts'
import { recordTransition, selectReferrals, toFound } from './store.ts'
import { referrals, sealedReferrals } from './table.ts'

/**
 * Nobody answered in twice the time: the referral goes to a second organization, if one has a program that admits the
 * person and a consent names it. The first one no longer sees it. Whether it went.
 */
export async function rerouteUnanswered(ctx: TxCtx, referralId: string): Promise<boolean> {
  const [selected] = await selectReferrals(ctx, eq(referrals.id, referralId))
  if (selected?.row.status !== 'requested') return false
  const { row, clock } = toFound(selected)
  const [grounds, person] = await Promise.all([
    groundsOf(ctx, row.patientId),
    findVisiblePatient(ctx, row.patientId),
  ])
  const { languages = [], modes = [], must = {} } = row.preferences
  const named = new Set(
    grounds.consents.flatMap(({ recipients }) =>
      recipients.flatMap(({ organizationId }) => organizationId ?? []),
    ),
  )
  const mayHave = (recipientId: string) =>
    named.has(recipientId) &&
    decide(grounds, {
      discloserId: row.organizationId,
      recipientId,
      patientId: row.patientId,
      purpose: 'treatment',
      dataClasses: ['referral_status', 'referral_reason', 'identity', 'contact'],
      at: ctx.now,
    }).permittedClasses.includes('referral_status')
  const destination = await route(ctx, {
    notOrganizationIds: [row.organizationId, row.receivingOrganizationId],
    isAllowed: mayHave,
    languages,
    modes,
    mustLanguages: must.languages ?? [],
    mustModes: must.modes ?? [],
    reasons: row.reasons,
    priority: row.priority,
    birthDate: person.birthDate,
    postalCode: person.postalCode ?? undefined,
  })
  if (!destination) return false
  const { program, deadlines } = destination
  const readerIds = [program.organizationId]
  if (clock) stopClock(ctx, clock.id)
  const next = startClock(
    ctx,
    { type: 'referral', id: row.id, organizationId: row.organizationId, readerIds },
    {
      action: 'acknowledge',
      ownerOrganizationId: program.organizationId,
      ownerRole: 'coordinator',
      dueAt: dueAt('acknowledge', row.priority, ctx.now, deadlines),
    },
  )
  const changed = await ctx.db
    .update(referrals)
    .set({
      receivingOrganizationId: program.organizationId,
      programId: program.id,
      readerIds,
      clockId: next.id,
      version: row.version + 1,
      updatedAt: ctx.now,
    })
    .where(
      and(
        eq(referrals.networkId, ctx.networkId),
        eq(referrals.id, row.id),
        eq(referrals.version, row.version),
      ),
    )
    .returning(sealedReferrals.columns)
  const [moved] = await sealedReferrals.open(ctx, changed)
  if (!moved) throw new LostRace()
  ctx.write(sharePatient(ctx, row.patientId, readerIds))
  recordTransition(ctx, moved, { command: 'reroute', reason: 'not_acknowledged' }, row.status)
  markEngagementDue(ctx, accompaniedOf(moved))
  // The one that did not answer learns that it is no longer asked.
  ctx.emit({
    type: 'referral.updated',
    subjectType: 'referral',
    subjectId: row.id,
    patientId: row.patientId,
    holderId: row.organizationId,
    organizationId: row.receivingOrganizationId,
    codes: { reason: 'not_acknowledged' },
  })
  return true
}
