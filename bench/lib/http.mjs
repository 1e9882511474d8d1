import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { startProcess } from './processes.mjs'
import { masterKeyOf, root, secretOf } from './service.mjs'

/** With these the image starts it. */
export const asInImage = /NODE_OPTIONS="([^"]+)"/.exec(readFileSync(join(root, 'Dockerfile'), 'utf8'))[1].split(' ')

/** The service in a process of its own on a loopback port, as the image runs it if nothing else is said. */
export async function startService({ name = 'Alongside', databaseUrl, seed, jobs = 'off', nodeOptions = asInImage, env = {} }) {
  const service = await startProcess({
    name,
    script: join(root, 'dist/main.js'),
    nodeOptions,
    ready: (base) => fetch(`${base}/health/ready`).then(({ ok }) => ok),
    env: {
      DATABASE_URL: databaseUrl,
      MASTER_KEY: masterKeyOf(seed).toString('base64'),
      MIGRATE: 'off',
      DEMO: 'off',
      JOBS: jobs,
      ACCESS_TOKEN_SECONDS: '900',
      LOG_LEVEL: 'error',
      RATE_LIMIT_ADDRESS: '0',
      RATE_LIMIT_CLIENT: '0',
      RATE_LIMIT_NETWORK: '0',
      ...env,
    },
  })
  return {
    ...service,
    as: (actor) => createApi(service.base, seed, actor),
    openapi: () => fetch(`${service.base}/openapi.json`).then((reply) => reply.json()),
  }
}

const askAgainMs = 500
const asksMax = 20

/** A token as its header has it. On a busy machine the service may turn a request away as it starts; it says so, and is asked again. */
export async function authorizationOf(base, seed, clientId) {
  const basic = Buffer.from(`${clientId}:${secretOf(seed, clientId)}`).toString('base64')
  for (let asks = 1; ; asks += 1) {
    const reply = await fetch(`${base}/oauth/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${basic}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    })
    const grant = await reply.json()
    if (reply.ok) return { authorization: `Bearer ${grant.access_token}`, seconds: grant.expires_in }
    if (reply.status !== 503 || asks === asksMax) throw new Error(`token: ${reply.status} ${JSON.stringify(grant)}`)
    await delay(askAgainMs)
  }
}

/** One client of one organization over connections that are kept; the token is renewed in time. */
async function createApi(base, seed, { clientId }) {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  const { hostname, port } = new URL(base)
  let token
  let renewAt = 0
  async function authorization() {
    if (performance.now() < renewAt) return token
    const granted = await authorizationOf(base, seed, clientId)
    token = granted.authorization
    renewAt = performance.now() + (granted.seconds - 60) * 1000
    return token
  }
  async function send(method, path, body, headers = {}) {
    const auth = await authorization()
    const payload = body === undefined ? undefined : JSON.stringify(body)
    const started = performance.now()
    return new Promise((resolve, reject) => {
      const sent = request(
        { agent, hostname, port, method, path, headers: { authorization: auth, ...(payload && { 'content-type': 'application/json' }), ...headers } },
        (reply) => {
          const chunks = []
          reply.on('data', (chunk) => chunks.push(chunk))
          reply.on('end', () => {
            const ms = performance.now() - started
            const text = Buffer.concat(chunks).toString()
            resolve({ status: reply.statusCode, ms, bytes: text.length, json: () => JSON.parse(text) })
          })
          reply.on('error', reject)
        },
      )
      sent.on('error', reject)
      sent.end(payload)
    })
  }
  return {
    get: (path) => send('GET', path),
    post: (path, body, headers) => send('POST', path, body, headers),
    close: () => agent.destroy(),
  }
}

/** Resident memory of a process now, and its highest so far, in MB (Linux). */
export async function memoryOf(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const mb = (name) => Number(status.match(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm'))?.[1] ?? 0) / 1024
  return { nowMb: mb('VmRSS'), peakMb: mb('VmHWM') }
}
