import { z } from 'zod'
import { isStorable, Language, unstorable } from '../../core/primitives.ts'
import { words } from './words.ts'

export const textMax = 20_000

/** A member of the list, as it is named when somebody keeps it as their own word. */
export const Term = z.enum(words.map(({ term }) => term) as [string, ...string[]]).meta({ id: 'WordTerm' })

const about = {
  term: z.string(),
  better: z.array(z.string()).describe('What to say instead.'),
  why: z.string(),
  source: z.string().describe('Who proposes it.'),
}

export const CheckLanguage = z
  .strictObject({
    text: z.string().min(1).max(textMax).refine(isStorable, unstorable).meta({
      example: 'He was an addict and relapsed twice.',
    }),
    language: Language.default('en'),
  })
  .meta({ id: 'CheckLanguage' })

export const LanguageFinding = z
  .object({
    ...about,
    start: z.int32().describe('In UTF-16 code units, from 0.'),
    end: z.int32().describe('The first code unit after it.'),
  })
  .meta({ id: 'LanguageFinding' })
export type LanguageFinding = z.output<typeof LanguageFinding>

export const LanguageCheck = z
  .object({
    wordList: z.string(),
    checked: z.boolean().describe('False: there is no list for this language, so nothing was looked for.'),
    findings: z.array(LanguageFinding),
  })
  .meta({ id: 'LanguageCheck', description: 'Proposals, each with its reason. Nothing is changed.' })
export type LanguageCheck = z.output<typeof LanguageCheck>

export const WordList = z
  .object({
    wordList: z.string(),
    language: z.string(),
    words: z.array(
      z
        .object({ ...about, forms: z.array(z.string()).describe('As it is looked for in texts.') })
        .meta({ id: 'ListedWord' }),
    ),
  })
  .meta({ id: 'WordList' })
export type WordList = z.output<typeof WordList>
