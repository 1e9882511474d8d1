import { randomBytes, randomUUID } from 'node:crypto'
import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import type { Test } from 'tap'
import { buildApp, type Deps } from '../../src/app.ts'
import { createKeyring } from '../../src/core/keyring.ts'
import { localTargets, type Targets } from '../../src/core/targets.ts'
import type { Service } from '../../src/db/access.ts'
import type { GraphqlOptions } from '../../src/graphql/plugin.ts'
import { createBacklog } from '../../src/jobs/backlog.ts'
import { deliverDue } from '../../src/jobs/deliveries.ts'
import { networkIds } from '../../src/jobs/networks.ts'
import { orderOnce } from '../../src/jobs/sequencer.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { conforms } from './conforms.ts'
import { emptyDatabase } from './shared-database.ts'
import { storedFor } from './stored.ts'
import { createWorld, type Member, type World } from './world.ts'

export interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers freely; `conforms` holds their shape
  readonly body: any
  readonly headers: LightMyRequestResponse['headers']
}

export interface Api {
  readonly get: (path: string, headers?: Record<string, string>) => Promise<Answer>
  readonly post: (path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>
  readonly patch: (path: string, body: unknown, headers?: Record<string, string>) => Promise<Answer>
}

/** Receivers of tests are on this machine; names of samples have an address, so that no test asks the network. */
export const testTargets: Targets = {
  local: true,
  challenge: false,
  resolve: async (name) => (name.endsWith('.example') ? ['8.8.8.8'] : localTargets.resolve(name)),
}

const quiet = { debug() {}, info() {}, warn() {}, error() {} }

export type Started = Awaited<ReturnType<typeof startService>>

/** A Wednesday noon in Denver: business days around it are plain to count. */
export const wednesdayNoon = new Date('2026-11-18T19:00:00Z')

/**
 * The real service on an empty database, with business time in the test's hand. Every answer of /v1 is
 * held against the published OpenAPI document, whatever the test looks at.
 */
export async function startService(
  t: Test,
  {
    now = wednesdayNoon,
    accessTokenSeconds = 300,
    graphql = {},
    limits,
    targets = testTargets,
    measured = false,
    ...faces
  }: {
    now?: Date
    accessTokenSeconds?: number
    graphql?: Partial<GraphqlOptions>
    limits?: Deps['limits']
    targets?: Targets
    /** Measured as a process measures itself where METRICS_PORT is set. */
    measured?: boolean
  } & Pick<
    Partial<Deps>,
    'tracing' | 'connections' | 'followers' | 'trustedProxies' | 'corsOrigins' | 'logger'
  > = {},
) {
  const { database, owner } = await emptyDatabase()
  const service: Service = { database, keyring: createKeyring(randomBytes(32)), targets }
  let current = now
  const time = {
    now: () => current,
    set: (to: Date | string) => {
      current = new Date(to)
    },
    forward: ({ days = 0, hours = 0, minutes = 0 }: { days?: number; hours?: number; minutes?: number }) => {
      current = new Date(current.getTime() + ((days * 24 + hours) * 60 + minutes) * 60_000)
    },
  }
  const readBacklog = createBacklog(service, time)
  const metrics = measured ? createMetrics(database, readBacklog) : undefined
  if (metrics) t.teardown(() => metrics.stop())
  const app = await buildApp({
    service,
    readBacklog,
    metrics,
    time,
    publicUrl: () => 'http://alongside.test',
    accessTokenSeconds,
    graphql,
    ...(limits && { limits }),
    logger: false,
    ...faces,
  })
  await app.ready()
  t.teardown(() => app.close())

  async function inject(options: InjectOptions): Promise<Answer> {
    const reply = await app.inject(options)
    conforms(options, reply)
    const json = /json/.test(String(reply.headers['content-type'] ?? ''))
    return {
      status: reply.statusCode,
      body: json && reply.payload ? reply.json() : reply.payload,
      headers: reply.headers,
    }
  }

  function withToken(token: string): Api {
    const send = (
      method: 'GET' | 'POST' | 'PATCH',
      url: string,
      body?: unknown,
      headers: Record<string, string> = {},
    ) =>
      inject({
        method,
        url,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
    return {
      get: (path, headers) => send('GET', path, undefined, headers),
      post: (path, body, headers) => send('POST', path, body, headers),
      patch: (path, body, headers) => send('PATCH', path, body, headers),
    }
  }

  /** A client of one member of a world, with its usual scopes or these. */
  async function as(member: Member, scopes: readonly string[] = member.scopes): Promise<Api> {
    const { accessToken } = await app.issueToken({
      clientId: member.clientId,
      networkId: member.networkId,
      organizationId: member.organizationId,
      scopes,
    })
    return withToken(accessToken)
  }

  /** Rows as they are stored, past every wall. */
  const stored = <Row>(sql: string, parameters: unknown[] = []) => storedFor<Row>(owner, sql, parameters)

  /** Numbers what was committed, as the sequencer of a process does. */
  async function settle(): Promise<void> {
    for (const networkId of await networkIds(service))
      while ((await orderOnce({ service, time }, networkId)) !== 'done');
  }

  /** Sends what webhooks are due now, to its end, as a process does. */
  async function deliver(options: { attemptMs?: number; ca?: string } = {}): Promise<void> {
    await settle()
    for (const networkId of await networkIds(service))
      await deliverDue({ service, time, log: quiet, attemptMs: 5_000, ...options }, networkId)
    // What became of them may be news for others.
    await settle()
  }

  /** A token as a client of this member has it. */
  async function tokenOf({ clientId, networkId, organizationId, scopes }: Member): Promise<string> {
    return (await app.issueToken({ clientId, networkId, organizationId, scopes })).accessToken
  }

  return {
    app,
    metrics,
    readBacklog,
    settle,
    deliver,
    tokenOf,
    service,
    time,
    owner,
    inject,
    withToken,
    as,
    stored,
    createWorld: (): Promise<World> => createWorld(service, current),
    unknownId: () => randomUUID().replace(/^(.{14})./, '$17'),
  }
}
