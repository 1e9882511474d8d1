import { and, eq, ne, sql } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import type { PersonKey } from '../../core/data-keys.ts'
import { newId } from '../../core/id.ts'
import { insertRows } from '../../db/insert.ts'
import { newPersonKey } from '../../db/person-keys.ts'
import { withKey } from '../../db/sealing.ts'
import { startClock, type Turn } from '../clocks/store.ts'
import { type Parting, withdraw } from '../consents/settle.ts'
import { noGrounds } from '../decisions/facts.ts'
import { accompaniedOf, markEngagementDue } from '../engagement/mark.ts'
import { type MentorshipRow, nameNextSupport, withdrawOffers } from '../mentorships/store.ts'
import { mentorships, sealedMentorships } from '../mentorships/table.ts'
import { offers } from '../offers/table.ts'
import { findVisiblePatient } from '../patients/store.ts'
import { patients, sealedPatients } from '../patients/table.ts'
import { carryPlan } from '../recovery-plans/carry.ts'
import { partiesOf } from './rules.ts'
import { advance, type ReferralRow, toFound } from './store.ts'
import { referrals, referralTransitions, sealedReferrals } from './table.ts'

/**
 * The person takes back what the clinic may tell, and stays with the people who accompany them. For the clinic its
 * referral ends as withdrawn. For the organization that accompanies there is, from the same moment on, a person and a
 * referral of its own, with the same mentor, the same next action and the same deadline; their name and how to reach
 * them go along at their own wish. A referral that nobody has accepted yet has nothing to go on with.
 */
export const goOnByThemselves: Parting = async (ctx, selected) => {
  const { row, clock } = selected
  if (row.status === 'requested' || !clock) return withdraw(ctx, selected)
  const closed = {
    command: 'revoke_consent',
    status: 'cancelled',
    businessStatus: 'cancelled',
    reason: 'consent_withdrawn',
    turn: null,
  } as const
  const parties = partiesOf(row, ctx.organizationId)
  await advance(ctx, { ...toFound(selected), grounds: noGrounds, parties }, closed)
  await ctx.acrossOrganizations(async () => {
    await withdrawOffers(ctx, eq(offers.referralId, row.id))
    const own = await ownPatient(ctx, row)
    await carryPlan(ctx, { patientId: row.patientId, organizationId: row.receivingOrganizationId }, own)
    const turn = { ...clock, ownerOrganizationId: row.receivingOrganizationId }
    await sameMentor(ctx, row, referOneself(ctx, row, own, turn))
  })
}

/** The person under a key of their own here: what the clinic's record loses, theirs does not. */
async function ownPatient(
  ctx: TxCtx,
  { patientId, receivingOrganizationId }: ReferralRow,
): Promise<PersonKey> {
  const { now } = ctx
  const patient = await findVisiblePatient(ctx, patientId)
  const id = newId(now)
  const key = await newPersonKey(ctx, id)
  const own = { id, organizationId: receivingOrganizationId, readerIds: [], version: 1 }
  const row = { ...patient, ...own, createdAt: now, updatedAt: now }
  ctx.write(insertRows(patients, sealedPatients.row(key, row)))
  ctx.emit({
    type: 'patient.created',
    subjectType: 'patient',
    subjectId: id,
    patientId: id,
    organizationId: receivingOrganizationId,
  })
  ctx.touch({ subjectType: 'patient', subjectId: id, patientId: id })
  return key
}

function referOneself(ctx: TxCtx, from: ReferralRow, own: PersonKey, turn: Turn): ReferralRow {
  const { now } = ctx
  const patientId = own.personId
  const id = newId(now)
  const organizationId = from.receivingOrganizationId
  // An offer that was waiting is withdrawn with the old referral: somebody looks for a mentor again.
  const action = turn.action === 'answer_offer' ? 'offer_mentor' : turn.action
  const { ownerOrganizationId, ownerRole, dueAt } = turn
  const clock = startClock(
    ctx,
    { type: 'referral', id, organizationId, readerIds: [] },
    { action, ownerOrganizationId, ownerRole, dueAt },
  )
  const plain: ReferralRow = {
    ...from,
    id,
    organizationId,
    readerIds: [],
    patientId,
    consentId: null,
    agreementId: null,
    placerId: null,
    replacesId: from.id,
    note: null,
    clockId: clock.id,
    version: 1,
    createdAt: now,
    updatedAt: now,
  }
  const row = withKey(plain, own)
  ctx.write(insertRows(referrals, sealedReferrals.row(own, plain)))
  tellOfIt(ctx, row)
  markEngagementDue(ctx, accompaniedOf(row))
  return row
}

function tellOfIt(ctx: TxCtx, { id, organizationId, patientId, status, businessStatus }: ReferralRow): void {
  const step = { status, businessStatus }
  ctx.write(
    insertRows(referralTransitions, {
      networkId: ctx.networkId,
      id: newId(ctx.now),
      organizationId,
      readerIds: [],
      referralId: id,
      patientId,
      at: ctx.now,
      command: 'self_refer',
      fromStatus: null,
      ...step,
      actorOrganizationId: organizationId,
    }),
  )
  ctx.emit({
    type: 'referral.requested',
    subjectType: 'referral',
    subjectId: id,
    patientId,
    organizationId,
    codes: { ...step, reason: 'self_referral' },
  })
  ctx.touch({ subjectType: 'referral', subjectId: id, patientId })
}

/** The mentorship ends under the old referral and begins under the new one; the mentor's place stays taken. */
async function sameMentor(ctx: TxCtx, from: ReferralRow, to: ReferralRow): Promise<void> {
  const { db, networkId, now } = ctx
  const changed = await db
    .update(mentorships)
    .set({
      status: 'closed',
      closedAt: now,
      outcome: 'transferred',
      closedBecause: 'self_referral',
      reassignSince: null,
      version: sql`${mentorships.version} + 1`,
      updatedAt: now,
    })
    .where(
      and(
        eq(mentorships.networkId, networkId),
        eq(mentorships.referralId, from.id),
        ne(mentorships.status, 'closed'),
      ),
    )
    .returning(sealedMentorships.columns)
  const [ended] = await sealedMentorships.open(ctx, changed)
  if (!ended) return
  nameNextSupport(ctx, ended, 'The same mentor, without the clinic')
  const { organizationId, mentorId, mentorType, cadence, intensity, plannedEndOn, reviewDueOn } = ended
  const id = newId(now)
  ctx.write(
    insertRows(mentorships, {
      networkId,
      id,
      organizationId,
      readerIds: [],
      referralId: to.id,
      patientId: to.patientId,
      mentorId,
      mentorType,
      ...pauseOf(ended),
      cadence,
      rhythmFrom: now,
      startedAt: now,
      intensity,
      plannedEndOn,
      reviewDueOn,
      continuityOfId: ended.id,
      withheldFromIds: ended.withheldFromIds,
      createdAt: now,
      updatedAt: now,
    }),
  )
  const told = { subjectType: 'mentorship', organizationId } as const
  const before = from.patientId
  const outcome = { outcome: 'transferred' }
  ctx.emit({
    ...told,
    type: 'mentorship.closed',
    subjectId: ended.id,
    patientId: before,
    readerIds: [],
    codes: outcome,
  })
  ctx.emit({ ...told, type: 'mentorship.started', subjectId: id, patientId: to.patientId })
  ctx.touch({ subjectType: 'mentorship', subjectId: id, patientId: to.patientId })
}

/** One who was away with the person's knowledge still is. */
function pauseOf({ pausedAt, resumedAt, resumeBy }: MentorshipRow) {
  const paused = pausedAt !== null && resumeBy !== null && (resumedAt === null || resumedAt < pausedAt)
  return paused ? { status: 'paused' as const, pausedAt, resumeBy } : { status: 'active' as const }
}
