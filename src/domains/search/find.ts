import { and, asc, desc, eq, or, sql } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import type { TxCtx } from '../../core/context.ts'
import { mentors, sealedMentors } from '../mentors/table.ts'
import { organizations } from '../organizations/table.ts'
import { isNumbered } from '../patients/store.ts'
import { patientIdentifiers } from '../patients/table.ts'
import { programs } from '../programs/table.ts'
import { referrals } from '../referrals/table.ts'
import type { SearchHit } from './contract.ts'

/** Finds up to `rows` of one kind. */
export type Find = (ctx: TxCtx, text: string, rows: number) => Promise<SearchHit[]>

/** Where a word of the name begins with the text; 0 where none does. The first word counts most. */
const placeIn = (name: PgColumn, text: string) =>
  sql<number>`strpos(' ' || lower(${name}), ' ' || lower(${text}))`

/** The directory, which all of the network may read. It holds thousands at the most, so it is looked through. */
export const findOrganizations: Find = async ({ db, networkId }, text, rows) => {
  const { id, name } = organizations
  const found = await db
    .select({ id, label: name })
    .from(organizations)
    .where(and(eq(organizations.networkId, networkId), sql`${placeIn(name, text)} > 0`))
    .orderBy(placeIn(name, text), asc(name), asc(id))
    .limit(rows)
  return found.map((one) => ({ type: 'organization', organizationId: one.id, ...one }))
}

export const findPrograms: Find = async ({ db, networkId }, text, rows) => {
  const { id, name, organizationId } = programs
  const found = await db
    .select({ id, organizationId, label: name })
    .from(programs)
    .where(and(eq(programs.networkId, networkId), sql`${placeIn(name, text)} > 0`))
    .orderBy(placeIn(name, text), asc(name), asc(id))
    .limit(rows)
  return found.map((one) => ({ type: 'program', ...one }))
}

/** Each has to be opened to be read: an organization with more finds those who joined last. */
const openedMax = 500

/** The names of mentors are sealed, so no index knows them; only the caller's own organization's are looked at. */
export const findMentors: Find = async (ctx, text, rows) => {
  const stored = await ctx.db
    .select(sealedMentors.columns)
    .from(mentors)
    .where(and(eq(mentors.networkId, ctx.networkId), eq(mentors.organizationId, ctx.organizationId)))
    .orderBy(desc(mentors.id))
    .limit(openedMax)
  const wanted = ` ${text.toLowerCase()}`
  const opened = await sealedMentors.open(ctx, stored)
  return opened
    .filter(({ displayName }) => ` ${displayName.toLowerCase()}`.includes(wanted))
    .slice(0, rows)
    .map(({ id, organizationId, displayName }) => ({
      type: 'mentor',
      id,
      organizationId,
      label: displayName,
    }))
}

/** Systems of numbers that one organization uses: its own, an insurer's, a state's. */
const systemsMax = 20

/** By a number of the caller's own, found by its blind index under each system that the organization uses. */
export const findPatients: Find = async (ctx, text, rows) => {
  const cut = text.indexOf('|')
  const known = cut > 0 ? [text.slice(0, cut)] : await systemsOf(ctx)
  if (known.length === 0) return []
  const value = cut > 0 ? text.slice(cut + 1) : text
  const { patientId } = patientIdentifiers
  const found = await ctx.db
    .selectDistinct({ id: patientId })
    .from(patientIdentifiers)
    .where(or(...known.map((system) => isNumbered(ctx, { system, value }))))
    .orderBy(asc(patientId))
    .limit(rows)
  for (const { id } of found) ctx.touch({ subjectType: 'patient', subjectId: id, patientId: id })
  const { organizationId } = ctx
  return found.map(({ id }) => ({ type: 'patient', id, organizationId, label: value }))
}

/** From one system to the next by the index: as many steps as there are systems, however many patients. */
async function systemsOf({ db, networkId, organizationId }: TxCtx): Promise<string[]> {
  const own = sql`network_id = ${networkId} and organization_id = ${organizationId}`
  const { rows } = await db.execute<{ system: string }>(sql`
    with recursive known (system) as (
      (select min(system) from patient_identifiers where ${own})
      union all
      select (select min(system) from patient_identifiers where ${own} and system > known.system)
      from known where known.system is not null
    )
    select system from known where system is not null limit ${systemsMax}`)
  return rows.map(({ system }) => system)
}

/** By the order's number in the caller's own system. */
export const findReferrals: Find = async (ctx, text, rows) => {
  const { id, organizationId, patientId, placerId } = referrals
  const found = await ctx.db
    .select({ id, organizationId, patientId })
    .from(referrals)
    .where(
      and(eq(referrals.networkId, ctx.networkId), eq(organizationId, ctx.organizationId), eq(placerId, text)),
    )
    .limit(rows)
  for (const one of found) ctx.touch({ subjectType: 'referral', subjectId: one.id, patientId: one.patientId })
  return found.map((one) => ({
    type: 'referral',
    id: one.id,
    organizationId: one.organizationId,
    label: text,
  }))
}
