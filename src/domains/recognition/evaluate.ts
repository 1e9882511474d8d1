import { and, desc, eq, isNotNull, sql } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { newId } from '../../core/id.ts'
import { insertRows } from '../../db/insert.ts'
import { findMentor } from '../mentors/store.ts'
import { findOrganization } from '../organizations/store.ts'
import { networks } from '../organizations/table.ts'
import { standingConsent } from '../recognition-consents/store.ts'
import type { Occasion } from './codes.ts'
import { type FactCode, facts } from './facts.ts'
import { measures } from './measures.ts'
import { type Held, initialsOf, judge, mayIssue, monthsAfter, outcomeOf, type Rule, waive } from './rules.ts'
import type { EvaluationRow, SchemeRow } from './store.ts'
import { type CredentialContent, recognitionCredentials, recognitionEvaluations } from './table.ts'

const dayMs = 86_400_000
/** Often enough that a credential is renewed in time, seldom enough that a bad week is not what is looked at. */
const everyDays = 30
/** How many credentials of one scheme are looked at: the newest. Somebody who renews holds two in a year. */
const heldMax = 100

export interface Examined {
  readonly organizationId: string
  readonly scheme: SchemeRow
  readonly mentorId: string | null
  readonly occasion: Occasion
  readonly waives?: FactCode | null
}

/**
 * Measures every fact of a scheme, writes down what came of each, and issues a credential where all were met and nothing
 * that was held stands in its way. The latest evaluation of a subject is one row by constraint: of two that are made at once, the later
 * one looks again.
 */
export async function evaluate(ctx: TxCtx, examined: Examined): Promise<EvaluationRow> {
  const { organizationId, scheme, mentorId, occasion, waives = null } = examined
  const { networkId, now } = ctx
  const subjectId = mentorId ?? organizationId
  await ctx.db
    .update(recognitionEvaluations)
    .set({ nextAt: null })
    .where(
      and(
        eq(recognitionEvaluations.networkId, networkId),
        eq(recognitionEvaluations.schemeCode, scheme.code),
        eq(recognitionEvaluations.subjectId, subjectId),
        isNotNull(recognitionEvaluations.nextAt),
      ),
    )
  const measured = await Promise.all(
    scheme.rules.map(async (rule) =>
      judge(rule, await measures[rule.fact](ctx, { organizationId, mentorId, rule })),
    ),
  )
  const judged = waives ? waive(measured, waives) : measured
  const outcome = outcomeOf(judged)
  const mayShow = mentorId === null || (await standingConsent(ctx, mentorId)) !== undefined
  const issues =
    outcome === 'met' && mayShow && mayIssue(await heldBy(ctx, scheme.code, subjectId), occasion, now)
  const row: EvaluationRow = {
    networkId,
    id: newId(now),
    organizationId,
    schemeId: scheme.id,
    schemeCode: scheme.code,
    subject: scheme.subject,
    subjectId,
    mentorId,
    occasion,
    outcome,
    facts: judged,
    credentialId: issues ? newId(now) : null,
    nextAt: new Date(now.getTime() + everyDays * dayMs),
    createdAt: now,
  }
  await ctx.db.insert(recognitionEvaluations).values(row)
  if (row.credentialId) await issue(ctx, row, scheme, row.credentialId)
  ctx.emit({
    type: 'recognition_evaluation.made',
    subjectType: 'recognition_evaluation',
    subjectId: row.id,
    organizationId,
    codes: { scheme: scheme.code, outcome },
  })
  ctx.touch({ subjectType: 'recognition_evaluation', subjectId: row.id })
  return row
}

/** In one statement: a revocation that comes at the same time is seen whole, or the credential is still held. */
function heldBy({ db, networkId }: TxCtx, code: string, subjectId: string): Promise<Held[]> {
  const held = recognitionCredentials
  return db
    .select({
      validUntil: held.validUntil,
      revokedBecause: held.revokedBecause,
      barLiftedAt: held.barLiftedAt,
      askedSince: sql<boolean>`exists (select from recognition_evaluations e
        where e.network_id = ${held.networkId} and e.scheme_code = ${held.schemeCode} and e.subject_id = ${held.subjectId}
          and e.occasion <> 'scheduled' and e.created_at > ${held.revokedAt})`,
    })
    .from(held)
    .where(and(eq(held.networkId, networkId), eq(held.subjectId, subjectId), eq(held.schemeCode, code)))
    .orderBy(desc(held.id))
    .limit(heldMax)
}

async function issue(ctx: TxCtx, evaluation: EvaluationRow, scheme: SchemeRow, id: string): Promise<void> {
  const { networkId, now } = ctx
  const { organizationId, mentorId, subject, subjectId } = evaluation
  ctx.write(
    insertRows(recognitionCredentials, {
      networkId,
      id,
      organizationId,
      schemeId: scheme.id,
      schemeCode: scheme.code,
      evaluationId: evaluation.id,
      subject,
      subjectId,
      content: await contentOf(ctx, scheme, { organizationId, mentorId }),
      validFrom: now,
      validUntil: monthsAfter(now, scheme.validMonths),
      createdAt: now,
      updatedAt: now,
    }),
  )
  ctx.emit({
    type: 'recognition_credential.issued',
    subjectType: 'recognition_credential',
    subjectId: id,
    organizationId,
    // That a mentor is recognized is their own organization's to know, and theirs to show.
    ...(subject === 'organization' && { networkWide: true as const }),
    codes: { scheme: scheme.code },
  })
  ctx.touch({ subjectType: 'recognition_credential', subjectId: id })
}

async function contentOf(
  ctx: TxCtx,
  { code, revision, name, description, rules }: SchemeRow,
  holder: { readonly organizationId: string; readonly mentorId: string | null },
): Promise<CredentialContent> {
  const [[network], organization, mentor] = await Promise.all([
    ctx.db.select({ name: networks.name }).from(networks).where(eq(networks.id, ctx.networkId)),
    findOrganization(ctx, holder.organizationId),
    holder.mentorId ? findMentor(ctx, holder.mentorId) : undefined,
  ])
  return {
    networkName: network?.name ?? '',
    holder: mentor ? initialsOf(mentor.displayName) : organization.name,
    scheme: { code, revision, name, description },
    criteria: rules.map(toWords).join('\n'),
  }
}

/** A rule in the words in which a credential shows it. */
function toWords({ fact, comparison, threshold, windowDays, minimumGroup, accreditation }: Rule): string {
  return [
    facts[fact].says,
    `${comparison === 'at_least' ? 'At least' : 'At most'} ${threshold}`,
    ...(windowDays === null ? [] : [`within ${windowDays} days`]),
    ...(minimumGroup === null ? [] : [`of a group of ${minimumGroup} or more`]),
    ...(accreditation === null ? [] : [`(${accreditation})`]),
  ].join(' ')
}
