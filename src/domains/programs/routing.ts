import { and, eq, ne, type SQL, sql } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import type { Priority } from '../clocks/contract.ts'
import { organizations } from '../organizations/table.ts'
import { believed } from './capacity.ts'
import type { capacityStatuses } from './contract.ts'
import { type Applicant, admits } from './rules.ts'
import { type Destination, selectDestinations } from './store.ts'
import { programCapacities, programs } from './table.ts'

export interface RoutingWish extends Applicant {
  readonly organizationId?: string | undefined
  /** Organizations that are out of the question, because they were asked already. */
  readonly notOrganizationIds?: readonly string[]
  /** Whether an organization may be asked at all; left out, every one. */
  readonly isAllowed?: (organizationId: string) => boolean
  /** Wished for; weighed. */
  readonly languages: readonly string[]
  readonly modes: readonly string[]
  /** Demanded; a program without them is left out. */
  readonly mustLanguages: readonly string[]
  readonly mustModes: readonly string[]
  readonly priority: Priority
  readonly postalCode?: string | undefined
}

/** How many programs of a network are weighed for one referral; a network with more narrows by organization. */
const programsWeighedMax = 500

const latest = sql`lateral (
  select c.status, c.open_slots, c.fresh_until from ${programCapacities} c
  where c.network_id = ${programs.networkId} and c.program_id = ${programs.id}
  order by c.as_of desc, c.id desc limit 1) latest`

type Weighed = Destination & { readonly capacity: ReturnType<typeof believed> }

/**
 * Where a referral without a program goes: an active program of another organization (or of the one asked for)
 * that admits the person and serves the area. Those that said lately that they have room come first, then those
 * of whom nothing is known, then waitlists; one that is full is not asked. Among equals the better fit, then the
 * one with more open slots, then the oldest. Undefined when none is left.
 */
export async function route(ctx: TxCtx, wish: RoutingWish): Promise<Destination | undefined> {
  const { organizationId, notOrganizationIds = [], isAllowed = () => true } = wish
  const among: SQL | undefined = organizationId
    ? eq(programs.organizationId, organizationId)
    : ne(programs.organizationId, ctx.organizationId)
  const open = await selectDestinations(ctx, {
    latest: {
      status: sql<(typeof capacityStatuses)[number] | null>`latest.status`,
      openSlots: sql<number | null>`latest.open_slots`,
      freshUntil: sql<Date | null>`latest.fresh_until`.mapWith(programs.updatedAt),
    },
  })
    .leftJoin(latest, sql`true`)
    .where(
      and(
        eq(programs.networkId, ctx.networkId),
        eq(programs.status, 'active'),
        eq(organizations.status, 'active'),
        among,
      ),
    )
    .orderBy(programs.id)
    .limit(programsWeighedMax)
  const weighed = open.map(
    ({ latest: { status, openSlots, freshUntil }, ...destination }): Weighed & { slots: number } => ({
      ...destination,
      capacity: believed(status && freshUntil ? { status, openSlots, freshUntil } : undefined, ctx.now),
      slots: freshUntil && freshUntil > ctx.now ? (openSlots ?? 0) : 0,
    }),
  )
  const fit = ({ program }: Destination) =>
    Number(sharesAny(program.languages, wish.languages)) * 2 + Number(sharesAny(program.modes, wish.modes))
  return weighed
    .filter(
      ({ program }) =>
        !notOrganizationIds.includes(program.organizationId) && isAllowed(program.organizationId),
    )
    .filter(({ program, capacity }) => capacity !== 'no_capacity' && isPossible(program, wish, ctx.now))
    .sort((a, b) => rank[a.capacity] - rank[b.capacity] || fit(b) - fit(a) || b.slots - a.slots)[0]
}

const rank: Readonly<Record<Weighed['capacity'], number>> = {
  capacity: 0,
  unknown: 1,
  additional_assessment_required: 2,
  waitlist: 3,
  no_capacity: 4,
}

function isPossible(program: Destination['program'], wish: RoutingWish, now: Date) {
  const speaks = wish.mustLanguages.every((language) => program.languages.includes(language))
  return (
    speaks &&
    sharesAny(program.modes, wish.mustModes) &&
    serves(program, wish.postalCode) &&
    admits(program.eligibility, wish, now).length === 0
  )
}

function serves({ serviceArea }: Destination['program'], postalCode?: string) {
  return (
    serviceArea.length === 0 ||
    postalCode === undefined ||
    serviceArea.some((prefix) => postalCode.startsWith(prefix))
  )
}

function sharesAny(offered: readonly string[], wished: readonly string[]) {
  return wished.length === 0 || wished.some((value) => offered.includes(value))
}
