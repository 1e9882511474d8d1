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
import { auditEvents, type NewAuditRow, recordRefusal, writeAudit, writeRefusal } from './audit.ts'
import type { Database, Tx } from './client.ts'
import { enqueueJob } from './enqueue.ts'
import { claimKey, type KeyedRequest, keepAnswer } from './idempotency.ts'
import { insertAll } from './insert.ts'
import { eventRow, events } from './log.ts'
import { inTransaction, type OpenTransaction } from './transaction.ts'

export interface Service {
  readonly database: Database
  readonly keyring: Keyring
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
    answer: { replayed: false },
    recordRefusal: (refused) =>
      recordRefusal(service.database, settings, { ...caller, ...occasion }, refused),
  }
  const [ownRole] = settings
  const own: Ctx = {
    ...base,
    // The engine inside this process gives one transaction at a time: an action that is to be alone would wait for ever.
    snapshot: (work) =>
      base.person || !service.database.shared
        ? work(own)
        : inTransaction(service.database, [oneInstant, ...settings], async (open) => {
            const audited: NewAuditRow[] = []
            const result = await work(
              sharing(own, base, open, { ownRole, audit: (rows) => audited.push(...rows) }),
            )
            if (audited.length > 0) open.write(insertAll(auditEvents, audited))
            return result
          }),
    transaction: async (work, options) => {
      let told = false
      const answer = await inTransaction(service.database, settings, async (open) => {
        const keyed = keyedRequest(base, options)
        const earlier = keyed && (await claimKey(open.db, keyed))
        const { ctx, record, patientIds } = openTransactionContext(base, open, ownRole)
        if (earlier) base.answer.replayed = true
        const result = earlier ? await repeat(ctx, earlier.answer, options) : await work(ctx)
        told = record(options)
        if (keyed && !earlier) open.write(keepAnswer(open.db, keyed, result, patientIds()))
        return result
      })
      // After the commit: whoever looks now finds it.
      if (told) service.database.signals.send('emitted', base.networkId)
      return answer
    },
  }
  return own
}

/** Said before any other setting: PostgreSQL takes it only as the first thing in a transaction. */
const oneInstant = 'set transaction isolation level repeatable read'

/** A context whose actions share an open transaction. Their audit rows go out together; one that must be alone is. */
function sharing(
  own: Ctx,
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
      if (options.alone) return own.transaction(work, options)
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
  audit: Audit = (rows) => write(insertAll(auditEvents, rows)),
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
      await run(asSystemRole)
      const result = await work()
      await run(ownRole)
      across = false
      return result
    },
    beyondPerson: () => {
      if (base.person) void run(noPerson).catch(() => {})
    },
  }
  return {
    ctx,
    patientIds: () => [...new Set([...touched.values()].flatMap(({ patientId }) => patientId ?? []))],
    record: ({ action }: { readonly action: string }) => {
      const told = writeEvents(base, { db, write, run, ownRole }, emitted)
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
  readonly db: Tx
  readonly ownRole: string
  readonly audit: Audit
}

function writeEvents(
  base: Base,
  { db, write, run, ownRole }: Omit<Log, 'audit'>,
  emitted: readonly NewEvent[],
): boolean {
  const rows = emitted.map((event) => eventRow(base, event))
  // An event of the other organization's (a person chose by their clinic's portal) is told on its side of the wall.
  const across = rows.some(({ organizationId }) => organizationId !== base.organizationId)
  if (across) run(asSystemRole).catch(() => {})
  if (rows.length > 0) write(db.insert(events).values(rows))
  if (across) run(ownRole).catch(() => {})
  return rows.length > 0
}

/** For the token endpoint, where there is no caller yet: sees one API client and the signing keys, nothing else. */
export function asAuthenticator<T>(
  database: Database,
  clientId: string | undefined,
  work: (open: OpenTransaction) => Promise<T>,
): Promise<T> {
  const settings = ['set local role alongside_auth', setting('app.client_id', clientId ?? nobody)]
  return inTransaction(database, settings, work)
}

/** For the process's own work (migrating, the demo network, the command line): one network, every organization. */
export function asSystem<T>(
  database: Database,
  networkId: string,
  work: (open: OpenTransaction) => Promise<T>,
): Promise<T> {
  return inTransaction(
    database,
    ['set local role alongside_system', setting('app.network_id', networkId)],
    work,
  )
}
