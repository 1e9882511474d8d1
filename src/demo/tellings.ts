import type { Ctx } from '../core/context.ts'
import { publishBlueprint, submitBlueprint } from '../domains/blueprints/commands.ts'
import { createBlueprint } from '../domains/blueprints/service.ts'
import { consentToStory, publishStory, submitStory } from '../domains/stories/commands.ts'
import { createStory } from '../domains/stories/service.ts'

/** Plainly samples: nobody lived through them. */
const sampleStories = [
  {
    mentor: 0,
    title: 'Sample: the first call',
    text: 'Sample story. I had the number in my pocket for a week. When I called, somebody answered, and the week after they called me.',
    tags: { substances: ['alcohol'], milestones: ['first_contact'] },
    audiences: ['matched_patients', 'patients', 'program'],
  },
  {
    mentor: 1,
    title: 'Sample: a key of my own',
    text: 'Sample story. The first night in my own room I did not sleep. The second I did. A return to use the winter after took none of it away.',
    tags: { substances: ['opioids'], milestones: ['housing'] },
    audiences: ['patients', 'clinic', 'public'],
  },
  {
    mentor: 4,
    title: 'Sample: asked to help',
    text: 'Sample story. The first time somebody asked me how I did it, I said that I had not done it alone.',
    tags: { milestones: ['first_time_helping_another', 'became_mentor'] },
    audiences: ['patients'],
  },
] as const

const sampleBlueprint = {
  title: 'Sample: the first ninety days',
  summary: 'Sample blueprint. Small steps, and nobody walks them alone.',
  steps: [
    { key: 'first_call', what: 'Sample: talk with my mentor once.', domain: 'community', with: ['mentor'] },
    {
      key: 'one_meeting',
      what: 'Sample: go to one meeting, and sit near the door.',
      domain: 'community',
      startDay: 7,
      with: ['mentor', 'peers'],
      after: ['first_call'],
    },
    {
      key: 'own_doctor',
      what: 'Sample: see a doctor I can ask anything.',
      why: 'Sample: a body that is looked after is easier to live in.',
      domain: 'health',
      startDay: 21,
      with: ['clinic'],
    },
    {
      key: 'one_week',
      what: 'Sample: plan one whole week, with its evenings.',
      domain: 'purpose',
      startDay: 45,
      after: ['one_meeting'],
    },
  ],
} as const

/** Written down by the operator, signed for by who tells, published by somebody else. Returns the blueprint's id. */
export async function addTellings(writer: Ctx, reviewer: Ctx, mentors: readonly string[]): Promise<string> {
  const signature = { name: 'Sample Mentor', signedAt: writer.now.toISOString() }
  for (const { mentor, ...story } of sampleStories) {
    const { id } = await createStory(writer, { ...story, mentorId: mentors[mentor] })
    await consentToStory(writer, { id, signature })
    await submitStory(writer, { id })
    await publishStory(reviewer, { id })
  }
  const { id } = await createBlueprint(writer, sampleBlueprint)
  await submitBlueprint(writer, { id })
  await publishBlueprint(reviewer, { id })
  return id
}
