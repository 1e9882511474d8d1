import type pg from 'pg'
import {
  type Basis,
  type Caller,
  type Ctx,
  type NewEvent,
  type Occasion,
  type Person,
  systemOrganizationId,
  type Touched,
  type TransactionOptions,
  type TxCtx,
} from '../core/context.ts'
import type { Keyring } from '../core/keyring.ts'
import { publicTargets, type Targets } from '../core/targets.ts'
import { tellCommitted } from '../core/watched.ts'
import { insertAudit, type NewAuditRow, recordRefusal, writeAudit, writeRefusal } from './audit.ts'
import type { Database } from './client.ts'
import { enqueueJob } from './enqueue.ts'
import { claimKey, type KeyedRequest, keepAnswer } from './idempotency.ts'
import { insertRows } from './insert.ts'
import { eventRow, events } from './log.ts'
import { leaveBehind, readOnReplica } from './reading.ts'
import { inTransaction, type OpenTransaction } from './transaction.ts'

export interface Service {
  readonly database: Database
  readonly keyring: Keyring
  /** Absent: public addresses alone. */
  readonly targets?: Targets
  /** How long it is kept what was sent to webhooks, and how that went. */
  readonly deliveryLogDays?: number
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Settings are sent as text, with BEGIN; only a UUID may become part of that text. */
function setting(name: string, value: string) {
  if (!uuid.test(value)) throw new Error(`${name} is not a UUID`)
  return `set local ${name} = '${value}'`
}

/** Said each time: a setting of the session, whoever made it, must not narrow or widen a request. */
const noPerson = `set local app.person_wall = 'down'`

const behindWall = ({ id }: Person) => `set local app.person_wall = 'up'; ${setting('app.person_id', id)}`

/**
 * The only place where a caller's access becomes the database's. Each transaction runs as `alongside_app`,
 * which row-level security binds, and tells PostgreSQL the caller's network and organization. The settings are
 * local to the transaction: they cannot outlive the request on a pooled connection.
 */
export function openContext(service: Service, caller: Caller, occasion: Occasion): Ctx {
  return contextUnder(service, caller, occasion, [
    'set local role alongside_app',
    setting('app.network_id', caller.networkId),
    setting('app.organization_id', caller.organizationId),
    caller.person ? behindWall(caller.person) : noPerson,
  ])
}

const nobody = systemOrganizationId
const asSystemRole = 'set local role alongside_system'

/**
 * For what no caller asked for: clocks that run out, offers that expire. One network, every organization; it has no
 * scope, so it can call no action, and each event names the organization it belongs to.
 */
export function openSystemContext(service: Service, networkId: string, occasion: Occasion): Ctx {
  const system = { networkId, organizationId: nobody, clientId: nobody, scopes: new Set<string>() }
  return contextUnder(service, system, { face: 'job', ...occasion }, [
    asSystemRole,
    setting('app.network_id', networkId),
    noPerson,
  ])
}

function contextUnder(
  service: Service,
  caller: Caller,
  occasion: Occasion,
  settings: readonly [string, ...string[]],
): Ctx {
  const base: Base = {
    ...caller,
    ...occasion,
    keyring: service.keyring,
    targets: service.targets ?? publicTargets,
    answer: { replayed: false },
    recordRefusal: (refused) =>
      recordRefusal(service.database, settings, { ...caller, ...occasion }, refused),
  }
  const [ownRole] = settings

  /** Events of these types. After the commit: whoever looks now finds them. */
  function tell(types: readonly string[]) {
    if (types.length === 0) return
    service.database.signals.send('emitted', base.networkId)
    tellCommitted(types)
  }

  /** A person's token stands behind a third wall, and a key is claimed where it is kept: both are for the primary. */
  async function fromReplica<T>(work: (ctx: TxCtx) => Promise<T>, options: TransactionOptions<T>) {
    const { pool, replica } = service.database
    if (!replica || base.person || keyedRequest(base, options)) return undefined
    let told: readonly string[] = []
    const read = await readOnReplica(replica, settings, async (open) => {
      const { ctx, record } = openTransactionContext(base, open, ownRole)
      const result = await work(ctx)
      told = record(options)
      return result
    })
    if (!read) return undefined
    await leaveBehind(pool, settings, read.left)
    tell(told)
    return read
  }

  const transactionOn =
    (pool: pg.Pool): Ctx['transaction'] =>
    async (work, options) => {
      const read = options.fromReplica && (await fromReplica(work, options))
      if (read) return read.result
      let told: readonly string[] = []
      const answer = await inTransaction(pool, settings, async (open) => {
        const keyed = keyedRequest(base, options)
        const earlier = keyed && (await claimKey(open.db, keyed))
        const { ctx, record, patientIds } = openTransactionContext(base, open, ownRole)
        if (earlier) base.answer.replayed = true
        const result = earlier ? await repeat(ctx, earlier.answer, options) : await work(ctx)
        told = record(options)
        if (keyed && !earlier) open.write(keepAnswer(keyed, result, patientIds()))
        return result
      })
      tell(told)
      return answer
    }
  // Those who hold a connection and wait for another of the same few would wait for each other.
  const beside = transactionOn(service.database.beside)
  const own: Ctx = {
    ...base,
    // The engine inside this process gives one transaction at a time: an action that is to be alone would wait for ever.
    snapshot: (work) =>
      base.person || !service.database.shared
        ? work(own)
        : inTransaction(service.database.pool, [oneInstant, ...settings], async (open) => {
            const audited: NewAuditRow[] = []
            const result = await work(
              sharing(beside, base, open, { ownRole, audit: (rows) => audited.push(...rows) }),
            )
            if (audited.length > 0) open.write(insertAudit(audited))
            return result
          }),
    transaction: transactionOn(service.database.pool),
  }
  return own
}

/** Said before any other setting: PostgreSQL takes it only as the first thing in a transaction. */
const oneInstant = 'set transaction isolation level repeatable read'

/** A context whose actions share an open transaction. Their audit rows go out together; one that must be alone is. */
function sharing(
  beside: Ctx['transaction'],
  base: Base,
  open: OpenTransaction,
  { ownRole, audit }: Pick<Log, 'ownRole' | 'audit'>,
): Ctx {
  const shared: Ctx = {
    ...base,
    // Into the transaction that all share, and that goes on: a second one beside it could wait for it for ever.
    recordRefusal: async (refused) => writeRefusal(base, open, refused),
    snapshot: (work) => work(shared),
    transaction: async (work, options) => {
      if (options.alone) return beside(work, options)
      const { ctx, record } = openTransactionContext(base, open, ownRole, audit)
      const result = await work({ ...ctx, acrossOrganizations: notBesideOthers })
      record(options)
      return result
    },
  }
  return shared
}

/** A wall that comes down for one action would be down for its neighbours. */
const notBesideOthers = () =>
  Promise.reject(new Error('An action that reaches across organizations says that it is to be alone'))

/** The answer was made by the same action from the same input, so it has the same type. */
function repeat<T>(ctx: TxCtx, answer: unknown, { again }: TransactionOptions<T>): T | Promise<T> {
  return again ? again(ctx, answer as T) : (answer as T)
}

type Base = Omit<Ctx, 'transaction' | 'snapshot'>

function keyedRequest(
  base: Base,
  { action, inputDigest }: Pick<TransactionOptions, 'action' | 'inputDigest'>,
): KeyedRequest | undefined {
  if (base.idempotencyKey === undefined || inputDigest === undefined) return undefined
  // Two people behind one portal client never share an answer.
  const clientId = base.person?.id ?? base.clientId
  return { ...base, clientId, action, key: base.idempotencyKey, inputDigest }
}

function openTransactionContext(
  base: Base,
  { db, write, run }: OpenTransaction,
  ownRole: string,
  audit: Audit = (rows) => write(insertAudit(rows)),
) {
  const emitted: NewEvent[] = []
  let across = ownRole === asSystemRole
  const touched = new Map<string, Touched>()
  const rested = new Map<string, Basis>()
  const ctx: TxCtx = {
    ...base,
    db,
    write,
    transaction: (inner) => inner(ctx),
    snapshot: (work) => work(ctx),
    emit: (event) => void emitted.push(event),
    enqueue: (queue, input) => write(enqueueJob(queue, input)),
    touch: (subject) => void touched.set(subject.subjectId, subject),
    restOn: (basis, subjectIds) => {
      for (const id of subjectIds) rested.set(id, basis)
    },
    acrossOrganizations: async (work) => {
      if (across) return work()
      across = true
      // Nobody waits for either: statements arrive in this order, and one that fails fails what comes after it.
      run(asSystemRole).catch(() => {})
      try {
        return await work()
      } finally {
        // Also for who catches a refusal and goes on.
        run(ownRole).catch(() => {})
        across = false
      }
    },
    beyondPerson: () => {
      if (base.person) void run(noPerson).catch(() => {})
    },
  }
  return {
    ctx,
    patientIds: () => [...new Set([...touched.values()].flatMap(({ patientId }) => patientId ?? []))],
    record: ({ action }: { readonly action: string }) => {
      const told = writeEvents(base, { write, run, ownRole }, emitted)
      writeAudit(
        base,
        audit,
        action,
        [...touched.values()],
        ({ subjectId, patientId = '' }) => rested.get(subjectId) ?? rested.get(patientId),
      )
      return told
    },
  }
}

type Audit = (rows: readonly NewAuditRow[]) => void

interface Log extends Omit<OpenTransaction, 'db'> {
  readonly ownRole: string
  readonly audit: Audit
}

function writeEvents(
  base: Base,
  { write, run, ownRole }: Omit<Log, 'audit'>,
  emitted: readonly NewEvent[],
): readonly string[] {
  const rows = emitted.map((event) => eventRow(base, event))
  // An event of the other organization's (a person chose by their clinic's portal) is told on its side of the wall.
  const across = rows.some(({ organizationId }) => organizationId !== base.organizationId)
  if (across) run(asSystemRole).catch(() => {})
  if (rows.length > 0) write(insertRows(events, rows))
  if (across) run(ownRole).catch(() => {})
  return rows.map(({ type }) => type)
}

/** For the token endpoint, where there is no caller yet: sees one API client and the signing keys, nothing else. */
export function asAuthenticator<T>(
  database: Database,
  clientId: string | undefined,
  work: (open: OpenTransaction) => Promise<T>,
): Promise<T> {
  const settings = ['set local role alongside_auth', setting('app.client_id', clientId ?? nobody)]
  return inTransaction(database.pool, settings, work)
}

/** For whoever verifies a certificate, without a caller: sees the one row of this number, nothing else. */
export function asVerifier<T>(
  database: Database,
  numberHash: Buffer,
  work: (open: OpenTransaction) => Promise<T>,
): Promise<T> {
  const settings = [
    'set local role alongside_auth',
    `set local app.certificate_hash = '${numberHash.toString('hex')}'`,
  ]
  return inTransaction(database.pool, settings, work)
}

/** For the process's own work (migrating, the demo network, the command line): one network, every organization. */
export function asSystem<T>(
  database: Database,
  networkId: string,
  work: (open: OpenTransaction) => Promise<T>,
): Promise<T> {
  return inTransaction(
    database.pool,
    ['set local role alongside_system', setting('app.network_id', networkId)],
    work,
  )
}

/**
 * One statement for each of many networks, in one transaction: they leave together, and each is read behind the wall of
 * its own. For what is told of the whole database; nothing of what is read may name a network, or what is in it.
 */
export function asSystemInEach<Row>(
  database: Database,
  networkIds: readonly string[],
  ask: (open: OpenTransaction, networkId: string) => Promise<Row>,
): Promise<Row[]> {
  return inTransaction(database.pool, [asSystemRole], (open) =>
    Promise.all(
      networkIds.map((networkId) => {
        open.run(setting('app.network_id', networkId)).catch(() => {})
        return ask(open, networkId)
      }),
    ),
  )
}

/** What anybody may ask about, without a token: a credential by its id, or what a network publishes. */
export interface Published {
  readonly networkId?: string
  readonly credentialId?: string
}

/**
 * For readers without a token. A role that sees published rows of the one thing that was asked for, and may write
 * nothing at all.
 */
export function asPublic<T>(
  database: Database,
  { networkId = nobody, credentialId = nobody }: Published,
  work: (open: OpenTransaction) => Promise<T>,
): Promise<T> {
  const settings = [
    'set local role alongside_public',
    setting('app.network_id', networkId),
    setting('app.credential_id', credentialId),
  ]
  return inTransaction(database.pool, settings, work)
}
