import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { LightMyRequestResponse } from 'fastify'
import { conforms } from './conforms.ts'
import { tokenFrom } from './process.ts'
import type { Answer, Api } from './service.ts'
import type { Member } from './world.ts'

/** On a machine that has too much to do, a process says so before it drowns. */
const patienceMs = 60_000

/** As the contract asks of clients: what was answered with 503 is sent again, a change under its key. */
async function untilServed<T extends { readonly status: number }>(send: () => Promise<T>): Promise<T> {
  const end = performance.now() + patienceMs
  for (;;) {
    const reply = await send()
    if (reply.status !== 503 || performance.now() > end) return reply
    await delay(200)
  }
}

/** A client of a process that runs, or of several behind a balancer. Its answers are held against the published document. */
export function apiAt(url: string, token: string): Api {
  function send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const key = method === 'POST' && path.startsWith('/v1/') && { 'idempotency-key': randomUUID() }
    return untilServed(() => sendOnce(method, path, body, { ...key, ...headers }))
  }
  async function sendOnce(method: string, path: string, body: unknown, headers: Record<string, string>) {
    const reply = await fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const payload = await reply.text()
    const answered = {
      statusCode: reply.status,
      headers: Object.fromEntries(reply.headers),
      payload,
      json: () => JSON.parse(payload),
    }
    conforms({ method: method as 'GET', url: path }, answered as unknown as LightMyRequestResponse)
    const json = /json/.test(answered.headers['content-type'] ?? '')
    const answer: Answer = {
      status: reply.status,
      body: json && payload ? JSON.parse(payload) : payload,
      headers: answered.headers,
    }
    return answer
  }
  return {
    get: (path, headers) => send('GET', path, undefined, headers),
    post: (path, body, headers) => send('POST', path, body, headers),
    patch: (path, body, headers) => send('PATCH', path, body, headers),
  }
}

/** With its usual scopes, or these. */
export async function clientAt(
  url: string,
  { clientId, clientSecret, scopes }: Member,
  wanted: readonly string[] = scopes,
): Promise<Api> {
  const end = performance.now() + patienceMs
  for (;;) {
    const token = await tokenFrom(url, clientId, clientSecret, wanted).catch((error: Error) => error)
    if (typeof token === 'string') return apiAt(url, token)
    if (!/ 503 /.test(token.message) || performance.now() > end) throw token
    await delay(200)
  }
}
