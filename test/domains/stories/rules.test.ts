import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { mentorTypes } from '../../../src/domains/mentors/codes.ts'
import { type Listener, type StoryFacts, shownTags, speaking } from '../../../src/domains/stories/rules.ts'

const codes = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'))
const ids = fc.constantFrom('m1', 'm2', 'm3')
const language = fc.constantFrom('en', 'en-US', 'es', 'fr')
const story = fc.record<StoryFacts>({
  id: fc.uuid(),
  mentorId: ids,
  mentorType: fc.constantFrom(...mentorTypes),
  language,
  tags: fc.record({ substances: codes, pathways: codes, lifeSituations: codes }),
  publishedAt: fc.nat(3),
})
const stories = fc.uniqueArray(story, { selector: ({ id }) => id, maxLength: 12 })
const listener = fc.record<Listener>({
  substances: codes,
  pathways: codes,
  lifeSituations: codes,
  mentorTypes: fc.uniqueArray(fc.constantFrom(...mentorTypes), { maxLength: 2 }),
  languages: fc.uniqueArray(language, { maxLength: 2 }),
  ownMentors: fc.array(ids).map((some) => new Set(some)),
})

const order = (found: ReturnType<typeof speaking>) => found.map(({ story: { id } }) => id)

t.test('the same stories give the same order, in whichever order they are read', async () => {
  fc.assert(
    fc.property(stories, listener, (some, who) => {
      const before = JSON.stringify(order(speaking(some, who)))
      return before === JSON.stringify(order(speaking(some.toReversed(), who)))
    }),
  )
})

t.test(
  'every reason is something that story and person share, and no story comes without one that was asked for',
  async () => {
    fc.assert(
      fc.property(stories, listener, (some, who) =>
        speaking(some, who).every(
          ({ story: { tags, mentorType, mentorId }, reasons, score }) =>
            score >= 0 &&
            score <= 1000 &&
            reasons.every(({ criterion, evidence }) =>
              criterion === 'own_mentor'
                ? who.ownMentors.has(mentorId)
                : evidence.every((code) =>
                    [
                      ...(tags.substances ?? []),
                      ...(tags.pathways ?? []),
                      ...(tags.lifeSituations ?? []),
                      mentorType,
                    ].includes(code as never),
                  ),
            ),
        ),
      ),
    )
  },
)

t.test('nothing is shown in a language that the person does not read', async () => {
  fc.assert(
    fc.property(stories, listener, (some, who) => {
      const read = new Set(who.languages.map((one) => one.split('-')[0]))
      return speaking(some, who).every(
        ({ story: one }) => read.size === 0 || read.has(one.language.split('-')[0]),
      )
    }),
  )
})

t.test('what is withheld does not depend on what is there', async () => {
  const releases = fc.record({
    substances: fc.subarray(['coordinator', 'clinic', 'patient'] as const),
    pathways: fc.subarray(['coordinator', 'clinic', 'patient'] as const),
  })
  fc.assert(
    fc.property(
      fc.constantFrom(...mentorTypes),
      releases,
      fc.record({ substances: codes, pathways: codes }, { requiredKeys: [] }),
      fc.constantFrom('coordinator', 'clinic', 'patient'),
      (type, given, tags, audience) => {
        const shown = shownTags({ type, releases: given }, tags, audience)
        const empty = shownTags({ type, releases: given }, {}, audience)
        return (
          JSON.stringify(shown.withheld) === JSON.stringify(empty.withheld) &&
          shown.withheld.every((field) => !(field in shown.tags))
        )
      },
    ),
  )
})

t.test('no story counts for or against a mentor: matching knows of none', async (t) => {
  const folder = new URL('../../../src/domains/', import.meta.url)
  for (const domain of ['matching', 'offers', 'runs'])
    for (const name of readdirSync(new URL(domain, folder), { recursive: true, encoding: 'utf8' }))
      if (name.endsWith('.ts'))
        t.notMatch(
          readFileSync(new URL(`${domain}/${name}`, folder), 'utf8'),
          /from '\.\.\/(\.\.\/)?(stories|publications|blueprints|recovery-plans)\//,
          `${domain}/${name}`,
        )
})
