import { question, type Route, view } from '../../rest/route.ts'
import { LanguageCheck, WordList } from './contract.ts'
import { checkLanguage, getWordList } from './service.ts'

const tag = 'Language'

export const languageRoutes: readonly Route[] = [
  view('/language-check', getWordList, {
    tag,
    summary: 'The words that put a condition before the person, with better ones',
    description: 'Versioned: a check and a story name the list that they were held against.',
    answer: WordList,
  }),
  question('/language-check', checkLanguage, {
    tag,
    summary: 'Check a text for such words',
    description:
      'Each finding says where it stands, what to say instead, why, and who proposes it. The text is not stored.',
    answer: LanguageCheck,
    example: { request: { text: 'He was an addict and relapsed twice.', language: 'en' } },
  }),
]
