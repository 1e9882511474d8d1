import type { Audience, MentorType, ReleasableField } from '../mentors/codes.ts'
import { isReleased } from '../mentors/releases.ts'
import { type TagField, type Tags, tagFields } from '../publications/codes.ts'
import type { StoryAudience, StoryCriterion } from './codes.ts'

/** Changes with every change of meaning or weight below; each answer names it. */
export const storyRules = 'story-1'

/** What the two have in common first; the mentor whom the person knows, or may come to know, as much as that. */
export const storyWeights: Readonly<Record<StoryCriterion, number>> = {
  shared_experience: 3,
  pathway: 2,
  life_situation: 2,
  mentor_type: 1,
  own_mentor: 3,
}

/** As far as wishes and languages of the person may be used. Nothing known is nothing asked. */
export interface Listener {
  readonly substances: readonly string[]
  readonly pathways: readonly string[]
  readonly lifeSituations: readonly string[]
  readonly mentorTypes: readonly string[]
  readonly languages: readonly string[]
  /** Mentors who accompany the person, or were put before them. */
  readonly ownMentors: ReadonlySet<string>
}

/** A story as one audience sees it: what is withheld from that audience is not there. */
export interface StoryFacts {
  readonly id: string
  readonly mentorId: string
  readonly mentorType: MentorType
  readonly language: string
  readonly tags: Tags
  readonly publishedAt: number
}

/** Behind which field of the mentor a tag stands; milestones are what the story itself tells. */
const fieldOf: Readonly<Record<TagField, ReleasableField | undefined>> = {
  substances: 'substances',
  pathways: 'pathways',
  lifeSituations: 'lifeSituations',
  milestones: undefined,
}

type Releasing = Parameters<typeof isReleased>[0]

/** The tags that an audience may see: no story says of its teller what the teller keeps to themselves. */
export function shownTags(
  mentor: Releasing,
  tags: Tags,
  audience: Audience | undefined,
): { readonly tags: Tags; readonly withheld: TagField[] } {
  const isShown = (tag: TagField) => {
    const field = fieldOf[tag]
    return audience === undefined || field === undefined || isReleased(mentor, field, audience)
  }
  const said = tagFields.filter((tag) => tags[tag] !== undefined)
  return {
    tags: Object.fromEntries(said.filter(isShown).map((tag) => [tag, tags[tag]])) as Tags,
    // Also where the story has no such tag: that one is withheld must not tell that it is there.
    withheld: tagFields.filter((tag) => !isShown(tag)),
  }
}

const openTo: Readonly<Record<Audience, readonly StoryAudience[]>> = {
  coordinator: ['matched_patients', 'patients', 'program', 'clinic', 'public'],
  clinic: ['clinic', 'public'],
  patient: ['patients', 'public'],
}

/** Whether the teller gave the story to these readers. */
export function isGivenTo(audience: Audience, given: readonly string[], isOwnMentor: boolean): boolean {
  if (audience === 'patient' && isOwnMentor && given.includes('matched_patients')) return true
  return openTo[audience].some((one) => given.includes(one))
}

const primary = (language: string) => language.toLowerCase().split('-')[0]

const common = (offered: readonly string[] | undefined, wanted: readonly string[]) =>
  wanted.filter((one) => offered?.includes(one))

const evidence: Readonly<Record<StoryCriterion, (story: StoryFacts, listener: Listener) => string[]>> = {
  shared_experience: ({ tags }, { substances }) => common(tags.substances, substances),
  pathway: ({ tags }, { pathways }) => common(tags.pathways, pathways),
  life_situation: ({ tags }, { lifeSituations }) => common(tags.lifeSituations, lifeSituations),
  mentor_type: ({ mentorType }, { mentorTypes }) => common([mentorType], mentorTypes),
  own_mentor: () => [],
}

const asked: Readonly<Record<StoryCriterion, (listener: Listener) => number>> = {
  shared_experience: ({ substances }) => substances.length,
  pathway: ({ pathways }) => pathways.length,
  life_situation: ({ lifeSituations }) => lifeSituations.length,
  mentor_type: ({ mentorTypes }) => Math.min(1, mentorTypes.length),
  own_mentor: ({ ownMentors }) => Math.min(1, ownMentors.size),
}

export interface Reason {
  readonly criterion: StoryCriterion
  readonly evidence: readonly string[]
}

export interface SpokenTo {
  readonly story: StoryFacts
  /** In thousandths. */
  readonly score: number
  readonly reasons: readonly Reason[]
}

const criteria = Object.keys(storyWeights) as StoryCriterion[]

/** The weighted mean of what the person asked for; what they did not ask for counts neither way. */
function weigh(story: StoryFacts, listener: Listener): SpokenTo {
  let sum = 0
  let weights = 0
  const reasons: Reason[] = []
  for (const criterion of criteria) {
    const wanted = asked[criterion](listener)
    if (wanted === 0) continue
    const shared = evidence[criterion](story, listener)
    const met = criterion === 'own_mentor' ? listener.ownMentors.has(story.mentorId) : shared.length > 0
    const value = shared.length > 0 ? Math.min(1, shared.length / wanted) : Number(met)
    sum += storyWeights[criterion] * value
    weights += storyWeights[criterion]
    if (met) reasons.push({ criterion, evidence: shared })
  }
  return { story, score: weights === 0 ? 0 : Math.round((sum / weights) * 1000), reasons }
}

/** Newer first among equals, then the older id: the same facts give the same order. */
const byRank = (a: SpokenTo, b: SpokenTo) =>
  b.score - a.score || b.story.publishedAt - a.story.publishedAt || (a.story.id < b.story.id ? -1 : 1)

/**
 * Those that speak to one person, best first. A story in a language that the person does not read is none of theirs; where
 * the person asked for something, one that shares nothing with them is left out.
 */
export function speaking(stories: readonly StoryFacts[], listener: Listener): SpokenTo[] {
  const anythingAsked = criteria.some((criterion) => asked[criterion](listener) > 0)
  const read = new Set(listener.languages.map(primary))
  return stories
    .filter(({ language }) => read.size === 0 || read.has(primary(language)))
    .map((story) => weigh(story, listener))
    .filter(({ reasons }) => !anythingAsked || reasons.length > 0)
    .sort(byRank)
}
