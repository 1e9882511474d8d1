import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { masterKeyOf, root, secretOf } from './service.mjs'

/** The service in a process of its own on a loopback port, as `npm start` runs it. */
export async function startService({ databaseUrl, seed, jobs = 'off', nodeOptions = [], env = {} }) {
  const port = await freePort()
  const child = spawn(process.execPath, [...nodeOptions, join(root, 'dist/main.js')], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: databaseUrl,
      MASTER_KEY: masterKeyOf(seed).toString('base64'),
      PORT: String(port),
      MIGRATE: 'off',
      DEMO: 'off',
      JOBS: jobs,
      ACCESS_TOKEN_SECONDS: '900',
      LOG_LEVEL: 'error',
      ...env,
    },
  })
  const exited = new Promise((resolve) => child.once('exit', resolve))
  const base = `http://127.0.0.1:${port}`
  while (!(await fetch(`${base}/health/ready`).then(({ ok }) => ok, () => false))) {
    if (child.exitCode !== null) throw new Error(`The service ended with ${child.exitCode}`)
    await delay(50)
  }
  return {
    base,
    pid: child.pid,
    as: (actor) => createApi(base, seed, actor),
    openapi: () => fetch(`${base}/openapi.json`).then((reply) => reply.json()),
    stop: async () => {
      child.kill('SIGTERM')
      await exited
    },
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

/** One client of one organization over connections that are kept; the token is renewed in time. */
async function createApi(base, seed, { clientId }) {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  const { hostname, port } = new URL(base)
  let token
  let renewAt = 0
  async function authorization() {
    if (performance.now() < renewAt) return token
    const basic = Buffer.from(`${clientId}:${secretOf(seed, clientId)}`).toString('base64')
    const reply = await fetch(`${base}/oauth/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${basic}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    })
    if (!reply.ok) throw new Error(`token: ${reply.status} ${await reply.text()}`)
    const { access_token, expires_in } = await reply.json()
    token = `Bearer ${access_token}`
    renewAt = performance.now() + (expires_in - 60) * 1000
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
