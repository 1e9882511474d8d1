import {
  type Constraint,
  canBeOverridden,
  constraints,
  failedConstraints,
  isFeasible,
  unmet,
} from './constraints.ts'
import type { MentorFacts, Seeker } from './facts.ts'
import { scoreOf, type Weighing } from './score.ts'

export interface Ranked {
  readonly mentor: MentorFacts
  /** In millionths. */
  readonly score: number
}

export interface Excluded {
  readonly constraint: Constraint
  /** Mentors whom it excludes, alone or with others. */
  readonly mentors: number
  /** Mentors whom nothing else excludes. */
  readonly alone: number
}

/** What would have to be asked less for more mentors to fit. */
export interface NearMiss {
  readonly constraint: Constraint
  readonly member?: string
  readonly value?: string
  readonly mentors: number
}

export interface Ranking {
  readonly ranked: Ranked[]
  readonly excluded: Excluded[]
  readonly nearMisses: NearMiss[]
}

/** Better score first; among equals whoever has more room, then the older id. The same facts give the same order. */
export function byRank(a: Ranked, b: Ranked): number {
  return b.score - a.score || a.mentor.load - b.mentor.load || (a.mentor.id < b.mentor.id ? -1 : 1)
}

/** Judges every mentor for one person: who fits, in order, and who does not, by what. */
export function rank(
  mentors: readonly MentorFacts[],
  seeker: Seeker,
  weighing: readonly Weighing[],
): Ranking {
  const ranked: Ranked[] = []
  const excluded = new Map<Constraint, { mentors: number; alone: number }>()
  const misses = new Map<string, NearMiss>()
  for (const mentor of mentors) {
    if (isFeasible(mentor, seeker)) {
      ranked.push({ mentor, score: scoreOf(mentor, seeker, weighing) })
      continue
    }
    const failed = failedConstraints(mentor, seeker)
    for (const constraint of failed) {
      const counted = excluded.get(constraint) ?? { mentors: 0, alone: 0 }
      excluded.set(constraint, {
        mentors: counted.mentors + 1,
        alone: counted.alone + Number(failed.length === 1),
      })
    }
    for (const miss of missesOf(failed, mentor, seeker)) {
      const key = keyOf(miss)
      misses.set(key, { ...miss, mentors: (misses.get(key)?.mentors ?? 0) + 1 })
    }
  }
  return {
    ranked: ranked.sort(byRank),
    excluded: constraints.flatMap((constraint) => {
      const counted = excluded.get(constraint)
      return counted ? [{ constraint, ...counted }] : []
    }),
    nearMisses: [...misses.values()]
      .sort((a, b) => b.mentors - a.mentors || (keyOf(a) < keyOf(b) ? -1 : 1))
      .slice(0, nearMissesMax),
  }
}

const nearMissesMax = 10

const keyOf = ({ constraint, member = '', value = '' }: Omit<NearMiss, 'mentors'>) =>
  `${constraints.indexOf(constraint) + 10}|${member}|${value}`

/** A mentor is a near miss by one thing that people could decide otherwise; a demand is named with its value. */
function missesOf(
  failed: readonly Constraint[],
  mentor: MentorFacts,
  seeker: Seeker,
): Omit<NearMiss, 'mentors'>[] {
  const [only, ...others] = failed
  if (only === undefined || others.length > 0 || !canBeOverridden(only)) return []
  if (only !== 'must') return [{ constraint: only }]
  const demands = unmet(mentor, seeker.must)
  return demands.length === 1
    ? demands.map((demand) => ({ constraint: only, ...demand }))
    : [{ constraint: only }]
}
