import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { runtime } from './processes.mjs'
import { root } from './service.mjs'

const settings = ['shared_buffers', 'work_mem', 'jit', 'random_page_cost', 'fsync', 'synchronous_commit']

/** What it was measured on: no number says anything without it. */
export async function describeMachine(owner) {
  const version = await owner.query(`select current_setting('server_version') as version`)
  const set = await owner.query('select name, current_setting(name) as value from unnest($1::text[]) name', [settings])
  return {
    processor: `${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    node: (await promisify(execFile)(runtime, ['--version'])).stdout.trim(),
    postgres: `${version.rows[0].version} (${set.rows.map(({ name, value }) => `${name} ${value}`).join(', ')})`,
  }
}

/** Read from the file: a package need not export it. Nothing where it was not installed. */
export async function versionOf(folder, name) {
  const text = await readFile(join(root, folder, 'node_modules', name, 'package.json'), 'utf8').catch(() => undefined)
  return text && `${name} ${JSON.parse(text).version}`
}
