import { and, asc, eq, gt, sql } from 'drizzle-orm'
import { type EventType, systemOrganizationId, type TxCtx } from '../../core/context.ts'
import { AppError } from '../../core/errors.ts'
import { toInstant } from '../../core/wire.ts'
import { anyOf } from '../../db/each.ts'
import { events } from '../../db/log.ts'
import { isAnyOf, once, onceForEach, unseen } from '../../db/once.ts'
import type { DataClass } from '../consents/codes.ts'
import { groundsOfMany } from '../decisions/grounds.ts'
import { disclose, type Reading, type Shown } from '../disclosures/store.ts'
import { classOf, type EventClass } from './classes.ts'
import type { Event } from './contract.ts'
import { eventLogs } from './table.ts'

type Row = typeof events.$inferSelect

export interface EventRange {
  /** The number after which it begins. */
  readonly after: number
  readonly limit: number
  readonly types?: readonly EventType[] | undefined
  readonly subjectId?: string | undefined
}

export interface SeenEvents {
  readonly events: Event[]
  /** Every number up to this one was looked at. */
  readonly through: number
  /** Whether there is more to look at by now. */
  readonly more: boolean
}

/**
 * Numbers looked at by one statement, and statements by one answer: somebody of whom a busy network seldom speaks gets
 * an empty answer that has moved on, rather than a slow one.
 */
const windowOf = 10_000
const windowsMax = 4

/**
 * The events of a range that the caller may know at this instant. The walls have left out the rows of others; of what an
 * event tells of another organization's person the consents decide, and each that is given out is in the ledger of the
 * same transaction.
 */
export async function readEvents(
  ctx: TxCtx,
  { after, limit, types, subjectId }: EventRange,
  check: (log: EventLog) => void = () => {},
): Promise<SeenEvents> {
  const window = windows(`${types ? 'types' : ''}|${subjectId ? 'subject' : ''}`)
  let through = after
  for (let looked = 1; ; looked += 1) {
    const [{ lastSequence: last, ...before }, rows, log] = await Promise.all([
      // Before the events themselves, so that none can be numbered between the two answers and be passed over.
      readLog(ctx),
      window(ctx, { after: through, limit, types, subjectId }),
      readLog(ctx),
    ])
    if (looked === 1) check({ lastSequence: last, ...before })
    refuseIfGone(log, through)
    const full = rows.length === limit
    const seen = full ? undefined : Math.min(through + windowOf, last)
    through = Math.max(through, seen ?? 0, rows.at(-1)?.sequence ?? 0)
    const more = through < last
    if (rows.length > 0 || !more || looked === windowsMax)
      return { events: await showEvents(ctx, rows), through, more }
  }
}

const networkId = sql.placeholder('networkId')

const selectLog = once((db) =>
  db
    .select({ lastSequence: eventLogs.lastSequence, removedThrough: eventLogs.removedThrough })
    .from(eventLogs)
    .where(eq(eventLogs.networkId, networkId)),
)

/** The log of the caller's network; one that nothing was written to has no row. */
export async function readLog(ctx: TxCtx) {
  const [log] = await selectLog(ctx, {})
  return log ?? { lastSequence: 0, removedThrough: 0 }
}

export type EventLog = Awaited<ReturnType<typeof readLog>>

/**
 * Asked after the events as well as before: what left in between would be passed over without a word. It leaves in one
 * commit with the beginning of the log, so whoever missed it sees the beginning moved.
 */
export function refuseIfGone({ removedThrough }: EventLog, after: number): void {
  if (after >= removedThrough) return
  throw new AppError(
    'events_no_longer_kept',
    `Events up to ${removedThrough} are no longer kept. Read the resources anew, then go on with after=${removedThrough}.`,
  )
}

/** Which filters are given: one statement for each, built once. */
const windows = onceForEach<
  `${'types' | ''}|${'subject' | ''}`,
  Omit<EventRange, 'types' | 'subjectId'> & Partial<Record<'types' | 'subjectId', unknown>>,
  Row
>((db, shape) => {
  const given = new Set(shape.split('|'))
  const after = unseen('after', 'bigint')
  return db
    .select()
    .from(events)
    .where(
      and(
        eq(events.networkId, networkId),
        sql`${events.sequence} > ${after} and ${events.sequence} <= ${after} + ${sql.raw(`${windowOf}`)}`,
        given.has('types') ? isAnyOf(events.type, 'types', 'text[]') : undefined,
        given.has('subject') ? eq(events.subjectId, sql.placeholder('subjectId')) : undefined,
      ),
    )
    .orderBy(asc(events.sequence))
    .limit(sql.placeholder('limit'))
})

/** For each of these ids the event, where it has a number and the caller may know of it at this instant. */
export async function readEventsById(ctx: TxCtx, ids: readonly string[]): Promise<(Event | undefined)[]> {
  if (ids.length === 0) return []
  const rows = await ctx.db
    .select()
    .from(events)
    .where(
      and(eq(events.networkId, ctx.networkId), anyOf(events.id, [...new Set(ids)]), gt(events.sequence, 0)),
    )
  const byId = new Map(rows.map((row) => [row.id, row]))
  // What is asked for twice is told twice, and stands in the ledger twice.
  const asked = ids.flatMap((id) => byId.get(id) ?? [])
  const shown = (await showEach(ctx, asked)).values()
  return ids.map((id) => (byId.has(id) ? shown.next().value : undefined))
}

const showEvents = async (ctx: TxCtx, rows: readonly Row[]): Promise<Event[]> =>
  (await showEach(ctx, rows)).flatMap((event) => event ?? [])

/** In the order of the rows, with nothing in the place of what is not the caller's to know. */
async function showEach(ctx: TxCtx, rows: readonly Row[]): Promise<(Event | undefined)[]> {
  const told = rows.map((row) => ({ row, knowledge: knowledgeOf(ctx, row) }))
  const decided = told.flatMap(({ row, knowledge }) =>
    typeof knowledge === 'object' ? [{ row, ...knowledge }] : [],
  )
  const shown = (await decideAll(ctx, decided)).values()
  return told.map(({ row, knowledge }) => {
    const attached = typeof knowledge === 'object' ? shown.next().value : knowledge
    if (!attached) return undefined
    if (row.patientId !== null)
      ctx.touch({ subjectType: row.subjectType, subjectId: row.subjectId, patientId: row.patientId })
    return toEvent(row, attached === true ? {} : attached.attached)
  })
}

/** True: the caller's to know. False: not. Else the consents of this person decide. */
type Knowledge = boolean | { readonly patientId: string; readonly dataClass: DataClass }

function knowledgeOf({ organizationId }: TxCtx, row: Row): Knowledge {
  if (row.organizationId === organizationId || row.networkWide) return true
  const told: EventClass = classOf(row.type)
  if (told === 'own') return false
  if (told === 'addressed' || told === 'consent') return true
  if (row.patientId !== null) return { patientId: row.patientId, dataClass: told }
  return row.subjectType === 'organization'
}

/** Consents of one person: far more than anybody signs. */
const weighedOfOneMax = 100

async function decideAll(
  ctx: TxCtx,
  asked: readonly { readonly row: Row; readonly patientId: string; readonly dataClass: DataClass }[],
): Promise<(Shown | undefined)[]> {
  if (asked.length === 0) return []
  const patientIds = [...new Set(asked.map(({ patientId }) => patientId))]
  // A consent left out for want of room would not delay an event but lose it: the reader's place moves on.
  const groundsOf = await groundsOfMany(ctx, patientIds, patientIds.length * weighedOfOneMax)
  const readings = asked.map(
    ({ row, patientId, dataClass }): Reading => ({
      grounds: groundsOf(patientId),
      holderId: row.holderId ?? row.organizationId,
      patientId,
      subjectType: row.subjectType,
      subjectId: row.subjectId,
      dataClasses: [dataClass],
    }),
  )
  return disclose(ctx, readings, 'short').map((shown) => (shown.permitted.size > 0 ? shown : undefined))
}

function toEvent(row: Row, attached: Shown['attached']): Event {
  return {
    id: row.id,
    sequence: row.sequence ?? 0,
    type: row.type,
    occurredAt: toInstant(row.occurredAt),
    organizationId: row.organizationId === systemOrganizationId ? null : row.organizationId,
    subject: { type: row.subjectType, id: row.subjectId },
    codes: row.codes,
    ...attached,
  }
}
