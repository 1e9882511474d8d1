import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

export interface RunningService {
  readonly url: string
  readonly lines: readonly string[]
  /** What it wrote on standard error. */
  readonly errors: () => string
  readonly child: ChildProcess
  readonly stop: (signal?: NodeJS.Signals) => Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

const readyWithinMs = 180_000

/** Tests ask as fast as they can, on a machine that other tests keep busy. */
const unlimited = {
  EVENT_LOOP_DELAY_MAX: '0',
  RATE_LIMIT_ADDRESS: '0',
  RATE_LIMIT_CLIENT: '0',
  RATE_LIMIT_NETWORK: '0',
}

/** Of a process that serves from a database which is there already, with a world in it under this key. */
export const serving = (databaseUrl: string | undefined, masterKey: Buffer) => ({
  DATABASE_URL: databaseUrl,
  MASTER_KEY: masterKey.toString('base64'),
  MIGRATE: 'off',
})

/** Of one that works its queues too, while it is done harm: what it says of that is nobody's news. */
export const working = (databaseUrl: string | undefined, masterKey: Buffer) => ({
  ...serving(databaseUrl, masterKey),
  JOBS: 'auto',
  LOG_LEVEL: 'silent',
})

/**
 * The real process, as built by the template of the run, with an environment of its own; started by way of another command
 * where one is given. Resolves once it says that it is ready.
 */
export async function startProcess(
  env: NodeJS.ProcessEnv,
  byWayOf: readonly string[] = [],
): Promise<RunningService> {
  const [command, ...args] = [...byWayOf, process.execPath, 'dist/main.js']
  const child = spawn(command, args, {
    env: { PATH: process.env.PATH, PORT: '0', DEMO: 'off', JOBS: 'off', ...unlimited, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: string[] = []
  let errors = ''
  child.stderr?.on('data', (chunk) => {
    errors += chunk
  })
  const url = await new Promise<string>((resolve, reject) => {
    const late = setTimeout(
      () => reject(new Error(`Not ready in time: ${lines.join('\n')}${errors}`)),
      readyWithinMs,
    )
    let rest = ''
    child.stdout?.on('data', (chunk) => {
      const parts = (rest + chunk).split('\n')
      rest = parts.pop() ?? ''
      lines.push(...parts)
      const ready = parts.map((line) => /ready at (\S+)/.exec(line)?.[1]).find(Boolean)
      if (ready) {
        clearTimeout(late)
        resolve(ready)
      }
    })
    child.once('exit', (code) => {
      clearTimeout(late)
      reject(new Error(`Exited with ${code}: ${errors}`))
    })
  })
  return {
    url,
    lines,
    errors: () => errors,
    child,
    stop: async (signal = 'SIGTERM') => {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill(signal)
        await once(child, 'exit')
      }
      return { code: child.exitCode, signal: child.signalCode }
    },
  }
}

/** With these scopes; without any, all that need no step up. */
export async function tokenFrom(
  url: string,
  clientId: string,
  clientSecret: string,
  scopes: readonly string[] = [],
): Promise<string> {
  const reply = await fetch(`${url}/oauth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope: scopes.join(' ') }),
  })
  if (!reply.ok) throw new Error(`No token: ${reply.status} ${await reply.text()}`)
  const { access_token: token } = (await reply.json()) as { access_token: string }
  return token
}
