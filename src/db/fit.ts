import { sql } from 'drizzle-orm'
import { asAuthenticator } from './access.ts'
import type { Database } from './client.ts'
import { type Migration, readMigrations } from './migrate.ts'

export interface Fitness {
  /** The login passes row-level security or owns what it guards: the walls would not bind whoever slipped past a role. */
  readonly login: 'plain' | 'any'
  /** Whether a database may be ahead of this version: while it goes, or after it was called back. */
  readonly mayBeAhead: boolean
}

/** Refuses to serve from a database that is not this version's, or by a login that no wall binds, and says what to do. */
export async function refuseUnfit(database: Database, { login, mayBeAhead }: Fitness): Promise<void> {
  const [faultOfLogin, migrations, applied] = await Promise.all([
    login === 'plain' ? loginFault(database) : undefined,
    readMigrations(),
    readApplied(database),
  ])
  const fault = faultOfLogin ?? schemaFault(migrations, applied, mayBeAhead)
  if (fault !== undefined) throw new Error(fault)
}

async function loginFault({ pool }: Database): Promise<string | undefined> {
  const { rows } = await pool.query<{ name: string; passes: boolean; owns: boolean }>(`
    select rolname as name, rolsuper or rolbypassrls as passes,
           exists (select from pg_class where relowner = r.oid and relkind in ('r', 'p')
                   and relnamespace in (select oid from pg_namespace where nspname in ('public', 'pgboss'))) as owns
    from pg_roles r where rolname = session_user`)
  const [role] = rows
  const advice = 'Use a login that owns nothing: see docs/guides/deploy.md, "The roles of the database".'
  if (role?.passes)
    return `DATABASE_URL: the login ${role.name} passes row-level security, so that no wall would bind it. ${advice}`
  if (role?.owns)
    return `DATABASE_URL: the login ${role.name} owns the tables, and could take their walls down. ${advice}`
  return undefined
}

/** Undefined: before the migration that lets a service look. */
async function readApplied(database: Database): Promise<ReadonlySet<string> | undefined> {
  try {
    return await asAuthenticator(database, undefined, async ({ db }) => {
      const { rows } = await db.execute<{ name: string }>(sql`select name from schema_migrations`)
      return new Set(rows.map(({ name }) => name))
    })
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    const { code = '' } = cause as { code?: string }
    // No table, no right to it, no such role, and nobody who may take it.
    if (['42P01', '42501', '42704', '22023'].includes(code)) return undefined
    throw error
  }
}

/** Where the schema stands beside the migrations that this code brings. */
export type SchemaLevel = 'same' | 'older' | 'newer'

/** The migrations of this code, asked of the disk once. */
let own: Promise<readonly Migration[]> | undefined

/** One that lacks some is older, whatever else it has. */
export async function schemaLevel(database: Database): Promise<SchemaLevel> {
  own ??= readMigrations()
  const [migrations, applied] = await Promise.all([own, readApplied(database)])
  if (migrations.some(({ name }) => !applied?.has(name))) return 'older'
  return applied && applied.size > migrations.length ? 'newer' : 'same'
}

function schemaFault(
  migrations: readonly Migration[],
  applied: ReadonlySet<string> | undefined,
  mayBeAhead: boolean,
): string | undefined {
  const missing = migrations.filter(({ name }) => !applied?.has(name))
  if (missing.length > 0)
    return `The database lacks ${missing.length} migrations of this version, from ${missing[0]?.name} on. Bring it to this version first: alongside migrate.`
  const known = new Set(migrations.map(({ name }) => name))
  const unknown = [...(applied ?? [])].filter((name) => !known.has(name)).sort()
  if (unknown.length === 0 || mayBeAhead) return undefined
  return `The database is newer than this version: it has ${unknown.join(', ')}. Run the newer version; or, to go back to this one for a while, set SCHEMA_AHEAD=serve (docs/guides/deploy.md, "Upgrading").`
}
