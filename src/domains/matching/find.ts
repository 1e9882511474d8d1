import type { TxCtx } from '../../core/context.ts'
import { AppError } from '../../core/errors.ts'
import { findMentor, type MentorRow } from '../mentors/store.ts'
import type { ReferralRecord } from '../referrals/store.ts'
import { type Constraint, canBeOverridden, failedConstraints } from './constraints.ts'
import { mentorsOf } from './mentors.ts'
import { type Excluded, type Ranking, rank } from './rank.ts'
import { scoreOf, type Weighing, weighingOf } from './score.ts'
import { type Seeking, seekersOf, toMentorFacts } from './store.ts'

export interface Found {
  readonly seeking: Seeking
  readonly ranking: Ranking
  readonly weighing: readonly Weighing[]
  readonly considered: number
}

/** Every mentor of the receiving organization, judged for one referral. */
export async function findCandidates(ctx: TxCtx, record: ReferralRecord): Promise<Found> {
  const [{ active, others }, [seeking]] = await Promise.all([
    mentorsOf(ctx, record.row.receivingOrganizationId),
    seekersOf(ctx, [record]),
  ])
  if (!seeking) throw new Error('A referral that was found has a seeker')
  const weighing = weighingOf(seeking.program?.matchWeights ?? {})
  const ranking = rank(active, seeking.seeker, weighing)
  return {
    seeking,
    weighing,
    considered: active.length + others,
    ranking: others === 0 ? ranking : { ...ranking, excluded: withOthers(ranking.excluded, others) },
  }
}

/** Mentors who are not active were only counted: one constraint is enough to leave them out. */
function withOthers(excluded: readonly Excluded[], others: number): Excluded[] {
  return [{ constraint: 'status', mentors: others, alone: others }, ...excluded]
}

export interface JudgedPair {
  readonly mentor: MentorRow
  readonly failed: readonly Constraint[]
  readonly score: number
  /** Capacity points that the mentorship would take. */
  readonly points: number
}

/** One pair that a coordinator, a person or a run has in mind, judged like every other. */
export async function judgePair(ctx: TxCtx, record: ReferralRecord, mentorId: string): Promise<JudgedPair> {
  const [mentor, [seeking]] = await Promise.all([findMentor(ctx, mentorId), seekersOf(ctx, [record])])
  if (!seeking) throw new Error('A referral that was found has a seeker')
  const facts = toMentorFacts(mentor, ctx.now)
  return {
    mentor,
    failed: failedConstraints(facts, seeking.seeker),
    points: seeking.seeker.points,
    score: scoreOf(facts, seeking.seeker, weighingOf(seeking.program?.matchWeights ?? {})),
  }
}

/**
 * Refuses a pair that no reason makes possible, and one that a reason would if there is none. Status, papers and
 * room have refusals of their own (`requireRoom`), which come first.
 */
export function refuseUnfit(failed: readonly Constraint[], overrideReason: string | undefined): void {
  if (failed.includes('conflict_of_interest'))
    throw new AppError(
      'conflict_of_interest',
      'A declared relation or a clinic’s panel stands between this mentor and this person. Nobody can override it.',
    )
  const open = failed.filter(canBeOverridden)
  if (open.length > 0 && overrideReason === undefined)
    throw new AppError(
      'match_excluded',
      `This mentor does not fit: ${open.join(', ')}. A coordinator may offer all the same with overrideReason.`,
    )
}
