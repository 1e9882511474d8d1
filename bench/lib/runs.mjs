import { loadavg } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { memoryOf } from './http.mjs'
import { latenciesWhile } from './measure.mjs'
import { createRandom } from './random.mjs'

/** A run may take so long; beside it the API answers as before, which is read as: its p99 is at most this much longer. */
const goals = { large: { seconds: 10 }, medium: { seconds: 40 } }
const memoryGoalMb = 600
const disturbanceGoalMs = 20
const quietSeconds = 15
const sampleEveryMs = 100
const patienceSeconds = 180

/**
 * Whole waitlists through the API, in the process that answers requests: how long from asking to the result, how much
 * memory the process took at most, and what a client that reads engagement all the while noticed.
 */
export async function measureRuns({ data, owner, databaseUrl, say, startService }, report) {
  const [large, medium] = data.actors.operators
  for (const [size, operator] of Object.entries({ large, medium })) {
    // A process of its own for each, so that the memory is that of one run.
    const service = await startService({ databaseUrl, seed: data.seed, jobs: 'auto' })
    try {
      const { paths } = await service.openapi()
      if (!paths['/v1/matching-runs']) return say('runs: the service has none yet')
      await measureRun({ service, operator, goal: goals[size], data, owner, say }, report)
    } finally {
      await service.stop()
    }
  }
}

async function measureRun({ service, operator, goal, data, owner, say }, report) {
  const [api, reader] = [await service.as(operator), await service.as(data.actors.clinics[0])]
  const { rows } = await owner.query(
    `select id from referrals where network_id = $1 and organization_id = $2 and status = 'in_progress' order by id limit 2000`,
    [data.networkId, data.actors.clinics[0].id],
  )
  const random = createRandom(data.seed, 'runs')
  const read = () => reader.get(`/v1/referrals/${random.one(rows).id}/engagement`)
  for (let n = 0; n < 50; n += 1) await read()
  const before = await latenciesWhile(delay(quietSeconds * 1000), read)
  const memory = sampleMemory(service.pid)
  const from = performance.now()
  const during = await latenciesWhile(carryOut(api, operator.programId), read)
  const seconds = (performance.now() - from) / 1000
  const { baseMb, peakMb } = memory.stop()
  const run = during.result
  const summary = run.summary ?? {}
  const undisturbed = during.p99 <= before.p99 + disturbanceGoalMs
  const row = {
    run: `${summary.waiting} waiting over ${summary.mentors} active mentors`,
    status: run.status === 'completed' ? `completed, ${summary.method}` : `${run.status}: ${run.failure}`,
    assigned: summary.assigned,
    optimal: summary.optimal ? 'yes' : `no, gap ${summary.gap}`,
    seconds: seconds.toFixed(1),
    'goal s': goal.seconds,
    'in time': summary.optimal && seconds <= goal.seconds ? 'yes' : 'no',
    'memory before MB': Math.round(baseMb),
    'memory at most MB': Math.round(peakMb),
    [`≤ ${memoryGoalMb} MB`]: peakMb <= memoryGoalMb ? 'yes' : 'no',
    'read p50 before / during ms': `${before.p50.toFixed(1)} / ${during.p50.toFixed(1)}`,
    'read p99 before / during ms': `${before.p99.toFixed(1)} / ${during.p99.toFixed(1)}`,
    'longest read during ms': Math.round(during.max),
    reads: `${before.count} / ${during.count}`,
    undisturbed: undisturbed ? 'yes' : 'no',
    load: loadavg()[0].toFixed(1),
  }
  report.addRun(row)
  say(JSON.stringify(row))
}

async function carryOut(api, programId) {
  const made = await api.post('/v1/matching-runs', { programId })
  if (made.status >= 300) throw new Error(`matching run: ${made.status} ${JSON.stringify(made.json())}`)
  const { id } = made.json()
  for (const until = performance.now() + patienceSeconds * 1000; performance.now() < until; await delay(200)) {
    const run = (await api.get(`/v1/matching-runs/${id}`)).json()
    if (run.status !== 'queued' && run.status !== 'running') return run
  }
  throw new Error(`The matching run did not end in ${patienceSeconds} s`)
}

function sampleMemory(pid) {
  let baseMb
  let peakMb = 0
  const timer = setInterval(async () => {
    const { nowMb } = await memoryOf(pid).catch(() => ({ nowMb: 0 }))
    baseMb ??= nowMb
    peakMb = Math.max(peakMb, nowMb)
  }, sampleEveryMs)
  return {
    stop: () => {
      clearInterval(timer)
      return { baseMb, peakMb }
    },
  }
}
