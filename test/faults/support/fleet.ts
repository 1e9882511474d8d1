import { setTimeout as delay } from 'node:timers/promises'
import { startProcess } from '../../support/process.ts'
import { freePort, openProxy } from '../../support/proxy.ts'

type Running = Awaited<ReturnType<typeof startProcess>>

/** A process that is started again whenever it ended, as a supervisor does, with a line to the database of its own. */
export interface Supervised {
  readonly url: string
  /** Ends it at once; resolves when it is ready again. Undefined: it has not started yet. */
  readonly kill: () => Promise<void> | undefined
  /** Cuts its line to the database for so long. */
  readonly cutOff: (forMs: number) => Promise<void>
  /** How long each start took until the process was ready, in milliseconds. */
  readonly startsMs: readonly number[]
  /** Ends that nobody brought about. */
  readonly diedByItself: readonly string[]
  readonly stop: () => Promise<void>
}

export async function supervise(env: NodeJS.ProcessEnv): Promise<Supervised> {
  const [proxy, port] = await Promise.all([openProxy(env.DATABASE_URL ?? ''), freePort()])
  const diedByItself: string[] = []
  let stopping = false
  let running: Running | undefined
  const startsMs: number[] = []
  async function start() {
    const begun = performance.now()
    const started = await startProcess({ ...env, DATABASE_URL: proxy.url, PORT: String(port) })
    startsMs.push(Math.round(performance.now() - begun))
    return started
  }

  /** A process that starts while the line is cut waits for it, longer than it is ever cut here. */
  async function startAgain(): Promise<void> {
    while (!stopping) {
      const started = await start().catch((error: Error) => void diedByItself.push(error.message))
      if (started) return watch(started)
      await delay(100)
    }
  }

  function watch(started: Running) {
    running = started
    started.child.once('exit', (code, signal) => {
      if (running !== started || stopping) return
      diedByItself.push(`code ${code}, signal ${signal}: ${started.errors().slice(-500)}`)
      void startAgain()
    })
  }

  await start().then(watch)
  return {
    url: `http://127.0.0.1:${port}`,
    startsMs,
    diedByItself,
    kill: () => {
      const killed = running
      if (!killed) return undefined
      running = undefined
      return killed.stop('SIGKILL').then(startAgain)
    },
    cutOff: async (forMs) => {
      await proxy.cut()
      await delay(forMs)
      await proxy.mend()
    },
    stop: async () => {
      stopping = true
      const last = running
      running = undefined
      await last?.stop()
      await proxy.close()
    },
  }
}
