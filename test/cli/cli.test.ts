import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import t from 'tap'
import { program } from '../../src/cli.ts'
import { AppError } from '../../src/core/errors.ts'
import { wordsOf } from '../../src/failure.ts'

const everyCommand = (command: Command): Command[] => [command, ...command.commands.flatMap(everyCommand)]

t.test('every command says what it does and what it takes', async (t) => {
  const commands = everyCommand(program)
  t.ok(commands.length > 20)
  for (const command of commands) {
    const help = command.helpInformation()
    t.match(help, /^Usage: alongside/, command.name())
    t.ok(command.description().length > 10, `${command.name()} says what it does`)
    for (const { flags, description } of command.options)
      t.ok(description.length > 3, `${command.name()} ${flags} says what it is`)
    for (const argument of command.registeredArguments)
      t.ok(argument.description.length > 3, `${command.name()} ${argument.name()} says what it is`)
  }
})

/** The command as it is built, with this environment and nothing of ours. */
async function alongside(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, ['dist/cli.js', ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [out, errors] = ['', '']
  child.stdout.on('data', (part) => {
    out += part
  })
  child.stderr.on('data', (part) => {
    errors += part
  })
  const [code] = await once(child, 'close')
  return { code, out, errors }
}

const stack = /\n\s+at \S/

t.test('what is wrong is said with what to do about it, and without a stack', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  t.teardown(() => taken.close())
  const folder = await mkdtemp(join(tmpdir(), 'alongside-cli-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const { port } = taken.address() as AddressInfo
  const nowhere = {
    DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
    MASTER_KEY: Buffer.alloc(32, 1).toString('base64'),
  }
  const cases: [string, string[], NodeJS.ProcessEnv, RegExp][] = [
    [
      'no database',
      ['migrate'],
      nowhere,
      /^The database does not answer at 127\.0\.0\.1:1\. Is it running.*DATABASE_URL/,
    ],
    ['a word for an id', ['organization', 'list', '--network', 'ours'], {}, /Expected an id.*[\s\S]*--help/],
    [
      'an unknown kind',
      ['organization', 'create', 'x', '--network', '01a1f002-8ebb-7319-ac41-8f4b2a5b9c2d', '--kind', 'shop'],
      {},
      /Allowed choices are/,
    ],
    ['an unknown command', ['sevre'], {}, /Did you mean serve\?/],
    [
      'a configuration with faults',
      ['serve'],
      { PORT: 'x', TRUST_PROXY: 'everybody' },
      /^The configuration is not usable:\n {2}PORT: [\s\S]*TRUST_PROXY: must be addresses/,
    ],
    [
      'a port that is taken',
      ['serve'],
      { PORT: String(port), DATA_DIR: folder, DEMO: 'off', JOBS: 'off' },
      new RegExp(`^Port ${port} is taken`),
    ],
  ]
  for (const [what, args, env, words] of cases) {
    const { code, errors } = await alongside(args, env)
    t.equal(code, 1, what)
    t.match(errors, words, what)
    t.notMatch(errors, stack, what)
  }
})

t.test('a failure is worded by what it was caused by', async (t) => {
  const refused = Object.assign(new Error('password authentication failed for user "x"'), { code: '28P01' })
  t.match(wordsOf(new Error('failed', { cause: refused })), /refuses the password/)
  t.match(
    wordsOf(
      new AggregateError([
        Object.assign(new Error(''), { code: 'ECONNREFUSED', address: '::1', port: 5432 }),
      ]),
    ),
    /at ::1:5432/,
  )
  t.match(wordsOf(Object.assign(new Error('x'), { code: '42P01' })), /alongside migrate/)
  t.equal(
    wordsOf(
      new AppError('invalid_input', 'See errors.', [
        { path: ['name'], code: 'required', detail: 'Give one.' },
      ]),
    ),
    'See errors.\n  name: Give one.',
  )
  t.equal(wordsOf(new Error('as it is')), 'as it is')
})
