import { and, arrayContains, asc, desc, eq, inArray, type SQL, sql } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { notFound } from '../../core/errors.ts'
import type { Tx } from '../../db/client.ts'
import type { Opened } from '../../db/sealing.ts'
import type { ConsentFacts, Party } from '../decisions/facts.ts'
import { organizations } from '../organizations/table.ts'
import type { ConsentStatus, DataClass } from './codes.ts'
import { partyRows } from './parties.ts'
import { consentParties, consents, sealedConsents, sealedParties } from './table.ts'

export type ConsentRow = Opened<typeof consents>
export type PartyRow = Omit<
  typeof consentParties.$inferSelect,
  'networkId' | 'organizationId' | 'readerIds' | 'patientId' | 'sealed'
> & {
  readonly name: string | null
}

/** A consent with its parties, as stored. */
export interface StoredConsent {
  readonly row: ConsentRow
  readonly parties: readonly PartyRow[]
}

/** Which consents, in which order, how many at most. */
interface Which {
  readonly condition: SQL | undefined
  readonly orderBy: SQL
  readonly limit: number
}

const selectConsents = (db: Tx, { condition, orderBy, limit }: Which) =>
  db.select(sealedConsents.columns).from(consents).where(condition).orderBy(orderBy).limit(limit)

/** Their parties: a statement of its own, in the same round trip. */
const selectParties = (db: Tx, which: Which, networkId: string) =>
  db
    .select({ party: sealedParties.columns, name: organizations.name })
    .from(consentParties)
    .leftJoin(
      organizations,
      and(
        eq(organizations.networkId, consentParties.networkId),
        eq(organizations.id, consentParties.partyOrganizationId),
      ),
    )
    .where(
      and(
        eq(consentParties.networkId, networkId),
        inArray(
          consentParties.consentId,
          db
            .select({ id: consents.id })
            .from(consents)
            .where(which.condition)
            .orderBy(which.orderBy)
            .limit(which.limit),
        ),
      ),
    )
    .orderBy(asc(consentParties.role), asc(consentParties.position))

/** Consents by a condition on the `consents` table, with their parties. */
export async function readConsents(
  ctx: TxCtx,
  condition: SQL,
  orderBy: SQL,
  limit: number,
): Promise<StoredConsent[]> {
  const { db, networkId } = ctx
  const which = { condition: and(eq(consents.networkId, networkId), condition), orderBy, limit }
  const [stored, parties] = await Promise.all([
    selectConsents(db, which),
    selectParties(db, which, networkId),
  ])
  return assemble(ctx, stored, parties)
}

async function assemble(
  ctx: TxCtx,
  stored: Awaited<ReturnType<typeof selectConsents>>,
  parties: Awaited<ReturnType<typeof selectParties>>,
): Promise<StoredConsent[]> {
  const [rows, opened] = await Promise.all([
    sealedConsents.open(ctx, stored),
    sealedParties.open(
      ctx,
      parties.map(({ party }) => party),
    ),
  ])
  const partiesOf = new Map<string, PartyRow[]>(rows.map(({ id }) => [id, []]))
  for (const [index, party] of opened.entries())
    partiesOf.get(party.consentId)?.push({ ...party, name: parties[index]?.name ?? null })
  return rows.map((row) => {
    const drafted = row.draftParties
    const ofDraft = drafted && partyRows(row.id, drafted.disclosers, drafted.recipients)
    return { row, parties: ofDraft ?? partiesOf.get(row.id) ?? [] }
  })
}

/** As a consent is shown: one whose day has passed has expired, whether or not a sweep has come by. */
export function statusIs({ now }: TxCtx, status: ConsentStatus | undefined): SQL | undefined {
  if (status === undefined) return undefined
  const isOver = sql`coalesce(${consents.expiresOn} < ${now.toISOString().slice(0, 10)}::date, false)`
  if (status === 'active') return sql`(${consents.status} = 'active' and not ${isOver})`
  if (status === 'expired')
    return sql`(${consents.status} = 'expired' or (${consents.status} = 'active' and ${isOver}))`
  return eq(consents.status, status)
}

export async function findConsent(ctx: TxCtx, id: string): Promise<StoredConsent> {
  const [found] = await readConsents(ctx, eq(consents.id, id), desc(consents.id), 1)
  if (!found) throw notFound('consent')
  return found
}

/** A consent that the calling organization holds; only its holder changes it. */
export async function findOwnConsent(ctx: TxCtx, id: string): Promise<StoredConsent> {
  const stored = await findConsent(ctx, id)
  if (stored.row.organizationId !== ctx.organizationId) throw notFound('consent')
  return stored
}

/** How many consents to one class are held at once, the newest: one person has a few. */
const heldMax = 100

/**
 * A person's consents that are in force and cover a class, held until the transaction ends: a revocation that comes at the
 * same time waits until what rests on them is written, and one that was faster has ended them here.
 */
export async function holdConsents(
  ctx: TxCtx,
  patientId: string,
  dataClass: DataClass,
): Promise<ConsentRow[]> {
  const rows = await ctx.db
    .select(sealedConsents.columns)
    .from(consents)
    .where(
      and(
        eq(consents.networkId, ctx.networkId),
        eq(consents.patientId, patientId),
        eq(consents.status, 'active'),
        arrayContains(consents.dataClasses, [dataClass]),
      ),
    )
    .orderBy(desc(consents.id))
    .limit(heldMax)
    .for('share')
  return sealedConsents.open(ctx, rows)
}

/** A consent as far as decisions look at it. */
export interface WeighedConsent {
  readonly row: Pick<
    ConsentRow,
    Exclude<keyof ConsentFacts, 'disclosers' | 'recipients'> | 'revokedDataClasses'
  >
  readonly parties: readonly PartyRow[]
}

/** What is in force of a consent: less the recipients and classes that were revoked. */
export function toFacts({ row, parties }: WeighedConsent): ConsentFacts {
  const inForce = parties.filter(({ revokedAt }) => revokedAt === null)
  return {
    ...row,
    dataClasses: row.dataClasses.filter((dataClass) => !row.revokedDataClasses.includes(dataClass)),
    disclosers: inForce.filter(({ role }) => role === 'discloser').flatMap((party) => toParties(party, [])),
    recipients: inForce
      .filter(({ role }) => role === 'recipient')
      .flatMap((party) => toParties(party, parties)),
  }
}

/** A member is designated as the class or intermediary is that it belongs to; whoever treats the person is a party of its own. */
function toParties(party: PartyRow, all: readonly PartyRow[]): Party[] {
  const { partyOrganizationId: organizationId, name, description, designation, treatingOnly } = party
  const known = name ?? description ?? ''
  const whoever = { organizationId: null, name: known, designation: 'general' as const, treatingOnly: true }
  if (designation === 'general') return [whoever]
  if (designation === 'member') {
    const via = all.find(({ role, position }) => role === 'recipient' && position === party.viaPosition)
    if (via?.revokedAt) return []
    const of = via?.designation === 'class' ? 'class' : 'intermediary'
    return [{ organizationId, name: known, designation: of, treatingOnly: false }]
  }
  const itself = { organizationId, name: known, designation, treatingOnly: false }
  return treatingOnly ? [itself, whoever] : [itself]
}
