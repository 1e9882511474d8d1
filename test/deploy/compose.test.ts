import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Ajv } from 'ajv'
import type { FormatsPlugin } from 'ajv-formats'
import t from 'tap'
import { parse } from 'yaml'

const require = createRequire(import.meta.url)
const AjvDraft7 = require('ajv').default as new (options: object) => Ajv
const addFormats = require('ajv-formats') as FormatsPlugin

interface ComposeService {
  readonly image: string
  readonly command?: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly ports?: readonly string[]
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean }
  readonly volumes?: readonly string[]
  readonly restart?: string
  readonly read_only?: boolean
  readonly tmpfs?: readonly string[]
  readonly cap_drop?: readonly string[]
  readonly security_opt?: readonly string[]
  readonly deploy?: { readonly resources: { readonly limits: { readonly memory: string } } }
}

interface Compose {
  readonly services: Readonly<Record<'database' | 'migrate' | 'service', ComposeService>>
  readonly configs: { readonly roles: { readonly content: string } }
}

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const text = read('docker-compose.yml')
const compose = parse(text, { merge: true }) as Compose
const { database, migrate, service } = compose.services

/** Comments gone, continued lines joined: one instruction a line. */
const instructions = read('Dockerfile')
  .replace(/^\s*#.*\n/gm, '')
  .replace(/\\\n/g, ' ')
  .split('\n')
  .filter((line) => line.trim() !== '')

t.test('the compose file is one by the compose specification', async (t) => {
  // dclint carries the specification's JSON schema.
  const { $schema: _, ...schema } = JSON.parse(read('node_modules/dclint/schemas/compose.schema.json'))
  const ajv = new AjvDraft7({ allErrors: true, strict: false })
  addFormats(ajv)
  const validate = ajv.compile(schema)
  validate(parse(text, { merge: true }))
  t.same(validate.errors ?? [], [])

  const misspelt = parse(text.replace('healthcheck:', 'healthcheckk:'), { merge: true })
  t.notOk(validate(misspelt), 'a misspelt member would be found')
})

t.test('the migrations run to their end before the service starts, each under its own login', async (t) => {
  t.same(migrate.command, ['node', 'dist/cli.js', 'migrate'])
  t.equal(migrate.restart, 'no')
  t.equal(migrate.depends_on?.database?.condition, 'service_healthy')
  t.equal(service.depends_on?.migrate?.condition, 'service_completed_successfully')
  t.equal(service.image, migrate.image, 'the same build')
  t.equal(new URL(migrate.environment.DATABASE_URL ?? '').username, 'alongside_owner')
  t.equal(new URL(service.environment.DATABASE_URL ?? '').username, 'alongside_service')
  t.notOk(service.environment.MIGRATE, 'in production the service does not migrate')
})

t.test('a login of the service is no superuser and inherits nothing', async (t) => {
  const roles = compose.configs.roles.content
  const created = /create role alongside_service ([^;]*);/.exec(roles)?.[1] ?? ''
  t.match(created, /^login noinherit password :'service_password'$/)
  t.notMatch(roles, /\bsuperuser|(?<!no)bypassrls/)
  t.notMatch(roles, /\$/, 'compose would replace what follows a dollar sign')
  const guide = /```sql\n([\s\S]*?)```/.exec(read('docs/guides/deploy.md'))?.[1]
  t.equal(guide, roles, 'the guide shows the same statements')
})

t.test('every container is watched, restarted and held in bounds', async (t) => {
  t.match(database.healthcheck?.test, ['CMD', 'pg_isready'])
  t.ok(service.healthcheck && !service.healthcheck.disable && !service.healthcheck.test)
  t.ok(
    instructions.some((line) => /^HEALTHCHECK .*\/health\/ready/.test(line)),
    'the image has the check of the service',
  )
  for (const one of [database, service]) t.equal(one.restart, 'unless-stopped')
  for (const [name, one] of Object.entries(compose.services)) {
    t.match(one.deploy?.resources.limits.memory, /^\d+[MG]$/, `${name} has a memory limit`)
    t.same(one.security_opt, ['no-new-privileges:true'], name)
  }
  for (const one of [migrate, service]) {
    t.equal(one.read_only, true)
    t.same(one.tmpfs, ['/tmp'])
    t.same(one.cap_drop, ['ALL'])
  }
  t.same(database.volumes, ['database:/var/lib/postgresql'], 'where the image keeps data from version 18 on')
})

t.test('only this machine reaches a published port, and nothing reaches the database', async (t) => {
  const ports = Object.values(compose.services).flatMap((one) => one.ports ?? [])
  t.equal(ports.length, 1)
  for (const port of ports) t.match(port, /^127\.0\.0\.1:/)
  t.notOk(database.ports)
})

t.test('no secret has a default or stands in a file', async (t) => {
  const secret = /KEY|PASSWORD/
  const references = [...text.matchAll(/\$\{(\w+)([^}]*)\}/g)]
  t.ok(references.filter(([, name]) => secret.test(name ?? '')).length >= 5)
  for (const [, name = '', rest] of references)
    if (secret.test(name)) t.match(rest, /^:\?./, `${name} is demanded, with a hint`)
  for (const one of Object.values(compose.services))
    for (const [name, value] of Object.entries(one.environment))
      if (secret.test(name)) t.match(value, /^\$\{\w+:\?[^}]+\}$/, name)
  t.notOk(
    instructions.some((line) => /^(ENV|ARG) .*(KEY|PASSWORD|SECRET)/.test(line)),
    'the image knows none',
  )
  t.notMatch(read('.dockerignore'), /^!.*\.env/m)
})

t.test(
  'the image: the documented Node, not root, and nothing let into the build but what is copied',
  async (t) => {
    const bases = instructions.filter((line) => line.startsWith('FROM ')).map((line) => line.split(/\s+/)[1])
    t.ok(bases.length > 1)
    t.equal(new Set(bases).size, 1, 'what is built on one Node runs on the same')
    const major = /^node:(\d+)-bookworm-slim(@sha256:[0-9a-f]{64})?$/.exec(bases[0] ?? '')?.[1]
    t.match(read('docs/guides/deploy.md'), `Node ${major} `)

    const lastStage = instructions.slice(instructions.findLastIndex((line) => line.startsWith('FROM ')))
    t.same(
      lastStage.filter((line) => line.startsWith('USER ')),
      ['USER node'],
    )
    t.equal(lastStage.at(-1), 'CMD ["node", "dist/main.js"]')
    t.ok(instructions.includes('RUN npm prune --omit=dev'))
    t.ok(
      instructions.every((line) => !/npm (ci|install).*--ignore-scripts=false/.test(line)) &&
        /^ignore-scripts=true$/m.test(read('.npmrc')),
      'install scripts stay off',
    )

    const copied = instructions
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
      .flatMap((line) => line.split(/\s+/).slice(1, -1))
    const letIn = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1))
    t.same([...new Set(copied)].sort(), letIn.sort())
  },
)
