import type { TxCtx } from '../core/context.ts'
import { openSystemContext } from '../db/access.ts'
import { climb } from '../domains/clocks/climb.ts'
import { ladder } from '../domains/clocks/rules.ts'
import { sweepEngagement } from '../domains/engagement/sweep.ts'
import { expireOffers } from '../domains/offers/expiry.ts'
import { sweepEligibility } from '../domains/qualifications/sweep.ts'
import { rerouteUnanswered } from '../domains/referrals/reroute.ts'
import { defineSweep, type NetworkDeps, type Sweep } from './job.ts'

/** Rows of one transaction: few enough that nobody waits for their locks, many enough that a busy day is soon done. */
const batch = 200

/**
 * Repeats `some` in transactions of its own until it finds nothing more to do. What time brings about is found by an
 * index on the time at which it comes, so that a sweep with nothing to do costs one look.
 */
function sweeping(
  name: string,
  everySeconds: number,
  some: (ctx: TxCtx, limit: number) => Promise<number>,
): Sweep {
  return defineSweep({
    name,
    everySeconds,
    run: async ({ service, networkId, time, signal }: NetworkDeps) => {
      const now = time.now()
      const once = () =>
        openSystemContext(service, networkId, { requestId: `sweep:${name}`, now }).transaction(
          (ctx) => some(ctx, batch),
          { action: name },
        )
      while (!signal.aborted && (await once()) === batch);
    },
  })
}

/** A clock at the top that nobody answered sends its referral on, in the same transaction as it climbs. */
async function climbAndGoOn(ctx: TxCtx, limit: number): Promise<number> {
  const climbed = await climb(ctx, limit)
  const unanswered = climbed.filter(
    ({ step, action, subjectType }) =>
      step === ladder.length && action === 'acknowledge' && subjectType === 'referral',
  )
  for (const { subjectId } of unanswered) await rerouteUnanswered(ctx, subjectId)
  return climbed.length
}

/** What time alone brings about. Offers go before clocks: an answer that did not come is the next candidate's turn. */
export const sweeps: readonly Sweep[] = [
  sweeping('offers.expire', 5, expireOffers),
  sweeping('clocks.climb', 5, climbAndGoOn),
  sweeping('mentors.eligibility', 60, sweepEligibility),
  sweeping('engagement.move', 5, sweepEngagement),
]
