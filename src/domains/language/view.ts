import type { LanguageCheck, LanguageFinding } from './contract.ts'
import { type Finding, findWords, isChecked } from './rules.ts'
import { wordList, wordSources } from './words.ts'

export function toFinding({ word, start, end }: Finding): LanguageFinding {
  const { term, better, why, source } = word
  return { term, better: [...better], why, source: wordSources[source], start, end }
}

export function checkOf(text: string, language: string): LanguageCheck {
  const checked = isChecked(language)
  return { wordList, checked, findings: checked ? findWords(text).map(toFinding) : [] }
}
