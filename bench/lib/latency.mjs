import { fork } from 'node:child_process'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { changes } from './changes.mjs'
import { clock } from './client.mjs'
import { follow } from './followers.mjs'
import { createFaults, endWithUs } from './keeping.mjs'
import { summarize } from './measure.mjs'

/** What has not come so long after the last change was answered is counted as missing. */
const patienceMs = 60_000

/** The process that makes the changes. */
export function startWriter() {
  const child = endWithUs(fork(join(import.meta.dirname, 'writer.mjs')))
  return {
    pid: child.pid,
    write: (asked) =>
      new Promise((resolve, reject) => {
        child.once('message', ({ written, failed }) => (written ? resolve(written) : reject(new Error(failed))))
        child.once('exit', (code) => reject(new Error(`the writer ended with ${code}`)))
        child.send(asked)
      }),
    stop: () => void child.kill('SIGKILL'),
  }
}

/** From each change to when each way told of it: from the answer to the change, and from when it was due to be sent. */
export async function measureLatency({ world, receivers, writer, ways, kind, forSeconds, perSecond }) {
  const { type, by } = changes[kind]
  const arrived = new Map(ways.map((way) => [way, new Map()]))
  const seen = (way, id) => {
    const times = arrived.get(way)
    if (times && !times.has(id)) times.set(id, clock())
  }
  const faults = createFaults()
  receivers.onEvent = (path, { data }) => path === '/quick' && data.type === type && seen('webhook', data.subject.id)
  const followers = await follow({ api: world.operator, base: world.base, types: type, ways, seen, failed: faults.note })
  await delay(500)
  const { made, faults: refused, achieved } = await writer.write({
    base: world.base,
    client: world.clients[by],
    programId: world.programId,
    kind,
    perSecond,
    forSeconds,
  })
  for (const fault of refused) faults.note(fault)
  const load = loadavg()[0]
  const end = clock() + patienceMs
  const complete = () => ways.every((way) => made.every(({ id }) => arrived.get(way).has(id)))
  while (!complete() && clock() < end) await delay(50)
  await followers.stop()
  const results = ways.map((way) => {
    const times = arrived.get(way)
    const there = made.filter(({ id }) => times.has(id))
    return {
      kind,
      way,
      achieved,
      refused: refused.length,
      missing: made.length - there.length,
      afterAnswer: summarize(there.map(({ id, answeredAt }) => Math.max(0, times.get(id) - answeredAt))),
      afterRequest: summarize(there.map(({ id, dueAt }) => times.get(id) - dueAt)),
      load,
    }
  })
  return { results, faults: faults.lines() }
}
