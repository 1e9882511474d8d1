import { z } from 'zod'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { AppError } from '../../core/errors.ts'
import { openCursor, sealCursor } from '../../core/page.ts'
import { typesOf } from './classes.ts'
import { EventFilter, type EventPage, StreamFilter } from './contract.ts'
import { type EventLog, readEvents, readLog, refuseIfGone } from './visible.ts'

const list = 'events'

export const listEvents = action({
  id: 'events.list',
  scope: 'events:read',
  input: EventFilter,
  run: async (ctx, { wait: _, cursor, limit, after, ...filter }): Promise<EventPage> =>
    pageFrom(ctx, cursor ?? after, limit, filter),
})

/** Events of one piece of a stream: enough to catch up quickly, few enough to hold for a reader who is slow. */
const pieceOf = 100

/** What a stream asks again and again, each time under the consents of that moment. */
export const streamEvents = action({
  id: 'events.stream',
  scope: 'events:read',
  input: StreamFilter,
  run: async (ctx, { after, ...filter }): Promise<EventPage> => pageFrom(ctx, after, pieceOf, filter),
})

/** The number of the last event, for who wants to hear from now on: it tells nobody what there was. */
export const endOfLog = action({
  id: 'events.end',
  scope: 'events:read',
  input: z.strictObject({}),
  run: async (ctx) => (await readLog(ctx)).lastSequence,
})

type Filter = Pick<z.output<typeof StreamFilter>, 'types' | 'subjectId'>

async function pageFrom(
  ctx: TxCtx,
  start: string | undefined,
  limit: number,
  { types, subjectId }: Filter,
): Promise<EventPage> {
  const filters = { types, subjectId }
  const after = await startOf(ctx, start, filters)
  const { events, through, more } = await readEvents(
    ctx,
    { after, limit, types: types && typesOf(types), subjectId },
    (log) => refuseUnlessIn(log, after, start),
  )
  return { data: events, nextCursor: more ? sealCursor(ctx, list, filters, [`${through}`]) : null, through }
}

/** Where to begin; left out, it is the beginning of what is kept. */
async function startOf(ctx: TxCtx, start: string | undefined, filters: Filter): Promise<number> {
  if (start === undefined) return (await readLog(ctx)).removedThrough
  // A cursor holds letters, so digits are a number, however many.
  const after = Number(/^\d+$/.test(start) ? start : openCursor(ctx, list, filters, start)?.[0])
  // PostgreSQL is not asked with a number that it has no room for.
  if (!Number.isSafeInteger(after)) refuseUnlessIn(await readLog(ctx), after, start)
  return after
}

/** There has to be such a place in this network's log. */
function refuseUnlessIn(log: EventLog, after: number, start = `${after}`): void {
  if (after > log.lastSequence)
    throw new AppError(
      'invalid_cursor',
      `The log of this network has no event ${start.slice(0, 20)} yet; its last is ${log.lastSequence}. Begin with after=0, or leave after out.`,
    )
  refuseIfGone(log, after)
}
