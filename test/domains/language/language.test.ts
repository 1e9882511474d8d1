import fc from 'fast-check'
import t from 'tap'
import { findWords, wordInCode } from '../../../src/domains/language/rules.ts'
import { wordSources, words } from '../../../src/domains/language/words.ts'
import { startService } from '../../support/service.ts'

const terms = (text: string) => findWords(text).map(({ word }) => word.term)

t.test('a word is found where it stands, the longer one before the shorter', async (t) => {
  t.same(terms('A former  addict told of a Drug\nAbuser.'), ['former addict', 'abuser'])
  t.same(terms('The kitchen was clean, the addiction was not my habit.'), [], 'an innocent word stays one')
  t.same(terms('addicted, relapsing, junkie-free'), ['relapse', 'junkie'])
  t.equal(wordInCode('clean_time')?.term, 'clean')
  t.equal(wordInCode('cleaning')?.term, undefined)
})

t.test('each finding is exactly the text between its positions', async () => {
  const forms = words.flatMap(({ forms: written }) => written)
  const part = fc.oneof(fc.constantFrom(...forms), fc.string({ unit: 'grapheme' }))
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
      const text = parts.join(' ')
      return findWords(text).every(({ word, start, end }) =>
        word.forms.includes(text.slice(start, end).toLowerCase().replace(/\s+/g, ' ')),
      )
    }),
  )
})

t.test('every word has a better one, a reason and a source, and proposes no word of the list', async (t) => {
  for (const { term, better, why, source, forms } of words) {
    t.ok(better.length > 0 && why.length > 20 && source in wordSources && forms.length > 0, term)
    for (const one of better) t.same(terms(one), [], `${term}: ${one}`)
  }
  t.equal(new Set(words.map(({ term }) => term)).size, words.length)
})

t.test(
  'whoever may read stories may have a text checked; a language without a list is not passed for good',
  async (t) => {
    const { as, createWorld } = await startService(t)
    const clinic = await as((await createWorld()).clinic, ['stories:read'])
    t.match((await clinic.get('/v1/language-check')).body, {
      wordList: 'words-1',
      language: 'en',
      words: Array,
    })
    const check = (text: string, language: string) => clinic.post('/v1/language-check', { text, language })
    t.match((await check('He relapsed.', 'en-US')).body, {
      checked: true,
      findings: [{ term: 'relapse', better: Array, why: String, source: String, start: 3, end: 11 }],
    })
    t.match((await check('He relapsed.', 'es')).body, { checked: false, findings: [] })
  },
)
