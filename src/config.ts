import { z } from 'zod'

const Port = z.coerce.number().int().min(0).max(65_535)

const MasterKey = z
  .string()
  .transform((key) => Buffer.from(key.trim(), 'base64'))
  .refine(({ length }) => length === 32, 'must be 32 bytes in base64: openssl rand -base64 32')

const Environment = z.object({
  NODE_ENV: z.enum(['development', 'production', 'test']).default('development'),
  HOST: z.string().default('127.0.0.1'),
  PORT: Port.default(3000),
  PUBLIC_URL: z.url().optional(),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
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
  DEMO: z.enum(['auto', 'off']).optional(),
  JOBS: z.enum(['auto', 'off']).default('auto'),
  LOG_LEVEL: z.enum(['silent', 'error', 'warn', 'info', 'debug']).optional(),
  GRAPHIQL: z.enum(['auto', 'off']).optional(),
  GRAPHQL_INTROSPECTION: z.enum(['auto', 'off']).default('auto'),
  GRAPHQL_DEPTH_MAX: z.coerce.number().int().min(3).max(50).default(15),
  GRAPHQL_COST_MAX: z.coerce.number().int().min(10).max(100_000).default(5_000),
  GRAPHQL_QUERIES_FILE: z.string().min(1).optional(),
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
  readonly demo: boolean
  readonly jobs: boolean
  readonly logLevel: string
  readonly accessTokenSeconds: number
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
    ? missingInProduction(parsed.data, needed)
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
    databasePoolSize: data.DATABASE_POOL_SIZE,
    databasePrepare: data.DATABASE_PREPARE === 'auto',
    dataDir: data.DATA_DIR,
    masterKey: data.MASTER_KEY,
    previousMasterKeys: data.MASTER_KEY_PREVIOUS ?? [],
    kmsModule: data.KMS_MODULE,
    migrate: data.MIGRATE ? data.MIGRATE === 'auto' : !production,
    demo: data.DEMO ? data.DEMO === 'auto' : embedded,
    jobs: data.JOBS === 'auto',
    logLevel: data.LOG_LEVEL ?? (production ? 'info' : 'warn'),
    accessTokenSeconds: data.ACCESS_TOKEN_SECONDS,
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
