import { availableParallelism, cpus, totalmem } from 'node:os'
import { changes } from './changes.mjs'

const goalMs = 1_000
/** Beside one that hangs, those that answer may be told this much later at p99. */
const disturbanceGoalMs = 100

const ms = (value) => (Number.isNaN(value) ? '' : Math.round(value).toLocaleString('en-US'))
const yes = (met) => (met ? 'yes' : 'no')

export function eventsPage({ rate, seconds, latency, drain, hanging, cpu, faults, memory, version, nodeOptions }) {
  return `# Results: how soon a change is told

Written by \`node bench/events.mjs\`, which measures all of it. Nothing here was written by hand.

| | |
| --- | --- |
| date | ${new Date().toISOString()} |
| machine | ${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB |
| Node | ${[process.version, ...nodeOptions].join(' ')} |
| PostgreSQL | ${version} |
| asked for | ${rate} changes a second for ${seconds} s${drain ? `; ${drain.endpoints.toLocaleString('en-US')} endpoints` : ''} |

Two processes of the service: one answers requests (\`JOBS=off\`), one does the background work. A third process makes the changes,
a fourth holds followers and receivers. All four and PostgreSQL share the machine, and all ways follow at once. \`load\` is that of
the last minute: above the number of cores, somebody waited.

Memory at most: ${Math.round(memory.serving.peakMb)} MB where requests are answered, ${Math.round(memory.working.peakMb)} MB where the work is done.
${latency.length > 0 ? latencyPart(latency) : ''}${hanging ? hangingPart(hanging) : ''}${drain ? drainPart(drain) : ''}${cpuPart(cpu)}${faults.length > 0 ? faultsPart(faults) : ''}`
}

function latencyPart(latency) {
  const rows = latency.map(({ kind, way, achieved, refused, missing, afterAnswer, afterRequest, load }) => {
    const met = missing === 0 && refused === 0 && afterAnswer.p99 <= goalMs
    return `| ${changes[kind].what} | ${way} | ${achieved.toFixed(1)} | ${ms(afterAnswer.p50)} | ${ms(afterAnswer.p99)} | ${ms(afterRequest.p50)} | ${ms(afterRequest.p99)} | ${refused} | ${missing} | ${load.toFixed(1)} | ${yes(met)} |`
  })
  return `
## From a change to its first delivery

Goal: p99 at most ${goalMs} ms after the answer to the change, nothing refused and nothing missing.

| change | way | changes/s reached | p50 ms | p99 ms | from when it was due: p50 ms | p99 ms | refused | missing | load | met |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
${rows.join('\n')}
`
}

function drainPart({ endpoints, owners, p50, p99, max, missing, again, made, verified, load }) {
  return `
## Many endpoints, one event each

| endpoints | p50 ms | p99 ms | the slowest, and so the time to drain, ms | endpoints a second | missing | tried more than once | load |
| --- | --- | --- | --- | --- | --- | --- | --- |
| ${endpoints.toLocaleString('en-US')} | ${ms(p50)} | ${ms(p99)} | ${ms(max)} | ${ms(endpoints / (max / 1000))} | ${missing} | ${again} | ${load.toFixed(1)} |

They belong to ${owners} organizations, and each has a connection of its own. They were made by as many requests in ${made.toFixed(0)} s; the last was verified ${(verified - made).toFixed(0)} s later.
`
}

function hangingPart({ before, beside }) {
  const calm = beside.missing === 0 && beside.afterAnswer.p99 <= before.afterAnswer.p99 + disturbanceGoalMs
  return `
## Beside a receiver that never answers

| the endpoint that answers | p50 ms | p99 ms | missing |
| --- | --- | --- | --- |
| alone | ${ms(before.afterAnswer.p50)} | ${ms(before.afterAnswer.p99)} | ${before.missing} |
| beside one that hangs | ${ms(beside.afterAnswer.p50)} | ${ms(beside.afterAnswer.p99)} | ${beside.missing} |

${before.achieved.toFixed(0)} changes a second. Its p99 grows by at most ${disturbanceGoalMs} ms: ${yes(calm)}.
`
}

const cpuPart = (cpu) => `
## Where the processors were

Seconds of processor time in each phase. Unlike times by the clock they hardly depend on what else the machine does.

| phase | answering | background work | PostgreSQL | making changes | followers and receivers |
| --- | --- | --- | --- | --- | --- |
${cpu.map(({ what, serving, working, database, writer, followers }) => `| ${what} | ${[serving, working, database, writer, followers].map((s) => s.toFixed(1)).join(' | ')} |`).join('\n')}
`

const faultsPart = (faults) => `
## What went wrong meanwhile

${faults.map((line) => `- ${line}`).join('\n')}
`
