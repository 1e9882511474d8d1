import { isIP } from 'node:net'
import { z } from 'zod'

const Port = z.coerce.number().int().min(0).max(65_535)

const MasterKey = z
  .string()
  .transform((key) => Buffer.from(key.trim(), 'base64'))
  .refine(({ length }) => length === 32, 'must be 32 bytes in base64: openssl rand -base64 32')

/** `loopback`, `linklocal`, `uniquelocal`, addresses and networks. Never "everybody": then callers would name themselves. */
const TrustedProxies = z
  .string()
  .transform((text) => text.split(',').map((one) => one.trim()))
  .refine(
    (all) => all.every((one) => /^(loopback|linklocal|uniquelocal)$/.test(one) || isNetwork(one)),
    'must be addresses or networks, comma-separated: 10.0.0.0/8, loopback, linklocal, uniquelocal',
  )

function isNetwork(text: string): boolean {
  const [address = '', length, ...more] = text.split('/')
  const version = isIP(address)
  return (
    version > 0 &&
    more.length === 0 &&
    (length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= (version === 4 ? 32 : 128)))
  )
}

/** As browsers send them: scheme, host and port, and nothing else. No `*`: an answer is for those who are named. */
const Origins = z
  .string()
  .transform((text) => text.split(',').map((one) => one.trim()))
  .refine(
    (all) => all.every((one) => /^https?:/.test(one) && URL.canParse(one) && new URL(one).origin === one),
    'must be origins such as https://portal.example.org, comma-separated',
  )

const Environment = z.object({
  NODE_ENV: z.enum(['development', 'production', 'test']).default('development'),
  HOST: z.string().default('127.0.0.1'),
  PORT: Port.default(3000),
  PUBLIC_URL: z.url().optional(),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  DATABASE_SESSION_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  DATABASE_READ_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  DATABASE_READ_WAIT_MS: z.coerce.number().int().min(0).max(5_000).default(50),
  DATABASE_POOL_SIZE: z.coerce.number().int().min(1).max(200).default(10),
  DATABASE_PREPARE: z.enum(['auto', 'off']).default('auto'),
  DATA_DIR: z.string().min(1).default('data'),
  MASTER_KEY: MasterKey.optional(),
  MASTER_KEY_PREVIOUS: z
    .string()
    .transform((keys) => keys.split(','))
    .pipe(z.array(MasterKey).max(10))
    .optional(),
  KMS_MODULE: z.string().min(1).optional(),
  MIGRATE: z.enum(['auto', 'off']).optional(),
  SCHEMA_AHEAD: z.enum(['refuse', 'serve']).default('refuse'),
  DEMO: z.enum(['auto', 'off']).optional(),
  JOBS: z.enum(['auto', 'off']).default('auto'),
  // Longer than webhooks are tried again, and than a reader is away over a holiday.
  EVENT_RETENTION_DAYS: z.coerce.number().int().min(7).max(36_500).optional(),
  EVENT_ARCHIVE: z.string().min(1).optional(),
  LOG_LEVEL: z.enum(['silent', 'error', 'warn', 'info', 'debug']).optional(),
  GRAPHIQL: z.enum(['auto', 'off']).optional(),
  GRAPHQL_INTROSPECTION: z.enum(['auto', 'off']).default('auto'),
  GRAPHQL_DEPTH_MAX: z.coerce.number().int().min(3).max(50).default(15),
  GRAPHQL_COST_MAX: z.coerce.number().int().min(10).max(100_000).default(5_000),
  GRAPHQL_QUERIES_FILE: z.string().min(1).optional(),
  METRICS_PORT: Port.optional(),
  METRICS_HOST: z.string().min(1).optional(),
  OTEL_SDK_DISABLED: z.string().optional(),
  OTEL_TRACES_EXPORTER: z.string().optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: z.string().optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: z.string().optional(),
  OTEL_EXPORTER_OTLP_PROTOCOL: z.string().optional(),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: z.string().optional(),
  TRUST_PROXY: TrustedProxies.optional(),
  CORS_ORIGINS: Origins.optional(),
  MAX_CONNECTIONS: z.coerce.number().int().min(10).max(100_000).default(5_000),
  RATE_LIMIT_ADDRESS: z.coerce.number().int().min(0).max(10_000_000).default(600),
  EVENT_LOOP_DELAY_MAX: z.coerce.number().int().min(0).max(60_000).default(1_000),
  RATE_LIMIT_CLIENT: z.coerce.number().int().min(0).max(10_000_000).default(3_000),
  RATE_LIMIT_NETWORK: z.coerce.number().int().min(0).max(10_000_000).default(30_000),
  REDIS_URL: z.url({ protocol: /^rediss?$/ }).optional(),
  WEBHOOK_TARGETS: z.enum(['public', 'local']).optional(),
  WEBHOOK_VERIFICATION: z.enum(['challenge', 'answer']).optional(),
  WEBHOOK_LOG_DAYS: z.coerce.number().int().min(1).max(400).default(30),
  ACCESS_TOKEN_SECONDS: z.coerce.number().int().min(30).max(900).default(300),
})

export interface Config {
  readonly production: boolean
  readonly host: string
  readonly port: number
  /** Absent: made from the port that is listened on. */
  readonly publicUrl: string | undefined
  /** Absent: the embedded database under `dataDir`. */
  readonly databaseUrl: string | undefined
  /** The same database past a pooler: for what holds as long as its connection does. Absent: `databaseUrl` is no pooler. */
  readonly databaseSessionUrl: string | undefined
  /** A streaming replica, and how long a read waits for it to catch up. */
  readonly databaseRead: { readonly url: string; readonly waitMs: number } | undefined
  readonly databasePoolSize: number
  /** Statements that come again are prepared on their connection. */
  readonly databasePrepare: boolean
  readonly dataDir: string
  readonly masterKey: Buffer | undefined
  /** Opened under, never written under: the keys before `masterKey`, or the one to come. */
  readonly previousMasterKeys: readonly Buffer[]
  /** A module that wraps keys with a key management service. */
  readonly kmsModule: string | undefined
  readonly migrate: boolean
  /** Serves also from a database that a newer version has migrated. */
  readonly schemaMayBeAhead: boolean
  readonly demo: boolean
  readonly jobs: boolean
  /** How long events stay in the log, and the folder to which they go, if to one. Absent: for ever. */
  readonly eventRetention: { readonly days: number; readonly archive: string | undefined } | undefined
  readonly logLevel: string
  readonly accessTokenSeconds: number
  /** Requests a minute, of one client, of all clients of a network, and of one address without a token; 0 is no limit. */
  readonly rateLimits: { readonly client: number; readonly network: number; readonly address: number }
  /** Milliseconds of delay of the event loop from which on requests are turned away; 0: never for that. */
  readonly eventLoopDelayMaxMs: number
  /** Where metrics are served. Absent: nowhere, and nothing is measured. */
  readonly metrics: { readonly host: string; readonly port: number } | undefined
  /** Where traces go. Absent: nowhere, and nothing is traced. */
  readonly tracing: { readonly protocol: TracingProtocol } | undefined
  /** Whose word on the address of a caller is taken. */
  readonly trustedProxies: readonly string[] | undefined
  /** Whose pages may call the service from a browser. */
  readonly corsOrigins: readonly string[]
  readonly connectionsMax: number
  /** Where processes count requests together. */
  readonly redisUrl: string | undefined
  readonly webhooks: {
    /** Also http, this machine and private networks. */
    readonly local: boolean
    /** A receiver has to repeat a word before anything else is sent to it. */
    readonly challenge: boolean
    readonly logDays: number
  }
  readonly graphql: {
    readonly graphiql: boolean
    readonly introspection: boolean
    readonly depthMax: number
    readonly costMax: number
    /** Names the queries that are answered, and no others are. Absent: every query is. */
    readonly queriesFile: string | undefined
  }
}

/** What a command must be told in production: the migrator, for one, needs no key. */
type Needed = readonly ('DATABASE_URL' | 'MASTER_KEY' | 'PUBLIC_URL')[]

const neededToServe: Needed = ['DATABASE_URL', 'MASTER_KEY', 'PUBLIC_URL']

/** Reads the environment once, and names every fault of it at once. */
export function readConfig(env: NodeJS.ProcessEnv, needed: Needed = neededToServe): Config {
  const parsed = Environment.safeParse(env)
  const faults = parsed.success
    ? [
        ...missingInProduction(parsed.data, needed),
        ...weakInProduction(parsed.data),
        ...missingBesideOthers(parsed.data),
        ...unknownTracing(parsed.data),
      ]
    : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  if (!parsed.success || faults.length > 0)
    throw new Error(`The configuration is not usable:\n  ${faults.join('\n  ')}`)
  const { data } = parsed
  const production = data.NODE_ENV === 'production'
  const embedded = data.DATABASE_URL === undefined
  return {
    production,
    host: data.HOST,
    port: data.PORT,
    publicUrl: data.PUBLIC_URL?.replace(/\/$/, ''),
    databaseUrl: data.DATABASE_URL,
    databaseSessionUrl: data.DATABASE_SESSION_URL,
    databaseRead:
      data.DATABASE_READ_URL === undefined
        ? undefined
        : { url: data.DATABASE_READ_URL, waitMs: data.DATABASE_READ_WAIT_MS },
    databasePoolSize: data.DATABASE_POOL_SIZE,
    databasePrepare: data.DATABASE_PREPARE === 'auto',
    dataDir: data.DATA_DIR,
    masterKey: data.MASTER_KEY,
    previousMasterKeys: data.MASTER_KEY_PREVIOUS ?? [],
    kmsModule: data.KMS_MODULE,
    migrate: data.MIGRATE ? data.MIGRATE === 'auto' : !production,
    schemaMayBeAhead: data.SCHEMA_AHEAD === 'serve',
    demo: data.DEMO ? data.DEMO === 'auto' : embedded,
    jobs: data.JOBS === 'auto',
    eventRetention: retentionOf(data),
    logLevel: data.LOG_LEVEL ?? (production ? 'info' : 'warn'),
    accessTokenSeconds: data.ACCESS_TOKEN_SECONDS,
    rateLimits: {
      client: data.RATE_LIMIT_CLIENT,
      network: data.RATE_LIMIT_NETWORK,
      address: data.RATE_LIMIT_ADDRESS,
    },
    eventLoopDelayMaxMs: data.EVENT_LOOP_DELAY_MAX,
    metrics:
      data.METRICS_PORT === undefined
        ? undefined
        : { host: data.METRICS_HOST ?? data.HOST, port: data.METRICS_PORT },
    tracing: tracingOf(data),
    trustedProxies: data.TRUST_PROXY,
    corsOrigins: data.CORS_ORIGINS ?? [],
    connectionsMax: data.MAX_CONNECTIONS,
    redisUrl: data.REDIS_URL,
    webhooks: {
      local: data.WEBHOOK_TARGETS ? data.WEBHOOK_TARGETS === 'local' : !production,
      challenge: data.WEBHOOK_VERIFICATION ? data.WEBHOOK_VERIFICATION === 'challenge' : production,
      logDays: data.WEBHOOK_LOG_DAYS,
    },
    graphql: {
      graphiql: data.GRAPHIQL ? data.GRAPHIQL === 'auto' : !production,
      introspection: data.GRAPHQL_INTROSPECTION === 'auto',
      depthMax: data.GRAPHQL_DEPTH_MAX,
      costMax: data.GRAPHQL_COST_MAX,
      queriesFile: data.GRAPHQL_QUERIES_FILE,
    },
  }
}

/** What has a safe default for trying has none for production. */
function missingInProduction(data: z.output<typeof Environment>, needed: Needed): string[] {
  if (data.NODE_ENV !== 'production') return []
  return needed
    .filter((name) => data[name] === undefined && !(name === 'MASTER_KEY' && data.KMS_MODULE))
    .map((name) => `${name}: required when NODE_ENV is production`)
}

/** Of 32 random bytes far more than these differ, and hardly ever are all of them letters that somebody typed. */
const differingMin = 16
const isTyped = (key: Buffer) => key.every((byte) => byte >= 0x20 && byte < 0x7f)

function weakInProduction({ NODE_ENV, MASTER_KEY }: z.output<typeof Environment>): string[] {
  if (NODE_ENV !== 'production' || MASTER_KEY === undefined) return []
  return new Set(MASTER_KEY).size < differingMin || isTyped(MASTER_KEY)
    ? ['MASTER_KEY: was not made at random, and could be guessed: openssl rand -base64 32']
    : []
}

/**
 * Events do not leave without a copy because somebody forgot to name a folder; and nobody believes that the embedded
 * database has a replica.
 */
function missingBesideOthers(data: z.output<typeof Environment>): string[] {
  const faults: string[] = []
  if (data.EVENT_RETENTION_DAYS !== undefined && data.EVENT_ARCHIVE === undefined)
    faults.push('EVENT_ARCHIVE: required beside EVENT_RETENTION_DAYS: a folder, or none')
  for (const name of ['DATABASE_SESSION_URL', 'DATABASE_READ_URL'] as const)
    if (data[name] !== undefined && data.DATABASE_URL === undefined)
      faults.push(`${name}: means nothing without DATABASE_URL`)
  return faults
}

export type TracingProtocol = 'http/protobuf' | 'http/json'

/** By the variables of OpenTelemetry. What else of theirs is set its own library reads; see docs/guides/operate.md. */
function tracingOf(data: z.output<typeof Environment>): Config['tracing'] {
  const endpoint = data.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT || data.OTEL_EXPORTER_OTLP_ENDPOINT
  const exporter = data.OTEL_TRACES_EXPORTER || 'otlp'
  if (!endpoint || exporter === 'none' || data.OTEL_SDK_DISABLED?.toLowerCase() === 'true') return undefined
  const asked = data.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL || data.OTEL_EXPORTER_OTLP_PROTOCOL
  return { protocol: asked === 'http/json' ? 'http/json' : 'http/protobuf' }
}

/** Refused rather than left out: an operator who asked for traces is not to find out in an incident that there are none. */
function unknownTracing(data: z.output<typeof Environment>): string[] {
  const protocols = ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL'] as const
  const known = ['', 'http/protobuf', 'http/json']
  return [
    ...protocols
      .filter((name) => !known.includes(data[name] ?? ''))
      .map((name) => `${name}: must be http/protobuf or http/json`),
    ...(['', 'otlp', 'none'].includes(data.OTEL_TRACES_EXPORTER ?? '')
      ? []
      : ['OTEL_TRACES_EXPORTER: must be otlp or none']),
  ]
}

function retentionOf({
  EVENT_RETENTION_DAYS: days,
  EVENT_ARCHIVE: archive,
}: z.output<typeof Environment>): Config['eventRetention'] {
  return days === undefined ? undefined : { days, archive: archive === 'none' ? undefined : archive }
}
