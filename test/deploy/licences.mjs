// Lists the licence of everything that the service ships with, as the lock file has it, and stops at one that nobody has
// looked at: `npm run licences`. Needs no network. With `--list`, every package with its version.
import { readFileSync } from 'node:fs'

/** Permissive: the notice goes along, and nothing else is asked. */
const known = new Set([
  ...[
    '0BSD',
    'Apache-2.0',
    'BSD-2-Clause',
    'BSD-3-Clause',
    'BlueOak-1.0.0',
    'ISC',
    'MIT',
    'MIT-0',
    'PostgreSQL',
    'Unlicense',
  ],
])
/** Packages whose lock entry names none; each was looked up. */
const lookedUp = JSON.parse(readFileSync('test/deploy/licences.json', 'utf8'))

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'))
const shipped = Object.entries(packages)
  .filter(([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional)
  .map(([path, { version, license }]) => {
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
    return { name, version, licence: license ?? lookedUp[name] ?? 'unknown' }
  })

/** `(A OR B)`: one that is known is enough. `A AND B`: each has to be. */
const isKnown = (licence) =>
  licence
    .replace(/[()]/g, '')
    .split(' OR ')
    .some((choice) => choice.split(' AND ').every((one) => known.has(one.trim())))

const say = (line) => process.stdout.write(`${line}\n`)
const counts = new Map()
for (const { licence } of shipped) counts.set(licence, (counts.get(licence) ?? 0) + 1)
for (const [licence, count] of [...counts].sort(([, a], [, b]) => b - a)) say(`${count}\t${licence}`)
if (process.argv.includes('--list'))
  for (const { name, version, licence } of shipped) say(`${name}\t${version}\t${licence}`)

const unknown = shipped.filter(({ licence }) => !isKnown(licence))
for (const { name, version, licence } of unknown)
  process.stderr.write(`${name}@${version} is under ${licence}: nobody has looked at that\n`)
process.exitCode = unknown.length > 0 ? 1 : 0
