import type { Audience, ReleasableField } from '../mentors/codes.ts'
import { isReleased } from '../mentors/releases.ts'
import { releasedFields } from '../mentors/view.ts'
import type { MatchCriterion } from '../programs/contract.ts'
import { languagesOf } from './constraints.ts'
import type { Candidate } from './contract.ts'
import type { Seeker } from './facts.ts'
import type { Ranked } from './rank.ts'
import { explain, millionths, type Weighing } from './score.ts'
import type { ShownMentor } from './store.ts'

/** Behind which field of the mentor a criterion stands. Undefined: nothing of theirs is told by it. */
const fieldBehind: Readonly<Record<MatchCriterion, ReleasableField | undefined>> = {
  mentor_type: undefined,
  shared_experience: 'substances',
  pathway: 'pathways',
  language: 'languages',
  mode: undefined,
  availability: 'availability',
  life_situation: 'lifeSituations',
  interests: 'interests',
  time_zone: undefined,
  load: undefined,
  continuity: undefined,
}

/** How busy a mentor is, is between them and their coordinator. */
const coordinatorsOnly: ReadonlySet<MatchCriterion> = new Set(['load'])

const inCommon = (offered: readonly string[] | null | undefined, wanted: readonly string[] | undefined) =>
  (wanted ?? []).filter((value) => offered?.includes(value))

function evidenceOf(criterion: MatchCriterion, { mentor }: Ranked, seeker: Seeker): string[] {
  const { wishes } = seeker
  switch (criterion) {
    case 'mentor_type':
      return inCommon([mentor.type], wishes.mentorTypes)
    case 'shared_experience':
      return inCommon(mentor.substances, wishes.substances)
    case 'pathway':
      return inCommon(mentor.pathways, wishes.pathways)
    case 'language':
      return inCommon(mentor.languages, languagesOf(seeker))
    case 'mode':
      return inCommon(mentor.modes, wishes.modes)
    case 'life_situation':
      return inCommon(mentor.lifeSituations, wishes.lifeSituations)
    case 'interests':
      return inCommon(mentor.interests, wishes.interests)
    default:
      return []
  }
}

/**
 * One candidate for one audience. What a mentor did not release to it is in no field, no evidence and no number: a
 * clinic or a person gets the criteria that stand on released fields, and no sum from which the rest could be guessed.
 */
export function explainTo(
  audience: Audience,
  ranked: Ranked,
  row: ShownMentor,
  seeker: Seeker,
  { weighing, rank }: { readonly weighing: readonly Weighing[]; readonly rank: number },
): Candidate {
  const coordinator = audience === 'coordinator'
  const criteria = explain(ranked.mentor, seeker, weighing)
    .filter(({ criterion }) => {
      const field = fieldBehind[criterion]
      return (coordinator || !coordinatorsOnly.has(criterion)) && (!field || isReleased(row, field, audience))
    })
    .map(({ criterion, weight, value, contribution }) => ({
      criterion,
      value,
      ...(coordinator && { weight, contribution }),
      evidence: evidenceOf(criterion, ranked, seeker),
    }))
  return {
    rank,
    ...((coordinator || isReleased(row, 'displayName', audience)) && { mentorId: row.id }),
    mentorType: row.type,
    ...(coordinator && {
      score: ranked.score / millionths,
      cautions: [...(seeker.cautions.get(row.id) ?? [])],
    }),
    criteria,
    ...releasedFields(row, audience),
    boundaries: row.boundaries,
  }
}
