import { and, eq, getTableColumns, ne, type SQL } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { notFound } from '../../core/errors.ts'
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

/** A program and the time zone of its organization, in which its business days are counted. */
export interface Destination {
  readonly program: ProgramRow
  readonly timeZone: string
}

function selectDestinations({ db, networkId }: TxCtx, condition: SQL | undefined) {
  return db
    .select({ program: getTableColumns(programs), timeZone: organizations.timeZone })
    .from(programs)
    .innerJoin(
      organizations,
      and(eq(organizations.networkId, programs.networkId), eq(organizations.id, programs.organizationId)),
    )
    .where(and(eq(programs.networkId, networkId), condition))
}

export async function findDestination(ctx: TxCtx, programId: string): Promise<Destination | undefined> {
  const [found] = await selectDestinations(ctx, eq(programs.id, programId))
  return found
}

export interface RoutingWish {
  readonly organizationId?: string | undefined
  /** Wished for; weighed. */
  readonly languages: readonly string[]
  readonly modes: readonly string[]
  /** Demanded; a program without them is left out. */
  readonly mustLanguages: readonly string[]
  readonly mustModes: readonly string[]
  readonly postalCode?: string | undefined
}

/** How many programs of a network are weighed for one referral; a network with more narrows by organization. */
const programsWeighedMax = 500

/**
 * Where a referral without a program goes: an active program of another organization (or of the one asked for)
 * that serves the area, and speaks and meets as the person wishes as far as possible. Undefined when none fits.
 */
export async function route(ctx: TxCtx, wish: RoutingWish): Promise<Destination | undefined> {
  const among = wish.organizationId
    ? eq(programs.organizationId, wish.organizationId)
    : ne(programs.organizationId, ctx.organizationId)
  const open = await selectDestinations(
    ctx,
    and(eq(programs.status, 'active'), eq(organizations.status, 'active'), among),
  )
    .orderBy(programs.id)
    .limit(programsWeighedMax)
  const fit = ({ program }: Destination) =>
    Number(sharesAny(program.languages, wish.languages)) * 2 + Number(sharesAny(program.modes, wish.modes))
  return open.filter(({ program }) => isPossible(program, wish)).sort((a, b) => fit(b) - fit(a))[0]
}

function isPossible(program: ProgramRow, { mustLanguages, mustModes, postalCode }: RoutingWish) {
  const speaks = mustLanguages.every((language) => program.languages.includes(language))
  return speaks && sharesAny(program.modes, mustModes) && serves(program, postalCode)
}

function serves({ serviceArea }: ProgramRow, postalCode?: string) {
  return (
    serviceArea.length === 0 ||
    postalCode === undefined ||
    serviceArea.some((prefix) => postalCode.startsWith(prefix))
  )
}

function sharesAny(offered: readonly string[], wished: readonly string[]) {
  return wished.length === 0 || wished.some((value) => offered.includes(value))
}
