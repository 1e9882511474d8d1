import type { TxCtx } from '../core/context.ts'
import { openSystemContext } from '../db/access.ts'
import { mendLoads, reportViolations } from '../domains/accompaniment/violations.ts'
import { expireAgreements } from '../domains/agreements/expiry.ts'
import { anchor, seal } from '../domains/audit/seal.ts'
import { climb } from '../domains/clocks/climb.ts'
import { ladder } from '../domains/clocks/rules.ts'
import { expireConsents } from '../domains/consents/expiry.ts'
import { sweepEngagement } from '../domains/engagement/sweep.ts'
import { expireOffers } from '../domains/offers/expiry.ts'
import { sweepEligibility } from '../domains/qualifications/sweep.ts'
import { sweepRecognition } from '../domains/recognition/sweep.ts'
import { rerouteUnanswered } from '../domains/referrals/reroute.ts'
import { defineSweep, type NetworkDeps, type Sweep } from './job.ts'
import { sealingSweeps } from './sealing.ts'
import { sweeping } from './sweeping.ts'

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

/**
 * Looks every quarter of an hour whether the promise that nobody is left alone holds, and tells loudly if it does not:
 * in the log of the process, and as an event of the organization concerned. Then it mends what it can.
 */
const verify = defineSweep({
  name: 'accompaniment.verify',
  everySeconds: 900,
  run: async ({ service, networkId, time, log }: NetworkDeps) => {
    const context = openSystemContext(service, networkId, {
      requestId: 'sweep:accompaniment.verify',
      now: time.now(),
    })
    const violations = await context.transaction(reportViolations, { action: 'accompaniment.verify' })
    if (violations.length === 0) return
    log.error({ networkId, violations }, 'somebody may be left alone: see the violations')
    await context.transaction(mendLoads, { action: 'accompaniment.mend' })
  },
})

/** Rows of one transaction of the sealer: nobody waits for it, so it may take more at a time. */
const sealedAtOnce = 500

/** The chain over audit trail and ledger grows by what was written since; its head goes to the log each hour. */
const sealChain = defineSweep({
  name: 'audit.seal',
  everySeconds: 5,
  run: async ({ service, networkId, time, log, signal }: NetworkDeps) => {
    const context = openSystemContext(service, networkId, { requestId: 'sweep:audit.seal', now: time.now() })
    const once = () => context.transaction((ctx) => seal(ctx, sealedAtOnce), { action: 'audit.seal' })
    while (!signal.aborted && (await once()) === sealedAtOnce);
    const head = await context.transaction(anchor, { action: 'audit.anchor' })
    if (head)
      log.info(
        { networkId, position: head.position, hash: head.hash.toString('hex') },
        'the audit chain stands here',
      )
  },
})

/** What time alone brings about. Offers go before clocks: an answer that did not come is the next candidate's turn. */
export const sweeps: readonly Sweep[] = [
  // Each may look for the next candidate among thousands: few at a time.
  sweeping('offers.expire', 5, expireOffers, 10),
  sweeping('clocks.climb', 5, climbAndGoOn),
  sweeping('consents.expire', 30, expireConsents, 50),
  sweeping('agreements.expire', 60, expireAgreements, 10),
  sweeping('mentors.eligibility', 60, sweepEligibility),
  sweeping('engagement.move', 5, sweepEngagement),
  // Each measures a whole organization: few at a time.
  sweeping('recognition.evaluate', 3_600, sweepRecognition, 5),
  verify,
  sealChain,
  ...sealingSweeps,
]
