import { contestants } from './contestants.mjs'

/**
 * The requests of a scenario in the way of one contestant, after one answer of it was looked into: it must hold as many rows
 * as the service's, and each row the same members. Returns what was seen.
 */
export async function prepare(scenario, run, asks, { key, process }) {
  const { headersOf } = contestants[key]
  const wanted = key === 'postgraphile' ? await scenario.theirs(run, asks, process) : asks
  const actors = [...new Map(wanted.map(({ actor }) => [actor.id, actor])).values()]
  const headers = new Map()
  for (const actor of actors) headers.set(actor.id, await headersOf(process, run.data, actor))
  const requests = wanted.map((ask) => toRequest(ask, headers.get(ask.actor.id)))
  return { requests, seen: await look(scenario, process, requests[0], wanted[0]) }
}

/** In the form of autocannon, which asks `setupRequest` for what must be another each time. */
function toRequest({ method, path, body, fresh }, headers) {
  const common = { accept: 'application/json', ...headers, ...((body || fresh) && { 'content-type': 'application/json' }) }
  if (!fresh) return { method, path, headers: common, body }
  return {
    method,
    path,
    headers: common,
    setupRequest: (request) => {
      const made = fresh()
      return { ...request, body: made.body, headers: { ...request.headers, ...made.headers } }
    },
  }
}

async function look({ key, status = 200, sees }, { base, name }, { path, setupRequest, ...request }) {
  const made = setupRequest ? setupRequest(request) : request
  const reply = await fetch(`${base}${path}`, made)
  const text = await reply.text()
  if (reply.status !== status) throw new Error(`${key}: ${name} answered ${reply.status}: ${text.slice(0, 400)}`)
  const answer = JSON.parse(text)
  if (answer.errors) throw new Error(`${key}: ${name}: ${JSON.stringify(answer.errors[0])}`)
  return { name, bytes: text.length, ...sees(answer) }
}

/** The first is the service; the others must tell as much. */
export function compare({ key }, [ours, ...others]) {
  for (const other of others) {
    const missing = (ours.members ?? []).filter((member) => other.members && !other.members.includes(member))
    // The service leaves out what no consent covers any more; at a tiny scale that can be some of a page.
    const differs = other.rows < ours.rows || missing.length > 0 || (ours.same !== undefined && other.same !== ours.same)
    if (differs) throw new Error(`${key}: ${other.name} tells something else: ${JSON.stringify({ ours, other, missing })}`)
  }
}
