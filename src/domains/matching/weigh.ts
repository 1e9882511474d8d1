import { isFeasible } from './constraints.ts'
import type { MentorFacts, Seeker } from './facts.ts'
import { byRank, type Ranked } from './rank.ts'
import { scoreOf, type Weighing } from './score.ts'

export interface WeighedCandidate {
  readonly mentorId: string
  readonly scoreMillionths: number
}

/** The best so many for one person, in order. Of thousands only those are kept that are still among the best. */
export function bestFor(
  mentors: readonly MentorFacts[],
  seeker: Seeker,
  weighing: readonly Weighing[],
  most: number,
): WeighedCandidate[] {
  const best: Ranked[] = []
  for (const mentor of mentors) {
    if (!isFeasible(mentor, seeker)) continue
    const ranked = { mentor, score: scoreOf(mentor, seeker, weighing) }
    const last = best.at(-1)
    if (best.length === most && last && byRank(last, ranked) < 0) continue
    let at = best.length
    while (at > 0 && byRank(best[at - 1] ?? ranked, ranked) > 0) at -= 1
    best.splice(at, 0, ranked)
    if (best.length > most) best.pop()
  }
  return best.flatMap(({ mentor, score }) =>
    score > 0 ? [{ mentorId: mentor.id, scoreMillionths: score }] : [],
  )
}
