import { and, desc, eq, gte, isNull, lte } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { creditAwards, externalCredits } from '../credits/table.ts'
import type { Earned } from './rules.ts'

/** More than anybody earns in two windows of years. Of more, the newest are read, and it is told that there are others. */
const creditsMax = 2_000

/** What a learner earned between two days, here and elsewhere, oldest first, and whether that is all of it. */
export async function earnedBetween(
  { db, networkId }: TxCtx,
  learnerId: string,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<{ readonly earned: Earned[]; readonly truncated: boolean }> {
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
      .orderBy(desc(creditAwards.awardedOn), desc(creditAwards.id))
      .limit(creditsMax + 1),
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
      .orderBy(desc(externalCredits.completedOn), desc(externalCredits.id))
      .limit(creditsMax + 1),
  ])
  const ours = awards.slice(0, creditsMax).map(
    ({ id, creditType, quarters, topics, awardedOn }): Earned => ({
      ...{ id, kind: 'award', creditType, quarters, topics, on: awardedOn },
    }),
  )
  const theirs = externals.slice(0, creditsMax).map((one): Earned => ({ ...one, kind: 'external' }))
  return {
    earned: [...ours, ...theirs].sort((a, b) => (a.on < b.on ? -1 : a.on > b.on ? 1 : 0)),
    truncated: awards.length > creditsMax || externals.length > creditsMax,
  }
}
