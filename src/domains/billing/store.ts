import { and, asc, desc, eq, gt, gte, inArray, isNull, lt, or, type SQL, sql } from 'drizzle-orm'
import { Temporal } from 'temporal-polyfill'
import type { TxCtx } from '../../core/context.ts'
import { invalidInput, notFound } from '../../core/errors.ts'
import { contacts } from '../mentorships/table.ts'
import type { Delivered } from './rules.ts'
import { billingRules } from './table.ts'

export type BillingRuleRow = typeof billingRules.$inferSelect

export async function findBillingRule({ db, networkId }: TxCtx, id: string): Promise<BillingRuleRow> {
  const [row] = await db
    .select()
    .from(billingRules)
    .where(and(eq(billingRules.networkId, networkId), eq(billingRules.id, id)))
  if (!row) throw notFound('billing rule')
  return row
}

export interface Service {
  readonly payerCode: string
  readonly serviceCode: string
}

const ofService = ({ networkId }: TxCtx, { payerCode, serviceCode }: Service) =>
  and(
    eq(billingRules.networkId, networkId),
    eq(billingRules.payerCode, payerCode),
    eq(billingRules.serviceCode, serviceCode),
  )

/** Revisions that hold on some day of a period: the organization's own, and those of its network. */
export async function rulesOf(
  ctx: TxCtx,
  service: Service,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<BillingRuleRow[]> {
  return ctx.db
    .select()
    .from(billingRules)
    .where(
      and(
        ofService(ctx, service),
        eq(billingRules.status, 'active'),
        sql`${billingRules.effectiveFrom} <= ${to}`,
        or(isNull(billingRules.effectiveUntil), gte(billingRules.effectiveUntil, from)),
      ),
    )
    .orderBy(desc(billingRules.effectiveFrom), desc(billingRules.id))
}

/** All revisions of one's own, the latest first. */
export async function ownRevisions(ctx: TxCtx, service: Service): Promise<BillingRuleRow[]> {
  return ctx.db
    .select()
    .from(billingRules)
    .where(and(ofService(ctx, service), eq(billingRules.organizationId, ctx.organizationId)))
    .orderBy(desc(billingRules.revision))
}

/** The instants in which days of a place begin and end. */
export interface Period {
  readonly timeZone: string
  readonly since: Date
  readonly before: Date
}

export function periodOf({
  from,
  to,
  timeZone,
}: {
  readonly from: string
  readonly to: string
  readonly timeZone: string
}): Period {
  const startOf = (day: Temporal.PlainDate) => new Date(day.toZonedDateTime({ timeZone }).epochMilliseconds)
  const [first, last] = [Temporal.PlainDate.from(from), Temporal.PlainDate.from(to)]
  return { timeZone, since: startOf(first), before: startOf(last.add({ days: 1 })) }
}

/** Where an organization is: from the first of the month to today, unless it says otherwise. */
export function daysAsked(
  { from, to }: { readonly from?: string | undefined; readonly to?: string | undefined },
  now: Date,
  timeZone: string,
): { readonly from: string; readonly to: string } {
  const last = to ?? dayIn(now, timeZone)
  const first = from ?? Temporal.PlainDate.from(last).with({ day: 1 }).toString()
  if (first <= last) return { from: first, to: last }
  throw invalidInput({ path: ['to'], code: 'ends_before_start', detail: 'It would end before it began.' })
}

const dayIn = (at: Date, timeZone: string) =>
  Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(timeZone).toPlainDate().toString()

export interface DeliveredContact extends Delivered {
  readonly mentorshipId: string
}

export interface Place {
  readonly at: Date
  readonly id: string
}

/**
 * Contacts of the caller's own mentors that happened, oldest first. Without the words: nothing that is sealed is read. Where a
 * consent shows the caller contacts of other organizations, those are theirs to count.
 */
async function read(ctx: TxCtx, timeZone: string, which: SQL | undefined, limit: number) {
  const { id, mentorshipId, patientId, mentorId, mentorType, at, mode, result, minutes } = contacts
  const rows = await ctx.db
    .select({ id, mentorshipId, patientId, mentorId, mentorType, beganAt: at, mode, result, minutes })
    .from(contacts)
    .where(
      and(
        eq(contacts.networkId, ctx.networkId),
        eq(contacts.organizationId, ctx.organizationId),
        eq(contacts.enteredInError, false),
        which,
      ),
    )
    .orderBy(asc(at), asc(id))
    .limit(limit)
  if (rows.length >= neighboursMax)
    throw invalidInput({
      path: ['to'],
      code: 'period_too_long',
      detail: `${neighboursMax} contacts and more lie in these days; ask for fewer at once.`,
    })
  return rows.map((row): DeliveredContact => ({ ...row, on: dayIn(row.beganAt, timeZone) }))
}

const within = (since: Date, before: Date) => and(gte(contacts.at, since), lt(contacts.at, before))

export const deliveredIn = (
  ctx: TxCtx,
  { since, before, timeZone }: Period,
  { after, limit }: { readonly after?: Place | undefined; readonly limit: number },
): Promise<DeliveredContact[]> =>
  read(
    ctx,
    timeZone,
    and(
      within(since, before),
      after && or(gt(contacts.at, after.at), and(eq(contacts.at, after.at), gt(contacts.id, after.id))),
    ),
    limit,
  )

const hourMs = 3_600_000
/** A day is at most 25 hours long, and a contact 24. */
const dayAround = 26 * hourMs
const dayAndContactBefore = 52 * hourMs

/** So many contacts are added up at once. Units of some of them would be wrong units, so more of them are refused. */
const neighboursMax = 20_000

/** What is added up with these contacts, or may have gone on when one of those began. They are among them. */
export async function withNeighbours(
  ctx: TxCtx,
  { timeZone }: Period,
  page: readonly DeliveredContact[],
): Promise<DeliveredContact[]> {
  const [first, last] = [page[0], page.at(-1)]
  if (!first || !last) return []
  const span = within(
    new Date(first.beganAt.getTime() - dayAndContactBefore),
    new Date(last.beganAt.getTime() + dayAround),
  )
  const people = [...new Set(page.map(({ patientId }) => patientId))]
  const theirMentors = ctx.db
    .selectDistinct({ id: contacts.mentorId })
    .from(contacts)
    .where(
      and(
        eq(contacts.networkId, ctx.networkId),
        eq(contacts.organizationId, ctx.organizationId),
        inArray(contacts.patientId, people),
        span,
      ),
    )
  return read(
    ctx,
    timeZone,
    and(span, or(inArray(contacts.patientId, people), inArray(contacts.mentorId, theirMentors))),
    neighboursMax,
  )
}

/** Everything of a period, and what lies so close before and after it that it is added up with it. */
export const deliveredAround = (
  ctx: TxCtx,
  { since, before, timeZone }: Period,
): Promise<DeliveredContact[]> =>
  read(
    ctx,
    timeZone,
    within(new Date(since.getTime() - dayAndContactBefore), new Date(before.getTime() + dayAround)),
    neighboursMax,
  )
