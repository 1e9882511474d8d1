import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Where a process spent its time, by the file that Node wrote for it: own time of functions, and of packages. */
export async function spentIn(folder, shown = 25) {
  const tables = []
  for (const name of (await readdir(folder)).filter((one) => one.endsWith('.cpuprofile')).sort()) {
    const { nodes, samples, timeDeltas } = JSON.parse(await readFile(join(folder, name), 'utf8'))
    const [byFunction, byPackage, byId] = [new Map(), new Map(), new Map(nodes.map((node) => [node.id, node]))]
    let total = 0
    for (const [index, id] of samples.entries()) {
      const { functionName, url, lineNumber } = byId.get(id).callFrame
      const spent = timeDeltas[index] / 1000
      if (functionName === '(idle)') continue
      total += spent
      const where = url.replace(/^.*\/(node_modules|dist)\//, '$1/')
      const add = (map, key) => map.set(key, (map.get(key) ?? 0) + spent)
      add(byFunction, `${functionName || '(anonymous)'} ${where}:${lineNumber + 1}`)
      add(byPackage, where.startsWith('node_modules/') ? where.split('/').slice(1, where.startsWith('node_modules/@') ? 3 : 2).join('/') : where || functionName)
    }
    const top = (map) => [...map].sort((a, b) => b[1] - a[1]).slice(0, shown).map(([key, spent]) => `${(spent / 1000).toFixed(2)} s  ${((100 * spent) / total).toFixed(1)} %  ${key}`)
    tables.push(`${name}: ${(total / 1000).toFixed(1)} s busy\n${top(byPackage).join('\n')}\n\n${top(byFunction).join('\n')}`)
  }
  return tables.join('\n\n')
}

if (import.meta.filename === process.argv[1]) console.log(await spentIn(process.argv[2]))
