import { readFile } from 'node:fs/promises'
import closeWithGrace from 'close-with-grace'
import { buildApp, type Deps } from './app.ts'
import { type OpenService, openService } from './bootstrap.ts'
import { type Config, readConfig } from './config.ts'
import { systemTime } from './core/clock.ts'
import { ensureDemo } from './demo/demo.ts'
import { wordsOf } from './failure.ts'
import { readKnownQueries } from './graphql/persisted.ts'
import { type Background, startHearing, startWorking } from './jobs/background.ts'
import { createBacklog, type ReadBacklog } from './jobs/backlog.ts'
import { loggerOptions, logLines } from './log.ts'
import { whenReachable } from './waiting.ts'

/** Requests under way get this long to finish after a signal. */
const drainMs = 10_000
/** Jobs under way get less: what is not done by then must still be handed back to the queue. */
const drainJobsMs = 8_000

/** The process: configuration, database, app, listen, demo, jobs, close on signal. */
export async function serve(config: Config): Promise<void> {
  // Before the first connection: what is traced has to be known when it is made.
  const tracing = await trace(config)
  const opened = await reached(config, () => openService(config, { serves: true }))
  const readBacklog = createBacklog(opened.service, systemTime)
  const measured = await measure(config, opened, readBacklog)
  const watched = { readBacklog, metrics: measured?.metrics, tracing }
  const { app, url } = await listen(config, opened, watched).catch(async (error: unknown) => {
    await measured?.stop()
    throw error
  })
  const deps = { service: opened.service, time: systemTime, log: app.log, retention: config.eventRetention }
  const hearing = startHearing(deps, { works: config.jobs })
  let working: Background | undefined
  closeWithGrace({ delay: drainMs }, async ({ err }) => {
    if (err) app.log.error({ err }, 'closing after an error')
    await Promise.all([app.close(), working?.stop(drainJobsMs), hearing.stop(drainJobsMs)])
    // To the last: how a process ends is measured too.
    await measured?.stop()
    await opened.close()
    await tracing?.stop()
  })
  const demo = config.demo
    ? await ensureDemo(opened.service, systemTime.now(), { baseUrl: url, dataDir: config.dataDir })
    : undefined
  // After the demo: its past is told with the clock turned back, and a sweep would find everything in it overdue.
  if (config.jobs) working = await reached(config, () => startWorking(deps))
  say(
    `Alongside is ready at ${url} (${config.databaseUrl === undefined ? `embedded database in ${config.dataDir}` : 'PostgreSQL'})`,
  )
  if (measured) say(`Metrics        http://${config.metrics?.host}:${measured.port}/metrics`)
  say(`Documentation  ${url}/docs    Contract  ${url}/openapi.json    Graph  ${url}/schema.graphql`)
  if (demo) {
    say(`Demo clients   ${demo.credentialsPath}`)
    say('See the whole story with: npm run example. Or create a referral now:')
    say(demo.curl)
  }
}

/** Loaded only where traces have somewhere to go. */
async function trace(config: Config) {
  if (!config.tracing) return undefined
  const { startTracing } = await import('./telemetry/tracing.ts')
  return startTracing(config.tracing)
}

/** What Prometheus asks for, on a port of its own, before the service takes its first request. */
async function measure(config: Config, { service, close }: OpenService, readBacklog: ReadBacklog) {
  if (!config.metrics) return undefined
  const { createMetrics } = await import('./telemetry/metrics.ts')
  const { serveMetrics } = await import('./telemetry/server.ts')
  const metrics = createMetrics(service.database, readBacklog)
  const server = await serveMetrics(metrics.registry, config.metrics).catch(async (error: unknown) => {
    await close()
    throw error
  })
  return {
    metrics,
    port: server.port,
    stop: async () => {
      metrics.stop()
      await server.stop()
    },
  }
}

async function listen(
  config: Config,
  { service, close }: OpenService,
  watched: Pick<Deps, 'readBacklog' | 'metrics' | 'tracing'>,
) {
  let url = config.publicUrl ?? `http://localhost:${config.port}`
  const app = await buildApp({
    service,
    time: systemTime,
    publicUrl: () => url,
    accessTokenSeconds: config.accessTokenSeconds,
    graphql: await graphqlOf(config),
    limits: {
      requestsPerMinute: config.rateLimits,
      redisUrl: config.redisUrl,
      shedsLoad: true,
      eventLoopDelayMaxMs: config.eventLoopDelayMaxMs,
    },
    logger: { ...loggerOptions(config.logLevel), stream: logLines() },
    connections: { max: config.connectionsMax },
    trustedProxies: config.trustedProxies,
    corsOrigins: config.corsOrigins,
    schemaMayBeAhead: config.schemaMayBeAhead,
    ...watched,
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

/** The engine inside this process is there at once, or not at all. */
function reached<T>({ databaseUrl }: Config, open: () => Promise<T>): Promise<T> {
  return databaseUrl === undefined ? open() : whenReachable(open, complain)
}

function say(line: string) {
  process.stdout.write(`${line}\n`)
}

function complain(line: string) {
  process.stderr.write(`${line}\n`)
}

if (import.meta.filename === process.argv[1]) {
  try {
    await serve(readConfig(process.env))
  } catch (error) {
    complain(wordsOf(error))
    process.exit(1)
  }
}
