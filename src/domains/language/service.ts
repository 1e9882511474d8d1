import { z } from 'zod'
import { action } from '../../core/action.ts'
import { CheckLanguage, type WordList } from './contract.ts'
import { checkOf } from './view.ts'
import { wordList, wordListLanguage, wordSources, words } from './words.ts'

/** The list is no secret: who writes about people may read it. */
export const getWordList = action({
  id: 'language.list',
  scope: 'stories:read',
  portal: ['mentor', 'patient'],
  input: z.strictObject({}),
  run: async (): Promise<WordList> => ({
    wordList,
    language: wordListLanguage,
    words: words.map(({ term, forms, better, why, source }) => ({
      term,
      better: [...better],
      why,
      source: wordSources[source],
      forms: [...forms],
    })),
  }),
})

/** The text is looked at and forgotten: nothing of it is stored, and no audit row names a subject. */
export const checkLanguage = action({
  id: 'language.check',
  scope: 'stories:read',
  portal: ['mentor', 'patient'],
  input: CheckLanguage,
  run: async (_ctx, { text, language }) => checkOf(text, language),
})
