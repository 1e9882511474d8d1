import { type Word, wordListLanguage, words } from './words.ts'

export interface Finding {
  readonly word: Word
  /** In UTF-16 code units, as JavaScript, Java and .NET count; `end` is the first one after it. */
  readonly start: number
  readonly end: number
}

const plainForm = (text: string) => text.toLowerCase().replace(/\s+/g, ' ')
const byForm = new Map(words.flatMap((word) => word.forms.map((form) => [form, word] as const)))

/** Longer forms first: "former addict" is one finding, not "addict" in it. */
const forms = [...byForm.keys()]
  .toSorted((a, b) => b.length - a.length || (a < b ? -1 : 1))
  .map((form) => form.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(' ', '\\s+'))
  .join('|')
const anyForm = () => new RegExp(`(?<![\\p{L}\\p{N}_])(?:${forms})(?![\\p{L}\\p{N}_])`, 'giu')

/** Only the language itself: `en-US` is read by a list in `en`. */
export const isChecked = (language: string): boolean =>
  language.toLowerCase().split('-')[0] === wordListLanguage

/** The words of the list that stand in a text, where they stand. */
export function findWords(text: string): Finding[] {
  return [...text.matchAll(anyForm())].flatMap(({ 0: found, index }) => {
    const word = byForm.get(plainForm(found))
    return word ? [{ word, start: index, end: index + found.length }] : []
  })
}

/**
 * The word that a code is made with. Codes are this service's own language, and stand in filters, explanations and exports:
 * here the bare term is enough, whatever it could mean in a sentence.
 */
export function wordInCode(code: string): Word | undefined {
  const spoken = ` ${code.replaceAll('_', ' ')} `
  return words.find(({ term, forms: written }) =>
    [term, ...written].some((form) => spoken.includes(` ${form} `)),
  )
}

/** The words of texts that nobody has said to be the teller's own, each once. */
export function unacknowledged(texts: readonly string[], acknowledged: readonly string[]): Word[] {
  const found = new Set(texts.flatMap(findWords).map(({ word }) => word))
  return [...found].filter(({ term }) => !acknowledged.includes(term))
}
