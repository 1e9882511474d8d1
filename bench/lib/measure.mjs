import { loadavg } from 'node:os'

/** The value below which this share of the sorted values lies (nearest rank). */
export function percentile(sorted, share) {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}

export function summarize(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share) => percentile(sorted, share)
  return { count: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: sorted.at(-1) ?? Number.NaN }
}

/**
 * Requests one after the other, `warmUp` of them uncounted. `ask(n)` sends one and returns its answer; any status other
 * than 200 ends the measurement, for it would be the time of something else.
 */
export async function latencies({ warmUp, count, ask }) {
  const times = []
  let bytes = 0
  for (let n = 0; n < warmUp + count; n += 1) {
    const reply = await ask(n)
    if (reply.status !== 200) throw new Error(`answered ${reply.status}: ${JSON.stringify(reply.json()).slice(0, 400)}`)
    if (n < warmUp) continue
    times.push(reply.ms)
    bytes += reply.bytes
  }
  return { ...summarize(times), bytes: Math.round(bytes / Math.max(1, times.length)), load: loadavg()[0] }
}

/** In batches until `signal` says stop: what a request takes while something else runs. */
export async function latenciesWhile(running, ask) {
  const times = []
  let over = false
  const finished = running.finally(() => {
    over = true
  })
  finished.catch(() => {})
  while (!over) {
    const reply = await ask(times.length)
    if (reply.status !== 200) throw new Error(`answered ${reply.status}`)
    times.push(reply.ms)
  }
  return { result: await finished, ...summarize(times), load: loadavg()[0] }
}
