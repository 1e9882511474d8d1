import { and, asc, eq, gt, inArray, lte } from 'drizzle-orm'
import { type EventType, systemOrganizationId, type TxCtx } from '../../core/context.ts'
import { toInstant } from '../../core/wire.ts'
import { events } from '../../db/log.ts'
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
export async function readEvents(ctx: TxCtx, { after, limit, ...filter }: EventRange): Promise<SeenEvents> {
  let through = after
  for (let window = 1; ; window += 1) {
    const [last, rows] = await Promise.all([lastSequence(ctx), readWindow(ctx, through, limit, filter)])
    const full = rows.length === limit
    const seen = full ? undefined : Math.min(through + windowOf, last)
    through = Math.max(through, seen ?? 0, rows.at(-1)?.sequence ?? 0)
    const more = through < last
    if (rows.length > 0 || !more || window === windowsMax)
      return { events: await showEvents(ctx, rows), through, more }
  }
}

/** The log of the caller's network; one that nothing was written to has no row. */
export async function readLog({ db, networkId }: TxCtx) {
  const [log] = await db.select().from(eventLogs).where(eq(eventLogs.networkId, networkId))
  return { lastSequence: log?.lastSequence ?? 0, removedThrough: log?.removedThrough ?? 0 }
}

/** Asked for before the events themselves, so that none can be numbered between the two answers and be passed over. */
const lastSequence = async (ctx: TxCtx) => (await readLog(ctx)).lastSequence

function readWindow(
  { db, networkId }: TxCtx,
  after: number,
  limit: number,
  { types, subjectId }: Pick<EventRange, 'types' | 'subjectId'>,
): Promise<Row[]> {
  return db
    .select()
    .from(events)
    .where(
      and(
        eq(events.networkId, networkId),
        gt(events.sequence, after),
        lte(events.sequence, after + windowOf),
        types && inArray(events.type, [...types]),
        subjectId ? eq(events.subjectId, subjectId) : undefined,
      ),
    )
    .orderBy(asc(events.sequence))
    .limit(limit)
}

/** Numbered events by their ids, in the order of their numbers, as far as the caller may know them at this instant. */
export async function readEventsById(ctx: TxCtx, ids: readonly string[]): Promise<Event[]> {
  if (ids.length === 0) return []
  const rows = await ctx.db
    .select()
    .from(events)
    .where(and(eq(events.networkId, ctx.networkId), inArray(events.id, [...ids]), gt(events.sequence, 0)))
    .orderBy(asc(events.sequence))
  return showEvents(ctx, rows)
}

async function showEvents(ctx: TxCtx, rows: readonly Row[]): Promise<Event[]> {
  const told = rows.map((row) => ({ row, knowledge: knowledgeOf(ctx, row) }))
  const shown = await decideAll(
    ctx,
    told.flatMap(({ row, knowledge }) => (typeof knowledge === 'object' ? [{ row, ...knowledge }] : [])),
  )
  return told.flatMap(({ row, knowledge }) => {
    const attached = typeof knowledge === 'object' ? shown.get(row.id) : knowledge
    if (!attached) return []
    if (row.patientId !== null)
      ctx.touch({ subjectType: row.subjectType, subjectId: row.subjectId, patientId: row.patientId })
    return [toEvent(row, attached === true ? {} : attached.attached)]
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
): Promise<ReadonlyMap<string, Shown>> {
  if (asked.length === 0) return new Map()
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
  const shown = disclose(ctx, readings, 'short')
  return new Map(
    asked.flatMap(({ row }, index) => {
      const part = shown[index]
      return part && part.permitted.size > 0 ? [[row.id, part]] : []
    }),
  )
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
