import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { AppError, notFound } from '../../core/errors.ts'
import { toInstant } from '../../core/wire.ts'
import { discloseOne } from '../disclosures/store.ts'
import type { Audience } from '../mentors/codes.ts'
import { findReferralById, requireStatusConsent } from '../referrals/store.ts'
import { CandidateFilter, type Candidates } from './contract.ts'
import { explainTo } from './explain.ts'
import { type Found, findCandidates } from './find.ts'
import { toldTo, usedOf } from './reading.ts'
import { matchRules } from './score.ts'
import { shownMentors } from './store.ts'

/**
 * Who fits, and why. The organization that was asked uses the person's wishes under a consent, and that is written
 * to the ledger; to the clinic the answer is a disclosure the other way.
 */
export const listCandidates = action({
  id: 'matching.candidates',
  scope: 'matching:read',
  input: CandidateFilter,
  alone: true,
  run: async (ctx, { id, limit, audience: asked }) => {
    const record = await findReferralById(ctx, id)
    requireStatusConsent(ctx, record)
    const matches = record.parties.includes('target')
    const audience = asked ?? (matches ? 'coordinator' : 'clinic')
    if (!matches && audience !== 'clinic') throw notFound('referral')
    if (!['accepted', 'in_progress'].includes(record.row.status))
      throw new AppError('transition_not_allowed', `A referral that is ${record.row.status} is not matched.`)
    const shown = discloseOne(ctx, matches ? usedOf(record) : toldTo(record))
    ctx.touch({ subjectType: 'referral', subjectId: id, patientId: record.row.patientId })
    const find = async () => toCandidates(ctx, await findCandidates(ctx, record), audience, limit)
    return { ...(await (matches ? find() : ctx.acrossOrganizations(find))), ...shown.attached }
  },
})

async function toCandidates(
  ctx: TxCtx,
  { ranking, seeking, weighing, considered }: Found,
  audience: Audience,
  limit: number,
): Promise<Candidates> {
  const best = ranking.ranked.slice(0, limit)
  const rows = await shownMentors(
    ctx,
    best.map(({ mentor }) => mentor.id),
  )
  return {
    referralId: seeking.record.row.id,
    ruleSet: matchRules,
    asOf: toInstant(ctx.now),
    audience,
    data: best.flatMap((ranked, index) => {
      const row = rows.get(ranked.mentor.id)
      return row ? [explainTo(audience, ranked, row, seeking.seeker, { weighing, rank: index + 1 })] : []
    }),
    considered,
    feasible: ranking.ranked.length,
    // Who else there is, and why they are not taken, is for those who can act on it.
    excluded: audience === 'coordinator' ? ranking.excluded : [],
    nearMisses: audience === 'coordinator' ? ranking.nearMisses : [],
  }
}
