import { readFile } from 'node:fs/promises'
import closeWithGrace from 'close-with-grace'
import { buildApp } from './app.ts'
import { type OpenService, openService } from './bootstrap.ts'
import { type Config, readConfig } from './config.ts'
import { systemTime } from './core/clock.ts'
import { ensureDemo } from './demo/demo.ts'
import { readKnownQueries } from './graphql/persisted.ts'
import { type Background, startHearing, startWorking } from './jobs/background.ts'
import { loggerOptions } from './log.ts'

/** Requests under way get this long to finish after a signal. */
const drainMs = 10_000
/** Jobs under way get less: what is not done by then must still be handed back to the queue. */
const drainJobsMs = 8_000

/** The process: configuration, database, app, listen, demo, jobs, close on signal. */
export async function serve(config: Config): Promise<void> {
  const opened = await openService(config)
  const { app, url } = await listen(config, opened)
  const deps = { service: opened.service, time: systemTime, log: app.log }
  const hearing = startHearing(deps, { works: config.jobs })
  let working: Background | undefined
  closeWithGrace({ delay: drainMs }, async ({ err }) => {
    if (err) app.log.error({ err }, 'closing after an error')
    await Promise.all([app.close(), working?.stop(drainJobsMs), hearing.stop(drainJobsMs)])
    await opened.close()
  })
  const demo = config.demo
    ? await ensureDemo(opened.service, systemTime.now(), { baseUrl: url, dataDir: config.dataDir })
    : undefined
  // After the demo: its past is told with the clock turned back, and a sweep would find everything in it overdue.
  if (config.jobs) working = await startWorking(deps)
  say(
    `Alongside is ready at ${url} (${config.databaseUrl === undefined ? `embedded database in ${config.dataDir}` : 'PostgreSQL'})`,
  )
  say(`Documentation  ${url}/docs    Contract  ${url}/openapi.json    Graph  ${url}/schema.graphql`)
  if (demo) {
    say(`Demo clients   ${demo.credentialsPath}`)
    say('See the whole story with: npm run example. Or create a referral now:')
    say(demo.curl)
  }
}

async function listen(config: Config, { service, close }: OpenService) {
  let url = config.publicUrl ?? `http://localhost:${config.port}`
  const app = await buildApp({
    service,
    time: systemTime,
    publicUrl: () => url,
    accessTokenSeconds: config.accessTokenSeconds,
    graphql: await graphqlOf(config),
    logger: loggerOptions(config.logLevel),
  })
  try {
    const address = await app.listen({ host: config.host, port: config.port })
    url = config.publicUrl ?? `http://localhost:${new URL(address).port}`
    return { app, url }
  } catch (error) {
    await close()
    throw error
  }
}

async function graphqlOf({ graphql: { queriesFile, ...options } }: Config) {
  if (queriesFile === undefined) return options
  return { ...options, knownQueries: readKnownQueries(await readFile(queriesFile, 'utf8')) }
}

function say(line: string) {
  process.stdout.write(`${line}\n`)
}

if (import.meta.filename === process.argv[1]) {
  try {
    await serve(readConfig(process.env))
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exit(1)
  }
}
