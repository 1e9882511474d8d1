/**
 * Writes into README.md what an integrator asks first, from bench/RESULTS.md and from nowhere else. `npm run bench` does it after it
 * has written that page; test/architecture/figures.test.ts fails where the two differ.
 *
 *   node bench/readme.mjs
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { memoryGoalMb } from './lib/goals.mjs'
import { table } from './lib/markdown.mjs'

const root = join(import.meta.dirname, '..')
const told = ['create', 'engagement-told', 'list-own']

export async function writeFigures() {
  const [readme, results] = await Promise.all(['README.md', 'bench/RESULTS.md'].map((path) => readFile(join(root, path), 'utf8')))
  const rows = results.split('\n').flatMap((line) => (line.startsWith('| ') ? [line.slice(2, -2).split(' | ')] : []))
  const find = (...cells) => {
    const found = rows.find((row) => cells.every((cell, index) => row[index] === cell))
    if (!found) throw new Error(`bench/RESULTS.md has no row of ${cells.join(', ')}`)
    return found
  }
  const [date] = find('date')[1].split('T')
  const [connections] = find('pace')[1].split(' ')
  const [referrals] = /[\d,]+(?= referrals)/.exec(find('data')[1])
  const [memory] = find(`resident memory under load at most ${memoryGoalMb} MB`)[1].split(' at most')
  const figures = told.map((key) => [find(key)[1], ...find(key, 'Alongside').slice(2).filter((_, index) => [0, 2, 3].includes(index))])
  const block = `On ${date}, on one machine with PostgreSQL and the callers (${find('machine')[1]}), at ${connections} connections, over ${referrals} referrals:

${table(['', 'requests/s', 'p50 ms', 'p99 ms'], figures)}

Resident memory under that load: ${memory} at most.`
  const marked = /(?<=<!-- figures: start -->\n)[\s\S]*(?=\n<!-- figures: end -->)/
  await writeFile(join(root, 'README.md'), readme.replace(marked, () => block))
}

if (import.meta.filename === process.argv[1]) await writeFigures()
