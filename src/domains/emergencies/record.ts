import { and, desc, eq, inArray, ne, sql } from 'drizzle-orm'
import type { z } from 'zod'
import type { TxCtx } from '../../core/context.ts'
import { toInstant } from '../../core/wire.ts'
import type { Decision } from '../decisions/facts.ts'
import { activeRules, readHistories } from '../engagement/store.ts'
import { toEngagement } from '../engagement/view.ts'
import { mentorshipAgreements, mentorships, sealedAgreements } from '../mentorships/table.ts'
import { organizations } from '../organizations/table.ts'
import { findVisiblePatient } from '../patients/store.ts'
import { selectReferrals } from '../referrals/store.ts'
import { referrals } from '../referrals/table.ts'
import type { SafetyRecord as Contract } from './contract.ts'
import { enterInLedger } from './entry.ts'
import type { EmergencyRow } from './store.ts'

export type SafetyRecord = z.output<typeof Contract>

/** Referrals of one person that an emergency room is shown: what is open, and what was last. */
const referralsMax = 5

/**
 * The safety data set of one person, from every organization that holds a part of it. The only place that reads past the
 * organization wall on the strength of an emergency: to be called with what `emergencyPermit` gave, in the same transaction.
 */
export async function safetyRecord(
  ctx: TxCtx,
  emergency: EmergencyRow,
  decision: Decision,
): Promise<SafetyRecord> {
  const found = await ctx.acrossOrganizations(() => readParts(ctx, emergency.patientId))
  const { patient, selected, historyOf, rules, mentorship } = found
  const accompanying = selected.map(({ row }) => row.receivingOrganizationId)
  const disclosureIds = enterInLedger(
    ctx,
    emergency,
    decision,
    mentorship ? [...accompanying, mentorship.organization.id] : accompanying,
  )
  return {
    id: emergency.id,
    asOf: toInstant(ctx.now),
    expiresAt: toInstant(emergency.expiresAt),
    disclosureIds,
    redisclosure: noRedisclosure,
    patient,
    referrals: selected.map(({ row, clock }) => {
      const engagement = toEngagement({ row, clock }, historyOf(row.id), rules, ctx.now)
      return {
        id: row.id,
        status: row.status,
        reason: row.reasons,
        priority: row.priority,
        requestedAt: toInstant(row.createdAt),
        organizationId: row.organizationId,
        receivingOrganizationId: row.receivingOrganizationId,
        languages: row.preferences.must?.languages ?? row.preferences.languages ?? [],
        interpreter: row.preferences.interpreter ?? false,
        engagementStatus: engagement.status,
        lastTwoWayContactAt: engagement.lastTwoWayContactAt ?? null,
        openAlerts: engagement.openAlerts,
      }
    }),
    mentorship: mentorship && { ...mentorship, startedAt: toInstant(mentorship.startedAt) },
  }
}

/** 42 CFR 2.26(a)(5) asks it of whoever is told in spite of a restriction; it harms nobody to ask it of everybody. */
const noRedisclosure = {
  allowed: false,
  text: 'Disclosed to medical personnel in a medical emergency under 42 CFR 2.51, without consent and in spite of any restriction that the patient has asked for. Use it to treat this emergency and do not disclose it further.',
} as const

async function readParts(ctx: TxCtx, patientId: string) {
  const [patient, selected, mentorship] = await Promise.all([
    readPatient(ctx, patientId),
    selectReferrals(ctx, eq(referrals.patientId, patientId), {
      order: [sql`${referrals.closedAt} is not null`, desc(referrals.id)],
      limit: referralsMax,
    }),
    readMentorship(ctx, patientId),
  ])
  const ids = selected.map(({ row }) => row.id)
  const [historyOf, rules] = await Promise.all([readHistories(ctx, ids), activeRules(ctx)])
  return { patient, selected, historyOf, rules, mentorship }
}

async function readPatient(ctx: TxCtx, patientId: string) {
  const row = await findVisiblePatient(ctx, patientId)
  const { id, name, birthDate, language, timeZone, postalCode, contactPoints } = row
  return { id, name, birthDate, language, timeZone, postalCode, contactPoints }
}

/** The mentorship that lives, whose it is, and what the two agreed to do when nobody can be reached. */
async function readMentorship(ctx: TxCtx, patientId: string) {
  const [living, agreed] = await Promise.all([livingOf(ctx, patientId), lastAgreements(ctx, patientId)])
  const [mentorship] = living
  if (!mentorship) return null
  const agreement = agreed.find(({ mentorshipId }) => mentorshipId === mentorship.id)
  return { ...mentorship, emergencyPlan: agreement?.emergencyPlan ?? null }
}

/** The last agreement of each mentorship of the person. */
async function lastAgreements(ctx: TxCtx, patientId: string) {
  const { networkId, mentorshipId, version } = mentorshipAgreements
  const theirs = ctx.db
    .select({ id: mentorships.id })
    .from(mentorships)
    .where(and(eq(mentorships.networkId, ctx.networkId), eq(mentorships.patientId, patientId)))
  const rows = await ctx.db
    .selectDistinctOn([mentorshipId], sealedAgreements.columns)
    .from(mentorshipAgreements)
    .where(and(eq(networkId, ctx.networkId), inArray(mentorshipId, theirs)))
    .orderBy(mentorshipId, desc(version))
  return sealedAgreements.open(ctx, rows)
}

function livingOf({ db, networkId }: TxCtx, patientId: string) {
  return db
    .select({
      id: mentorships.id,
      status: mentorships.status,
      startedAt: mentorships.startedAt,
      organization: { id: organizations.id, name: organizations.name, url: organizations.url },
    })
    .from(mentorships)
    .innerJoin(
      organizations,
      and(
        eq(organizations.networkId, mentorships.networkId),
        eq(organizations.id, mentorships.organizationId),
      ),
    )
    .where(
      and(
        eq(mentorships.networkId, networkId),
        eq(mentorships.patientId, patientId),
        ne(mentorships.status, 'closed'),
      ),
    )
    .orderBy(desc(mentorships.id))
    .limit(1)
}
