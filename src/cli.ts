#!/usr/bin/env node
import { realpathSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { Command, InvalidArgumentError, Option } from 'commander'
import { printSchema } from 'graphql'
import { type OpenService, openDatabase, openService } from './bootstrap.ts'
import { type Config, readConfig } from './config.ts'
import { type Ctx, type Scope, scopes } from './core/context.ts'
import { Id } from './core/id.ts'
import { openContext } from './db/access.ts'
import { migrate } from './db/migrate.ts'
import { ensureDemo } from './demo/demo.ts'
import type { Verification } from './domains/audit/contract.ts'
import { verifyAuditEvents } from './domains/audit/service.ts'
import { createClient, listClients, revokeClient, rotateClientSecret } from './domains/clients/service.ts'
import { organizationKinds } from './domains/organizations/contract.ts'
import { createNetwork, listNetworks } from './domains/organizations/network.ts'
import { createOrganization, listOrganizations } from './domains/organizations/service.ts'
import { accessTokens, credentials, rotateSigningKey } from './domains/tokens/keys.ts'
import { wordsOf } from './failure.ts'
import { createSchema } from './graphql/schema.ts'
import { rewrapAll } from './jobs/rewrap.ts'
import { serve } from './main.ts'
import { createOpenApi } from './rest/openapi.ts'

/** In the audit trail, what the operator did at the command line stands under no organization and no client. */
const operator = '00000000-0000-0000-0000-000000000000'

/** The network that a command is about. */
const ofNetwork = ['--network <id>', 'which network: see alongside network list', toId] as const

export const program = new Command('alongside')
  .description('A headless mentorship service for addiction treatment.')
  // Before there are commands, which take it over.
  .showHelpAfterError('Add --help to see how it is called.')
  .addHelpText(
    'after',
    `
Configuration is read from the environment: DATABASE_URL, MASTER_KEY, PUBLIC_URL, PORT, HOST, DATA_DIR, LOG_LEVEL …
(docs/guides/configuration.md, or /docs of a running service). Without DATABASE_URL the embedded database under DATA_DIR is used, which one process
at a time can open: stop the service first, or use the API (/v1/clients).

alongside <command> --help says what a command takes.`,
  )

program
  .command('serve')
  .description('Run the service; without DATABASE_URL on an embedded database, with a demo network')
  .action(() => serve(readConfig(process.env)))

program
  .command('migrate')
  .description('Bring the database to this version, and stop; needs no MASTER_KEY')
  .action(async () => {
    const { database, close } = await openDatabase(readConfig(process.env, ['DATABASE_URL']))
    try {
      const applied = await migrate(database)
      say(
        applied.length > 0
          ? `Applied ${applied.join(', ')}`
          : 'Nothing to apply: the database is at this version',
      )
    } finally {
      await close()
    }
  })

program
  .command('demo')
  .description('Make the demo network, if the database is empty')
  .action(() =>
    withService(async ({ service }, config) => {
      const baseUrl = config.publicUrl ?? `http://localhost:${config.port}`
      const demo = await ensureDemo(service, new Date(), { baseUrl, dataDir: config.dataDir })
      say(
        demo
          ? `Demo clients: ${demo.credentialsPath}`
          : 'The database is not empty and holds no demo network',
      )
    }),
  )

const network = program.command('network').description('Networks: tenants between which nothing ever crosses')
network
  .command('create')
  .argument('<name>', 'what it is called')
  .description('Add a network')
  .action((name: string) =>
    withService(async ({ service }) => say(await createNetwork(service, name, new Date()))),
  )
network
  .command('list')
  .description('List the networks')
  .action(() => withService(async ({ service }) => print(await listNetworks(service))))

const organization = program.command('organization').description('The members of a network')
organization
  .command('create')
  .argument('<name>', 'what it is called')
  .description('Add an organization')
  .requiredOption(...ofNetwork)
  .addOption(new Option('--kind <kind>', 'what it is').choices(organizationKinds).makeOptionMandatory())
  .option('--time-zone <name>', 'IANA time zone of its business days', 'America/New_York')
  .action((name: string, { network: id, kind, timeZone }: Record<string, string>) =>
    asOperator(id, async (ctx) => print(await createOrganization(ctx, { name, kind, timeZone }))),
  )
organization
  .command('list')
  .description('List the organizations of a network')
  .requiredOption(...ofNetwork)
  .action(({ network: id }: Record<string, string>) =>
    asOperator(id, async (ctx) => print((await listOrganizations(ctx, { limit: 100 })).data)),
  )

const client = program.command('client').description('API clients of an organization')
client
  .command('create')
  .argument('<name>', 'what it is called')
  .description('Add a client; its secret is shown this once')
  .requiredOption(...ofNetwork)
  .requiredOption('--organization <id>', 'whose client it is: see alongside organization list', toId)
  .requiredOption('--scopes <scopes>', `blank-separated, of: ${scopes.join(' ')}`, toScopes)
  .action((name: string, options: { network: string; organization: string; scopes: Scope[] }) =>
    asOperator(options.network, async (ctx) =>
      print(await createClient(ctx, { name, organizationId: options.organization, scopes: options.scopes })),
    ),
  )
client
  .command('list')
  .description('List the clients of a network, newest first')
  .requiredOption(...ofNetwork)
  .option('--organization <id>', 'of this organization only', toId)
  .action(({ network: id, organization: organizationId }: Record<string, string>) =>
    asOperator(id, async (ctx) => print((await listClients(ctx, { organizationId, limit: 100 })).data)),
  )
client
  .command('rotate-secret')
  .argument('<id>', 'of the client: see alongside client list', toId)
  .description('Give a client a new secret; the ones before stay good for a while')
  .requiredOption(...ofNetwork)
  .option('--overlap-seconds <seconds>', 'how long the secrets before stay good', toInteger, 86_400)
  .action((id: string, options: { network: string; overlapSeconds: number }) =>
    asOperator(options.network, async (ctx) =>
      print(await rotateClientSecret(ctx, { id, overlapSeconds: options.overlapSeconds })),
    ),
  )
client
  .command('revoke')
  .argument('<id>', 'of the client: see alongside client list', toId)
  .description('Take a client’s access away')
  .requiredOption(...ofNetwork)
  .action((id: string, { network: networkId }: Record<string, string>) =>
    asOperator(networkId, async (ctx) => print(await revokeClient(ctx, { id }))),
  )

const keys = program.command('keys').description('Keys that sign access tokens, and keys that seal')
keys
  .command('rewrap')
  .description('Wrap the keys of all persons under the present master key, and seal what is still plain')
  .action(() =>
    withService(async ({ service }) => {
      const { rewrapped, sealed } = await rewrapAll(service, new Date())
      say(`Wrapped ${rewrapped} keys anew and sealed ${sealed} rows`)
    }),
  )
keys
  .command('rotate')
  .description('Publish a new key, which signs from two minutes later on; no token and no credential fails')
  .option('--credentials', 'the keys of recognition credentials instead of those of access tokens')
  .action(({ credentials: ofCredentials }: { credentials?: true }) =>
    withService(async ({ service }) =>
      say(await rotateSigningKey(service, new Date(), ofCredentials ? credentials : accessTokens)),
    ),
  )

program
  .command('audit')
  .description('The audit trail and the disclosure ledger')
  .command('verify')
  .description('Recompute the hash chain of a network from its first link; exits with 1 where it is broken')
  .requiredOption(...ofNetwork)
  .option('--head <position:hash>', 'where the chain stood once, as the log or an earlier answer said')
  .action(({ network: id, head }: { network: string; head?: string }) =>
    asOperator(id, async (ctx) => {
      const verified = await verifyWhole(ctx, head)
      print(verified)
      if (!verified.valid) process.exitCode = 1
    }),
  )

program
  .command('openapi')
  .argument('[file]', 'where to write it')
  .description('Print the OpenAPI document, or write it to a file; needs no database')
  .action(async (file?: string) => {
    const document = createOpenApi('http://localhost:3000')
    // Written only once it is whole: a shell would have emptied the file before anything could fail.
    await (file === undefined ? print(document) : writeFile(file, `${JSON.stringify(document, null, 2)}\n`))
  })

program
  .command('graphql')
  .argument('[file]', 'where to write it')
  .description('Print the GraphQL schema, or write it to a file; needs no database')
  .action(async (file?: string) => {
    const text = `${printSchema(createSchema())}\n`
    await (file === undefined ? say(text) : writeFile(file, text))
  })

async function withService(work: (opened: OpenService, config: Config) => Promise<void>): Promise<void> {
  const config = readConfig(process.env)
  const opened = await openService(config)
  try {
    await work(opened, config)
  } finally {
    await opened.close()
  }
}

function asOperator(networkId: string | undefined, work: (ctx: Ctx) => Promise<void>): Promise<void> {
  return withService(({ service }) => {
    const caller = {
      networkId: networkId ?? '',
      organizationId: operator,
      clientId: operator,
      scopes: new Set(scopes),
    }
    return work(openContext(service, caller, { requestId: 'cli', face: 'cli', now: new Date() }))
  })
}

/** Part by part, and up to the head that was kept elsewhere: the chain has to stand there as it did. */
async function verifyWhole(ctx: Ctx, head: string | undefined): Promise<Verification> {
  let checked = 0
  let from = 1
  for (;;) {
    const part = await verifyAuditEvents(ctx, { from, head })
    checked += part.checked
    if (part.nextFrom === null) return { ...part, checked }
    from = part.nextFrom
  }
}

function toScopes(text: string): Scope[] {
  const wanted = text.trim().split(/\s+/)
  const unknown = wanted.filter((scope) => !(scopes as readonly string[]).includes(scope))
  if (unknown.length > 0) throw new InvalidArgumentError(`There is no scope ${unknown.join(', ')}.`)
  return scopes.filter((scope) => wanted.includes(scope))
}

function toId(text: string): string {
  const id = Id.safeParse(text)
  if (!id.success) throw new InvalidArgumentError('Expected an id, as the lists print it.')
  return id.data
}

function toInteger(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('Expected whole seconds.')
  return Number(text)
}

function say(line: string) {
  process.stdout.write(`${line}\n`)
}

function print(value: unknown) {
  say(JSON.stringify(value, null, 2))
}

// By the file itself, or by the link that npm makes to it.
if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === import.meta.filename)
  await program.parseAsync().catch((error: unknown) => {
    process.stderr.write(`${wordsOf(error)}\n`)
    process.exitCode = 1
  })
