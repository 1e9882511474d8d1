import type { Graph } from '../../graphql/graph.ts'
import {
  consentMethods,
  milestoneKinds,
  publicationStatuses,
  returnReasons,
  tagFields,
  versionStatuses,
} from '../publications/codes.ts'
import { mediaKinds, storyAudiences, storyCriteria } from './codes.ts'
import { consentToStory, publishStory, returnStory, submitStory, withdrawStory } from './commands.ts'
import {
  checkStoryLanguage,
  createStory,
  getStory,
  listStories,
  listStoryVersions,
  updateStory,
} from './service.ts'
import { listPublicStories, listSpeakingStories } from './speaking.ts'

/** The stories of a whole organization are weighed for one person. */
const weighing = 20

export const storyGraph: Graph = {
  entities: { Story: { one: getStory } },
  queries: { story: getStory, stories: listStories, publicStories: listPublicStories },
  mutations: {
    createStory,
    updateStory,
    submitStory,
    consentToStory,
    publishStory,
    returnStory,
    withdrawStory,
  },
  fields: {
    Story: {
      versions: { action: listStoryVersions },
      languageCheck: { action: checkStoryLanguage },
    },
    Mentor: { stories: { action: listStories, by: 'mentorId' } },
    Referral: { stories: { action: listSpeakingStories, cost: weighing } },
  },
  enums: {
    StoryAudience: storyAudiences,
    MilestoneKind: milestoneKinds,
    StoryMediumKind: mediaKinds,
    StoryCriterion: storyCriteria,
    PublicationStatus: publicationStatuses,
    PublicationVersionStatus: versionStatuses,
    TellerConsentMethod: consentMethods,
    ReturnReason: returnReasons,
    StoryTagField: tagFields,
  },
}
