import { z } from 'zod'
import { Id } from '../../core/id.ts'
import { PageArgs } from '../../core/page.ts'
import { Instant, isStorable, Language, Text, unstorable } from '../../core/primitives.ts'
import { DataClass } from '../consents/codes.ts'
import { Disclosure } from '../disclosures/contract.ts'
import { LanguageFinding, Term } from '../language/contract.ts'
import { Audience, MentorType } from '../mentors/codes.ts'
import {
  consentMethods,
  milestoneKinds,
  publicationStatuses,
  returnReasons,
  tagFields,
  versionStatuses,
} from '../publications/codes.ts'
import { mediaKinds, StoryAudience, storyAudiences, storyCriteria } from './codes.ts'

const Code = z.string().regex(/^[a-z0-9_]{1,50}$/, 'Expected a code such as twelve_step')
const codes = () => z.array(Code).max(20)

/** A link is kept and handed on; the service never opens it. */
export const HttpsLink = z
  .url({ protocol: /^https$/, error: 'Expected an https link' })
  .max(2000)
  .refine(isStorable, unstorable)

const Medium = z
  .strictObject({
    kind: z.enum(mediaKinds),
    url: HttpsLink.describe('https only. The service keeps the link and never opens it.'),
    title: Text(200).optional(),
  })
  .meta({ id: 'StoryMedium' })

const Tags = z
  .strictObject({
    substances: codes().optional(),
    pathways: codes().optional(),
    lifeSituations: codes().optional(),
    milestones: z.array(z.enum(milestoneKinds)).max(9).optional(),
  })
  .describe(
    'What it tells of. A tag of a field that the mentor did not release to a reader is neither shown to that reader nor weighed for them.',
  )
  .meta({ id: 'StoryTags' })

const fields = {
  title: Text(200).meta({ example: 'The first winter' }),
  text: Text(15_000)
    .describe('In the teller’s own words.')
    .meta({ example: 'Sample: I called, and somebody answered.' }),
  media: z.array(Medium).max(10).meta({ example: [] }),
  language: Language,
  tags: Tags.meta({
    example: { substances: ['alcohol'], pathways: ['twelve_step'], milestones: ['housing'] },
  }),
  audiences: z
    .array(StoryAudience)
    .min(1)
    .max(storyAudiences.length)
    .describe('To whom the teller gives it.')
    .meta({ example: ['matched_patients', 'patients'] }),
}

export const ConsentSignature = z
  .strictObject({
    name: Text(200),
    signedAt: Instant,
    evidenceHash: z
      .string()
      .regex(/^sha256:[0-9a-f]{64}$/, 'Expected sha256: and 64 hex digits')
      .optional()
      .describe('Of the signed paper, which stays with you.'),
  })
  .meta({ id: 'TellerSignature' })

/** What teller, writer and reviewer see of one version, whichever kind it is of. */
export const versionMembers = {
  consentedAt: Instant.nullable().describe('When the teller consented to these very words and audiences.'),
  consentMethod: z.enum(consentMethods).nullable(),
  acknowledged: z.array(z.string()).describe('Words of the list that the teller keeps as their own.'),
  wordList: z.string().nullable().describe('Against which list it was checked when it was submitted.'),
  submittedAt: Instant.nullable(),
  returnReason: z.enum(returnReasons).nullable(),
  note: z.string().nullable().describe('What the reviewer said.'),
  publishedAt: Instant.nullable(),
}

export const headMembers = {
  status: z
    .enum(publicationStatuses)
    .describe('Of the latest version. One that was published before is read until the next one is.'),
  number: z.int32().describe('Of the latest version, which is shown here.'),
  publishedNumber: z.int32().nullable().describe('Of the version that is read by those it was given to.'),
  version: z.int32(),
  createdAt: Instant,
  updatedAt: Instant,
}

const shown = {
  title: z.string(),
  text: z.string().nullable(),
  media: z.array(Medium),
  language: z.string(),
  tags: Tags,
  withheld: z
    .array(z.enum(tagFields))
    .describe('Tags left out because the mentor did not release their field to the reader.'),
}

export const Story = z
  .object({
    id: Id,
    organizationId: Id,
    mentorId: Id,
    ...shown,
    audiences: z.array(StoryAudience),
    ...versionMembers,
    ...headMembers,
  })
  .meta({ id: 'Story', description: 'What a mentor tells of their own way, as far as they give it.' })
export type Story = z.output<typeof Story>

export const StoryVersion = z
  .object({
    number: z.int32(),
    status: z.enum(versionStatuses),
    ...shown,
    audiences: z.array(StoryAudience),
    ...versionMembers,
    createdAt: Instant,
  })
  .meta({ id: 'StoryVersion' })
export type StoryVersion = z.output<typeof StoryVersion>

export const NewStory = z
  .strictObject({
    mentorId: Id.optional().describe('Whose story; with a portal token it is that mentor’s own.'),
    title: fields.title,
    text: fields.text.optional(),
    media: fields.media.default([]),
    language: fields.language.default('en'),
    tags: fields.tags.default({}),
    audiences: fields.audiences,
  })
  .meta({ id: 'NewStory' })
export type NewStory = z.output<typeof NewStory>

export const StoryChanges = z.strictObject({
  id: Id,
  title: fields.title.optional(),
  text: fields.text.nullable().optional(),
  media: fields.media.optional(),
  language: fields.language.optional(),
  tags: fields.tags.optional().describe('As a whole.'),
  audiences: fields.audiences.optional(),
})

export const StoryFilter = z.strictObject({
  ...PageArgs.shape,
  mentorId: Id.optional(),
  status: z.enum(publicationStatuses).exclude(['withdrawn']).optional(),
})

export const ById = z.strictObject({ id: Id })
export const VersionsOf = z.strictObject({ ...PageArgs.shape, id: Id })

export const Submit = z.strictObject({
  id: Id,
  acknowledge: z
    .array(Term)
    .max(50)
    .default([])
    .describe(
      'Words of the list that are the teller’s own, by their `term`. Any other is to be written better first.',
    ),
})

export const Consent = z.strictObject({
  id: Id,
  signature: ConsentSignature.optional().describe(
    'Required of an organization: what the teller signed. A portal token of the teller needs none.',
  ),
})

export const GiveBack = z.strictObject({ id: Id, reason: z.enum(returnReasons), note: Text(2000).optional() })

export const Withdrawal = z.object({ id: Id, withdrawnAt: Instant, version: z.int32() }).meta({
  id: 'Withdrawal',
  description: 'It is read by nobody any more, and its words are gone from every version.',
})

export const StoryLanguageCheck = z
  .object({
    wordList: z.string(),
    checked: z.boolean().describe('False: there is no list for this language.'),
    findings: z.array(
      LanguageFinding.extend({ member: z.string().describe('Where in the story, as a JSON pointer.') }).meta({
        id: 'StoryLanguageFinding',
      }),
    ),
    version: z.int32(),
  })
  .meta({ id: 'StoryLanguageCheck' })
export type StoryLanguageCheck = z.output<typeof StoryLanguageCheck>

const speakingMax = 20

export const SpeakingFilter = z.strictObject({
  id: Id,
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .transform((limit) => Math.min(limit, speakingMax))
    .default(5)
    .meta({
      type: 'integer',
      minimum: 1,
      description: `Stories; above ${speakingMax} counts as ${speakingMax}.`,
      example: 5,
    }),
  audience: Audience.optional().describe(
    'Whose eyes: yours by default. A coordinator may look through those of the others.',
  ),
})

export const SpeakingStory = z
  .object({
    rank: z.int32(),
    storyId: Id,
    mentorId: Id.optional().describe('For coordinators, and for whom the mentor let see their name.'),
    displayName: z.string().optional(),
    mentorType: MentorType,
    ...shown,
    reasons: z
      .array(
        z
          .object({
            criterion: z.enum(storyCriteria),
            evidence: z.array(z.string()).describe('The codes that story and person have in common.'),
          })
          .meta({ id: 'StoryReason' }),
      )
      .describe('Why it speaks to this person. Rests on their wishes: only who may see those gets it.'),
    score: z.number().optional().describe('Coordinators only.'),
  })
  .meta({ id: 'SpeakingStory' })
export type SpeakingStory = z.output<typeof SpeakingStory>

export const SpeakingStories = z
  .object({
    referralId: Id,
    ruleSet: z.string(),
    asOf: Instant,
    audience: Audience,
    data: z.array(SpeakingStory).max(speakingMax),
    redacted: z.array(DataClass).optional(),
    disclosure: Disclosure.optional(),
  })
  .meta({
    id: 'SpeakingStories',
    description: 'Stories that speak to one person, ranked and explained. Nobody is told who was shown what.',
  })
export type SpeakingStories = z.output<typeof SpeakingStories>

export const PublicStory = z
  .object({ id: Id, organizationId: Id, mentorType: MentorType, ...shown, publishedAt: Instant.nullable() })
  .meta({ id: 'PublicStory', description: 'Given to everybody in the network. It names no mentor.' })
export type PublicStory = z.output<typeof PublicStory>

export const PublicStoryFilter = z.strictObject({ ...PageArgs.shape })
