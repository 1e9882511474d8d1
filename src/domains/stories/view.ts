import type { Ctx } from '../../core/context.ts'
import { toInstant, toInstantOrNull } from '../../core/wire.ts'
import type { Audience } from '../mentors/codes.ts'
import type { MentorRow } from '../mentors/store.ts'
import type { Publication, VersionRow } from '../publications/store.ts'
import type { StoryAudience } from './codes.ts'
import type { Story, StoryVersion } from './contract.ts'
import { shownTags } from './rules.ts'

/** The words of a story, as they are sealed. */
export interface StoryContent {
  readonly title: string
  readonly text: string | null
  readonly media: Story['media']
}

const nothing: StoryContent = { title: '', text: null, media: [] }

export const contentOf = ({ content }: Pick<VersionRow, 'content'>): StoryContent => ({
  ...nothing,
  ...(content as StoryContent | null),
})

type Releasing = Pick<MentorRow, 'type' | 'releases'>

/** What of a version one audience may read; undefined: the teller themselves. */
export const shownOf = (row: VersionRow, mentor: Releasing, audience: Audience | undefined) => ({
  ...contentOf(row),
  language: row.language,
  ...shownTags(mentor, row.tags, audience),
})

export function versionFacts(row: VersionRow) {
  return {
    consentedAt: toInstantOrNull(row.consentedAt),
    consentMethod: row.consentMethod,
    acknowledged: row.acknowledged,
    wordList: row.wordList,
    submittedAt: toInstantOrNull(row.submittedAt),
    returnReason: row.returnReason,
    note: row.note,
    publishedAt: toInstantOrNull(row.publishedAt),
  }
}

export function headFacts({ head, latest }: Publication) {
  return {
    status: head.status,
    number: latest.number,
    publishedNumber: head.published,
    version: head.version,
    createdAt: toInstant(head.createdAt),
    updatedAt: toInstant(head.updatedAt),
  }
}

/** The teller sees all of it; their organization what they released to coordinators. */
const eyesOf = ({ person }: Ctx): Audience | undefined => (person ? undefined : 'coordinator')

export function toStory(ctx: Ctx, found: Publication, mentor: Releasing): Story {
  const { head, latest } = found
  return {
    id: head.id,
    organizationId: head.organizationId,
    mentorId: head.mentorId ?? head.keyId,
    ...shownOf(latest, mentor, eyesOf(ctx)),
    audiences: latest.audiences as StoryAudience[],
    ...versionFacts(latest),
    ...headFacts(found),
  }
}

export function toStoryVersion(ctx: Ctx, row: VersionRow, mentor: Releasing): StoryVersion {
  return {
    number: row.number,
    status: row.status,
    ...shownOf(row, mentor, eyesOf(ctx)),
    audiences: row.audiences as StoryAudience[],
    ...versionFacts(row),
    createdAt: toInstant(row.createdAt),
  }
}

/** Everything in a story that people read, with where it stands. */
export function textsOf({ title, text, media }: StoryContent): { member: string; text: string }[] {
  return [
    { member: '/title', text: title },
    ...(text === null ? [] : [{ member: '/text', text }]),
    ...media.flatMap((medium, index) =>
      medium.title === undefined ? [] : [{ member: `/media/${index}/title`, text: medium.title }],
    ),
  ]
}
