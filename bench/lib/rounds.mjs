import { loadavg } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import autocannon from 'autocannon'
import { backendsCpuMs, cpuMs, grown } from './cpu.mjs'
import { memoryOf } from './http.mjs'
import { summarize } from './measure.mjs'

/**
 * Before anything counts: so many answers, for statements to be prepared on each connection and for what runs often to be
 * compiled well, or so much time. After 400 answers a process still took a third more time for each than after some thousands.
 */
const warmUpAnswers = 2_000
const warmUpMsMax = 8_000
/** The least of a round, for each connection: at the end of a round some of them wait for others. */
const requestsEach = 4

/** What was turned away for want of room is counted; with more than this share of it a round says nothing, and is run again. */
const refusedShareMax = 0.05
const triesMax = 5
const pauseMs = 2_000

/**
 * The contestants take turns, each round in the other order, so that what comes and goes on the machine meets all. Without
 * rounds nothing is measured: that one answer of each was looked into is then all.
 */
export async function alternate({ contestants, rounds, seconds, connections, say }) {
  const results = new Map(contestants.map(({ name }) => [name, []]))
  if (rounds === 0) return results
  const amounts = new Map()
  for (const contestant of contestants) amounts.set(contestant.name, await warmUp(contestant, { seconds, connections }))
  for (let turn = 0; turn < rounds; turn += 1)
    for (const contestant of turn % 2 === 0 ? contestants : contestants.toReversed()) {
      const result = await round(contestant, { amount: amounts.get(contestant.name), connections })
      results.get(contestant.name).push(result)
      say(`  round ${turn + 1} ${contestant.name}: ${result.rate.toFixed(1)}/s, p50 ${result.p50.toFixed(1)} p99 ${result.p99.toFixed(1)} ms, CPU ${result.nodeMs.toFixed(2)} + ${result.postgresMs.toFixed(2)} ms, load ${result.load.toFixed(1)}${result.refused > 0 ? `, ${result.refused} turned away` : ''}`)
    }
  return results
}

/** How many requests a round is, so that it lasts about as long as it was to: all are answered, none is cut off by its end. */
async function warmUp(contestant, { seconds, connections }) {
  const least = connections * requestsEach
  const from = performance.now()
  let rate = 0
  for (let answers = 0; answers < warmUpAnswers && performance.now() - from < warmUpMsMax; ) {
    const result = await round(contestant, { amount: least, connections })
    answers += result.count
    rate = result.rate
  }
  return Math.max(least, Math.round(rate * seconds))
}

async function round(contestant, pace) {
  for (let tries = 1; ; tries += 1) {
    const result = await roundOnce(contestant, pace)
    if (result.refused <= refusedShareMax * (result.count + result.refused)) return result
    if (tries === triesMax)
      throw new Error(`${contestant.name} turned away ${result.refused} of ${result.refused + result.count}: the machine is too busy for this round to mean anything`)
    await delay(pauseMs)
  }
}

async function roundOnce({ name, process, owner, requests }, { amount, connections }) {
  const [nodeBefore, postgresBefore] = await Promise.all([cpuMs(process.pid), backendsCpuMs(owner)])
  const times = []
  let refused = 0
  const from = performance.now()
  let last = from
  const instance = autocannon({ url: process.base, connections, amount, requests, sampleInt: 100 })
  instance.on('response', (_client, status, _bytes, ms) => {
    last = performance.now()
    if (status < 300) times.push(ms)
    else if (status === 503) refused += 1
  })
  const result = await instance
  const seconds = (last - from) / 1000
  const [nodeAfter, postgresAfter] = await Promise.all([cpuMs(process.pid), backendsCpuMs(owner)])
  const failed = result.non2xx - refused + result.errors
  if (failed > 0) throw new Error(`${name}: ${result.non2xx} not answered as asked, ${result.errors} failed`)
  const asked = times.length + refused
  return {
    rate: times.length / seconds,
    ...summarize(times),
    nodeMs: (nodeAfter - nodeBefore) / asked,
    postgresMs: grown(postgresBefore, postgresAfter) / asked,
    refused,
    memoryMb: (await memoryOf(process.pid)).nowMb,
    load: loadavg()[0],
  }
}

export const median = (values) => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return Number.isInteger(middle) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[Math.floor(middle)]
}
