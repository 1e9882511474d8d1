import { command, create, item, list, patch, type Route, view } from '../../rest/route.ts'
import { pageOf } from '../../rest/shapes.ts'
import { consentToStory, publishStory, returnStory, submitStory, withdrawStory } from './commands.ts'
import {
  PublicStory,
  SpeakingStories,
  Story,
  StoryLanguageCheck,
  StoryVersion,
  Withdrawal,
} from './contract.ts'
import {
  checkStoryLanguage,
  createStory,
  getStory,
  listStories,
  listStoryVersions,
  updateStory,
} from './service.ts'
import { listPublicStories, listSpeakingStories } from './speaking.ts'

const tag = 'Stories'
const refusals = ['transition_not_allowed'] as const

export const storyRoutes: readonly Route[] = [
  list('/stories', listStories, {
    tag,
    summary: 'The stories of your mentors, newest first',
    description:
      'Their latest versions. A portal token of a mentor lists their own. Withdrawn ones are gone.',
    answer: pageOf(Story),
  }),
  create('/stories', createStory, {
    tag,
    summary: 'Write down a story',
    description:
      'By the mentor with their portal token, or by their organization for them. It is a draft, read by nobody else, until the teller has consented and somebody who did not write on it has published it.',
    answer: Story,
    refusals: ['not_found'],
    example: {
      request: {
        mentorId: '01938f3e-7c00-7aaa-8bbb-0123456789ab',
        title: 'The first winter',
        text: 'Sample: I called, and somebody answered.',
        tags: { substances: ['alcohol'], milestones: ['housing'] },
        audiences: ['matched_patients'],
      },
    },
  }),
  item('/stories/{id}', getStory, { tag, summary: 'Get a story: its latest version', answer: Story }),
  patch('/stories/{id}', updateStory, {
    tag,
    summary: 'Change a story',
    description:
      'A version that was published stays as it is: the change begins the next one, and the old one is read until that is published. The teller’s consent is to words, so it is given anew.',
    answer: Story,
    refusals,
    example: { request: { title: 'The first winter, and the second' } },
  }),
  list('/stories/{id}/versions', listStoryVersions, {
    tag,
    summary: 'The versions of a story, newest first',
    answer: pageOf(StoryVersion),
  }),
  item('/stories/{id}/language-check', checkStoryLanguage, {
    tag,
    summary: 'Check a story for words that put a condition before the person',
    answer: StoryLanguageCheck,
  }),
  command('/stories/{id}/submit', submitStory, {
    tag,
    summary: 'Hand a story in for review',
    description:
      'Words of the list are written better first, or named in `acknowledge` as the teller’s own: people say of themselves what they like.',
    answer: Story,
    refusals,
  }),
  command('/stories/{id}/consent', consentToStory, {
    tag,
    summary: 'Consent to a story being read',
    description:
      'To these very words and these audiences. Only the teller gives it: with their portal token, or by a signature that their organization records.',
    answer: Story,
    refusals,
    example: { request: { signature: { name: 'Sample Mentor', signedAt: '2026-11-17T15:00:00Z' } } },
  }),
  command('/stories/{id}/publish', publishStory, {
    tag,
    summary: 'Publish a story',
    description: 'By somebody who did not write on it.',
    answer: Story,
    refusals: [...refusals, 'review_by_another', 'teller_consent_required'],
  }),
  command('/stories/{id}/return', returnStory, {
    tag,
    summary: 'Give a story back to its writer',
    answer: Story,
    refusals: [...refusals, 'review_by_another'],
    example: { request: { reason: 'identifies_others', note: 'Sample: leave the name of the town out.' } },
  }),
  command('/stories/{id}/withdraw', withdrawStory, {
    tag,
    summary: 'Take a story back',
    description: 'At once and everywhere: the next read finds nothing, and no version keeps its words.',
    answer: Withdrawal,
    refusals,
  }),
  view('/referrals/{id}/stories', listSpeakingStories, {
    tag,
    summary: 'Stories that speak to this person, ranked and explained',
    description:
      'From the mentors of the organization that was asked, as far as each teller gave theirs to the reader. By the rule set `story-1`. No story ever counts for or against a mentor in matching, and no mentor learns to whom theirs was shown.',
    answer: SpeakingStories,
  }),
  list('/public-stories', listPublicStories, {
    tag,
    summary: 'Stories that their tellers gave to everybody in the network, newest first',
    answer: pageOf(PublicStory),
  }),
]
