import { AppError } from './core/errors.ts'

/** What stops a start or a command, for whoever sits at the terminal: what is wrong and what to do. No stack. */
export function wordsOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown)
  const causes = causesOf(thrown)
  for (const cause of causes) {
    const said = known[(cause as { code?: string }).code ?? '']
    if (said) return said(cause)
  }
  const faults =
    thrown instanceof AppError
      ? thrown.issues.map(({ path, detail }) => `\n  ${path.join('.')}: ${detail}`)
      : []
  return `${thrown.message || thrown.name}${faults.join('')}`
}

/** The error, what it was caused by, and the several of one that has several. */
export function causesOf(error: unknown): Error[] {
  if (!(error instanceof Error)) return []
  const inside = [error.cause, ...(error instanceof AggregateError ? error.errors : [])]
  return [error, ...inside.flatMap(causesOf)]
}

type Said = (error: Error & { address?: string; port?: number; hostname?: string; path?: string }) => string

const whereOf: Said = ({ address, hostname, port }) =>
  [address ?? hostname, port].filter((part) => part !== undefined).join(':')

const noDatabase: Said = (error) =>
  `The database does not answer${whereOf(error) && ` at ${whereOf(error)}`}. Is it running, and does DATABASE_URL name it?`
const noSchema: Said = () =>
  'The database lacks what this version needs. Bring it to this version first: alongside migrate.'

const known: Readonly<Record<string, Said>> = {
  ECONNREFUSED: noDatabase,
  ENOTFOUND: noDatabase,
  EAI_AGAIN: noDatabase,
  ETIMEDOUT: noDatabase,
  ECONNRESET: noDatabase,
  '57P03': () => 'The database takes no connections yet.',
  '28P01': () => 'The database refuses the password. It stands in DATABASE_URL, or in PGPASSWORD.',
  '28000': () => 'The database refuses the login that DATABASE_URL names. See its pg_hba.conf.',
  '3D000': () =>
    'There is no database of the name that DATABASE_URL gives. Create it: docs/guides/deploy.md has the statements.',
  '42501': () =>
    'The login of DATABASE_URL lacks a right. migrate needs the owner of the tables, everything else a member of the four roles: see docs/guides/deploy.md.',
  '42P01': noSchema,
  '22023': noSchema,
  '42704': noSchema,
  EADDRINUSE: (error) =>
    `Port ${error.port} is taken. Stop what listens there, or set PORT (or METRICS_PORT) to another.`,
  EACCES: (error) =>
    error.port === undefined
      ? `This user may not open ${error.path ?? 'a file'}. DATA_DIR says where the data is kept.`
      : `This user may not listen on port ${error.port}. Set PORT to one above 1023.`,
}
