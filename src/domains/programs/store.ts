import { and, eq, getTableColumns, sql } from 'drizzle-orm'
import type { SelectedFields } from 'drizzle-orm/pg-core'
import type { TxCtx } from '../../core/context.ts'
import { notFound } from '../../core/errors.ts'
import { once } from '../../db/once.ts'
import type { Deadlines } from '../clocks/rules.ts'
import { organizations } from '../organizations/table.ts'
import { programs } from './table.ts'

export type ProgramRow = typeof programs.$inferSelect

export async function findProgram({ db, networkId }: TxCtx, id: string): Promise<ProgramRow> {
  const [row] = await db
    .select()
    .from(programs)
    .where(and(eq(programs.networkId, networkId), eq(programs.id, id)))
  if (!row) throw notFound('program')
  return row
}

/** A program with what deadlines of its referrals are counted by. */
export interface Destination {
  readonly program: ProgramRow
  readonly deadlines: Deadlines
}

/** Programs joined with their organizations, and whatever else a caller looks at. */
export function selectDestinations<Extra extends SelectedFields>({ db }: Pick<TxCtx, 'db'>, extra: Extra) {
  return db
    .select({
      program: getTableColumns(programs),
      deadlines: {
        timeZone: organizations.timeZone,
        calendar: organizations.businessCalendar,
        spans: programs.clockSpans,
      },
      ...extra,
    })
    .from(programs)
    .innerJoin(
      organizations,
      and(eq(organizations.networkId, programs.networkId), eq(organizations.id, programs.organizationId)),
    )
    .$dynamic()
}

const destinationById = once<{ readonly id: string }, Destination>((db) =>
  selectDestinations({ db }, {}).where(
    and(eq(programs.networkId, sql.placeholder('networkId')), eq(programs.id, sql.placeholder('id'))),
  ),
)

export async function findDestination(ctx: TxCtx, programId: string): Promise<Destination | undefined> {
  const [found] = await destinationById(ctx, { id: programId })
  return found
}
