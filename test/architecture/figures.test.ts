import { readFileSync } from 'node:fs'
import t from 'tap'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

/** The rows of every table of a page, cell by cell. */
const rowsOf = (text: string) =>
  text.split('\n').flatMap((line) => (line.startsWith('| ') ? [line.slice(2, -2).split(' | ')] : []))

const results = rowsOf(read('bench/RESULTS.md'))
const measured = (...cells: string[]) =>
  results.find((row) => cells.every((cell, index) => row[index] === cell)) ?? []

t.test('the README has the figures of the last bench; node bench/readme.mjs writes them', async (t) => {
  const [, figures = ''] =
    /<!-- figures: start -->\n([\s\S]*)\n<!-- figures: end -->/.exec(read('README.md')) ?? []
  const [, , ...rows] = rowsOf(figures)
  t.equal(rows.length, 3)
  for (const [what = '', ...told] of rows) {
    const [key = ''] = results.find((row) => row[1] === what) ?? []
    const [, , rate, , p50, p99] = measured(key, 'Alongside')
    t.same(told, [rate, p50, p99], what)
  }
  const [memory = ''] = results.flatMap(([what, much = '']) =>
    what?.startsWith('resident memory under load') ? [much] : [],
  )
  t.ok(figures.includes(`Resident memory under that load: ${/^\d+ MB at most/.exec(memory)?.[0]}.`), 'memory')
  const [day] = measured('date')[1]?.split('T') ?? []
  t.ok(figures.startsWith(`On ${day}, `), 'the day')
  t.ok(figures.includes(`(${measured('machine')[1]})`), 'the machine')
  const connections = /^\d+ connections/.exec(measured('pace')[1] ?? '')?.[0]
  const referrals = /[\d,]+ referrals/.exec(measured('data')[1] ?? '')?.[0]
  t.ok(figures.includes(` at ${connections}, over ${referrals}:`), 'how many asked, and of how many')
})

t.test('what a million contacts cost is the same in the guide as where it was measured', async (t) => {
  const [, cost] = /^A million contacts: (.*)\.$/m.exec(read('bench/RESULTS-storage.md')) ?? []
  const [, told] = rowsOf(read('docs/guides/scale.md')).find(([what]) => what === 'a million contacts') ?? []
  t.equal(told, cost)
})
