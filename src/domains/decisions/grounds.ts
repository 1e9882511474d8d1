import { and, eq, ne, type SQL, sql } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { grouped } from '../../core/grouped.ts'
import type { Tx } from '../../db/client.ts'
import { once } from '../../db/once.ts'
import { toFacts } from '../consents/store.ts'
import { type ConsentTold, consentsTold, type PartyTold, partiesTold, weigh } from '../consents/weighed.ts'
import { mentorships } from '../mentorships/table.ts'
import { referrals } from '../referrals/table.ts'
import { type AgreementFacts, type Grounds, noGrounds, type Restriction } from './facts.ts'

export type GroundsOf = (patientId: string) => Grounds

/** How many consents of one patient are weighed for one decision: the newest. */
const consentsWeighedMax = 100

/** Consents of a whole page that are weighed at once: some for each of a hundred patients. */
const consentsOfPageMax = 2_000

/** For a level of a query, which may be of more people than a page: as many for each as anybody has. */
export const consentsFor = (people: number) => Math.max(consentsOfPageMax, people * 20)

/** Agreements between the caller's organization and others that are in force at a time. */
const agreementsMax = 500

/** Whose grounds: of people who are known, or of the person of a record, in the round trip that reads the record. */
export type Whose =
  | { readonly patientIds: readonly string[] }
  | { readonly referralId: string }
  /** Of a referral, for its engagement, which the receiving organization holds. */
  | { readonly engagementOf: string }
  | { readonly mentorshipId: string }

/** What the decision about one patient rests on. */
export async function groundsOf(ctx: TxCtx, patient: string | Whose): Promise<Grounds> {
  const whose = typeof patient === 'string' ? { patientIds: [patient] } : patient
  const { consents, restrictions, agreements, treating, holders } = await readAll(
    ctx,
    whose,
    consentsWeighedMax,
  )
  return {
    consents: consents.map(toFacts),
    restrictions,
    agreements,
    treating: new Set(treating.map(({ treatingOrganizationId }) => treatingOrganizationId)),
    heldBy: holders[0]?.organizationId ?? null,
  }
}

/** The same of many patients, with the same statement. */
export async function groundsOfMany(
  ctx: TxCtx,
  patientIds: readonly string[],
  most = consentsOfPageMax,
): Promise<GroundsOf> {
  if (patientIds.length === 0) return () => noGrounds
  const { consents, restrictions, agreements, treating, holders } = await readAll(ctx, { patientIds }, most)
  const consentsOf = grouped(consents, ({ patientId }) => patientId)
  const restrictionsOf = grouped(restrictions, ({ patientId }) => patientId)
  const treatsOf = grouped(treating, ({ patientId }) => patientId)
  const holderOf = new Map(holders.map(({ id, organizationId }) => [id, organizationId]))
  return (patientId) => ({
    consents: consentsOf(patientId).map(toFacts),
    restrictions: restrictionsOf(patientId),
    agreements,
    treating: new Set(treatsOf(patientId).map(({ treatingOrganizationId }) => treatingOrganizationId)),
    heldBy: holderOf.get(patientId) ?? null,
  })
}

/** What stands beside consents: of people who are known, and between organizations. */
export async function limitsOf(ctx: TxCtx, patientIds: readonly string[]): Promise<Grounds> {
  const { restrictions, agreements } = await readAll(ctx, { patientIds }, 0)
  return { ...noGrounds, restrictions, agreements }
}

/** One statement, whatever is asked of whom: it travels beside what reads the record. */
async function readAll(ctx: TxCtx, whose: Whose, limit: number) {
  const [told] = await read(ctx, whose, { limit, today: dayOf(ctx) })
  return {
    consents: await weigh(ctx, told?.consents ?? [], told?.parties ?? []),
    restrictions: told?.restrictions ?? [],
    agreements: told?.agreements ?? [],
    treating: told?.treating ?? [],
    holders: told?.holders ?? [],
  }
}

interface Asked {
  readonly limit: number
  readonly today: string
}

function read(ctx: TxCtx, whose: Whose, asked: Asked): Promise<Told[]> {
  if ('engagementOf' in whose)
    return ofEngagement(ctx, { ...asked, id: whose.engagementOf, caller: ctx.organizationId })
  if ('referralId' in whose) return ofReferral(ctx, { ...asked, id: whose.referralId })
  if ('mentorshipId' in whose) return ofMentorship(ctx, { ...asked, id: whose.mentorshipId })
  const [id, ...more] = whose.patientIds
  const isOne = id !== undefined && more.length === 0
  return isOne ? ofPerson(ctx, { ...asked, id }) : ofPeople(ctx, { ...asked, ids: whose.patientIds })
}

const { placeholder } = sql
const networkId = placeholder('networkId')
const today = placeholder('today')
const dayOf = ({ now }: TxCtx) => now.toISOString().slice(0, 10)

export interface BindingRestriction extends Restriction {
  readonly patientId: string
}

interface Told {
  readonly consents: readonly ConsentTold[] | null
  readonly parties: readonly PartyTold[] | null
  readonly restrictions: readonly BindingRestriction[] | null
  readonly agreements: readonly AgreementFacts[] | null
  readonly treating: readonly { readonly patientId: string; readonly treatingOrganizationId: string }[] | null
  readonly holders: readonly { readonly id: string; readonly organizationId: string }[] | null
}

/** All grounds as JSON in one row. Most of what a statement costs is that it is one more, on both sides. */
const groundsFor = <Values extends object>(peopleOf: (db: Tx) => SQL, isNeeded = sql`true`) =>
  once<Values & Asked, Told>((db) => {
    const ids = sql`people.ids`
    const which = { network: networkId, ids, limit: placeholder('limit') }
    return db
      .select({
        consents: consentsTold(which),
        parties: partiesTold(which),
        // Read past the organization wall, by a function that says no more than what binds the caller (migration 0074).
        restrictions: sql<Told['restrictions']>`(select json_agg(told) from (
          select r.patient_id as "patientId", r.recipient_organization_id as "recipientOrganizationId",
            r.mentor_id as "mentorId", r.data_classes as "dataClasses" from binding_restrictions(${ids}) r) told)`,
        agreements: sql<Told['agreements']>`(select json_agg(told) from (
          select a.id, a.kind, a.organization_id as "organizationId",
            a.counterparty_organization_id as "counterpartyOrganizationId", a.patient_id as "patientId",
            a.data_classes as "dataClasses", a.effective_on as "effectiveOn", a.ends_on as "endsOn",
            a.terminated_at as "terminatedAt"
          from agreements a where ${isNeeded} and a.network_id = ${networkId} and a.terminated_at is null
            and a.effective_on <= ${today} and (a.ends_on is null or a.ends_on >= ${today})
          order by a.id desc limit ${agreementsMax}) told)`,
        treating: sql<Told['treating']>`(select json_agg(told) from (
          select t.patient_id as "patientId", t.treating_organization_id as "treatingOrganizationId"
          from treating_relationships t where t.network_id = ${networkId} and t.patient_id = any(${ids})
            and t.began_on <= ${today} and (t.ended_on is null or t.ended_on > ${today})) told)`,
        holders: sql<Told['holders']>`(select json_agg(told) from (
          select h.id, h.organization_id as "organizationId"
          from patients h where h.network_id = ${networkId} and h.id = any(${ids})) told)`,
      })
      .from(sql`(select ${peopleOf(db)} as ids offset 0) people`)
  })

const ofPeople = groundsFor<{ readonly ids: readonly string[] }>(() => sql`${placeholder('ids')}::uuid[]`)
/** One of them by itself: PostgreSQL plans an array of known length once, and any other at each request. */
const ofPerson = groundsFor<{ readonly id: string }>(() => sql`array[${placeholder('id')}]::uuid[]`)
const ofReferral = groundsFor<{ readonly id: string }>((db) => thePatientOf(db, referrals))
const ofMentorship = groundsFor<{ readonly id: string }>((db) => thePatientOf(db, mentorships))
/** Of what the receiving organization holds, nothing is read for that organization itself: nothing is decided about it. */
const ofEngagement = groundsFor<{ readonly id: string; readonly caller: string }>(
  (db) => thePatientOf(db, referrals, ne(referrals.receivingOrganizationId, placeholder('caller'))),
  sql`cardinality(people.ids) > 0`,
)

const thePatientOf = (db: Tx, table: typeof referrals | typeof mentorships, condition?: SQL) =>
  sql`array(${db
    .select({ id: table.patientId })
    .from(table)
    .where(and(eq(table.networkId, networkId), eq(table.id, placeholder('id')), condition))})`
