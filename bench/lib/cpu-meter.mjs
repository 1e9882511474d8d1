import { readdir, readFile } from 'node:fs/promises'

/** Of /proc: hundredths of a second, on every Linux that Node runs on. */
const ticksPerSecond = 100

async function statOf(pid) {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  // The name may hold blanks and brackets; the numbers begin behind the last one.
  const numbers = text?.slice(text.lastIndexOf(')') + 2).split(' ')
  const ticks = (...fields) => fields.reduce((sum, field) => sum + Number(numbers?.[field] ?? 0), 0)
  return { parent: Number(numbers?.[1]), own: ticks(11, 12), ofTheDead: ticks(13, 14) }
}

/** A server and its backends, those that have ended too: it is their parent, and has counted them. */
async function ofFamily(pid) {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const children = (await Promise.all(pids.map(statOf))).filter(({ parent }) => parent === pid)
  const { own, ofTheDead } = await statOf(pid)
  return children.reduce((sum, child) => sum + child.own, own + ofTheDead)
}

/** Seconds of processor time that each has used so far; unlike times by the clock they hardly depend on what else runs. */
export function createCpuMeter(owner, { serving, working, writer }) {
  let postmaster
  async function read() {
    postmaster ??= Number((await owner.query(`select pg_read_file('postmaster.pid')`)).rows[0].pg_read_file.split('\n')[0])
    const { user, system } = process.cpuUsage()
    const ticks = { serving: (await statOf(serving)).own, working: (await statOf(working)).own, writer: (await statOf(writer)).own, database: await ofFamily(postmaster) }
    const seconds = Object.fromEntries(Object.entries(ticks).map(([name, count]) => [name, count / ticksPerSecond]))
    return { ...seconds, followers: (user + system) / 1e6 }
  }
  return {
    during: async (work) => {
      const before = await read()
      const result = await work()
      const after = await read()
      return { result, cpu: Object.fromEntries(Object.entries(after).map(([name, seconds]) => [name, seconds - before[name]])) }
    },
  }
}
