/**
 * Where the time of a CPU profile went: own time by part (a folder of the service, a package, Node, V8) and by function.
 *
 *   npm run bench -- --only create,alongside --profile out
 *   node bench/profile.mjs out/CPU.….cpuprofile [functions to show]
 */
import { readFile } from 'node:fs/promises'
import { table } from './lib/markdown.mjs'

const [file, shown = '30'] = process.argv.slice(2)
const { nodes, samples, timeDeltas } = JSON.parse(await readFile(file, 'utf8'))
const byId = new Map(nodes.map((node) => [node.id, node]))
const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])))

/** From the first request on: what was loaded before it is not the price of a request. */
const inAction = (id) => id !== undefined && (byId.get(id).callFrame.url.endsWith('/dist/core/action.js') || inAction(parents.get(id)))
const begins = Math.max(0, samples.findIndex(inAction))

const own = new Map()
for (const [index, id] of samples.entries()) if (index >= begins) own.set(id, (own.get(id) ?? 0) + timeDeltas[index])

const partOf = ({ callFrame: { url, functionName } }) => {
  const [, inPackage] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? []
  if (inPackage) return inPackage
  const [, inService] = /\/dist\/((?:domains\/)?[^/]+)/.exec(url) ?? []
  if (inService) return `service: ${inService}`
  if (url.startsWith('node:')) return `Node: ${url.slice(5).split('/').slice(0, 2).join('/')}`
  return functionName.startsWith('(') ? functionName : 'V8'
}
const nameOf = ({ callFrame: { functionName, url, lineNumber } }) => `${functionName || '(anonymous)'} ${url.replace(/.*\/(node_modules|dist)\//, '')}:${lineNumber + 1}`

const sum = (into, key, us) => into.set(key, (into.get(key) ?? 0) + us)
const parts = new Map()
const functions = new Map()
const within = new Map()
let busy = 0
for (const [id, us] of own) {
  const node = byId.get(id)
  if (node.callFrame.functionName === '(idle)') continue
  busy += us
  sum(parts, partOf(node), us)
  sum(functions, nameOf(node), us)
  // Once for each function of the service on the way up, however often it stands there.
  const above = new Set()
  for (let at = id; at !== undefined; at = parents.get(at)) if (byId.get(at).callFrame.url.includes('/dist/')) above.add(nameOf(byId.get(at)))
  for (const name of above) sum(within, name, us)
}
const top = (map, many) => [...map].sort((a, b) => b[1] - a[1]).slice(0, many).map(([name, us]) => [name, `${((us / busy) * 100).toFixed(1)} %`, (us / 1000).toFixed(0)])
const head = (what) => [what, 'share', 'ms']
console.log(`${(busy / 1e6).toFixed(1)} s busy\n\n${table(head('part, own time'), top(parts, 25))}\n\n${table(head('function, own time'), top(functions, Number(shown)))}\n\n${table(head('function of the service, with all it calls'), top(within, Number(shown)))}`)
