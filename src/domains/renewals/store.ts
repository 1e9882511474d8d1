import { and, asc, eq, gte, isNull, lte } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { creditAwards, externalCredits } from '../credits/table.ts'
import type { Earned } from './rules.ts'

/** More than anybody earns in two windows of years. */
const creditsMax = 2_000

/** What a learner earned between two days, here and elsewhere, oldest first. */
export async function earnedBetween(
  { db, networkId }: TxCtx,
  learnerId: string,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<Earned[]> {
  const [awards, externals] = await Promise.all([
    db
      .select()
      .from(creditAwards)
      .where(
        and(
          eq(creditAwards.networkId, networkId),
          eq(creditAwards.learnerId, learnerId),
          isNull(creditAwards.revokedAt),
          gte(creditAwards.awardedOn, from),
          lte(creditAwards.awardedOn, to),
        ),
      )
      .orderBy(asc(creditAwards.awardedOn))
      .limit(creditsMax),
    db
      .select({
        id: externalCredits.id,
        creditType: externalCredits.creditType,
        quarters: externalCredits.quarters,
        topics: externalCredits.topics,
        on: externalCredits.completedOn,
      })
      .from(externalCredits)
      .where(
        and(
          eq(externalCredits.networkId, networkId),
          eq(externalCredits.learnerId, learnerId),
          eq(externalCredits.status, 'accepted'),
          gte(externalCredits.completedOn, from),
          lte(externalCredits.completedOn, to),
        ),
      )
      .orderBy(asc(externalCredits.completedOn))
      .limit(creditsMax),
  ])
  const ours = awards.map(
    ({ id, creditType, quarters, topics, awardedOn }): Earned => ({
      ...{ id, kind: 'award', creditType, quarters, topics, on: awardedOn },
    }),
  )
  const theirs = externals.map((one): Earned => ({ ...one, kind: 'external' }))
  return [...ours, ...theirs].sort((a, b) => (a.on < b.on ? -1 : a.on > b.on ? 1 : 0))
}
