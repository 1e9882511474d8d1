import { createHash } from 'node:crypto'
import { and, asc, desc, eq, inArray, type SQL, sql } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { AppError, type Issue, notFound } from '../../core/errors.ts'
import { newId } from '../../core/id.ts'
import { toInstant, toInstantOrNull } from '../../core/wire.ts'
import { organizationsAmong } from '../organizations/store.ts'
import { organizations } from '../organizations/table.ts'
import type { Consent, InlineConsent } from './contract.ts'
import { type ConsentFacts, isExpired, type Party } from './decision.ts'
import { consentParties, consents } from './table.ts'

type Row = typeof consents.$inferSelect
type PartyRow = Omit<typeof consentParties.$inferSelect, 'networkId' | 'organizationId' | 'readerIds'> & {
  readonly name: string | null
}

/** A consent with its parties, as stored. */
export interface StoredConsent {
  readonly row: Row
  readonly parties: readonly PartyRow[]
}

/** Consents by a condition on the `consents` table, with their parties: two statements, one round trip. */
export async function readConsents(
  { db, networkId }: TxCtx,
  condition: SQL,
  orderBy: SQL,
  limit: number,
): Promise<StoredConsent[]> {
  const inNetwork = and(eq(consents.networkId, networkId), condition)
  const [rows, parties] = await Promise.all([
    db.select().from(consents).where(inNetwork).orderBy(orderBy).limit(limit),
    db
      .select({
        consentId: consentParties.consentId,
        position: consentParties.position,
        role: consentParties.role,
        designation: consentParties.designation,
        partyOrganizationId: consentParties.partyOrganizationId,
        description: consentParties.description,
        name: organizations.name,
      })
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
            db.select({ id: consents.id }).from(consents).where(inNetwork).orderBy(orderBy).limit(limit),
          ),
        ),
      )
      .orderBy(asc(consentParties.role), asc(consentParties.position)),
  ])
  return rows.map((row) => ({ row, parties: parties.filter(({ consentId }) => consentId === row.id) }))
}

/** As a consent is shown: one whose day has passed has expired, whether or not a sweep has come by. */
export function statusIs({ now }: TxCtx, status: Consent['status'] | undefined): SQL | undefined {
  const today = now.toISOString().slice(0, 10)
  const expired = sql`(${consents.status} = 'active' and ${consents.expiresOn} < ${today}::date)`
  return (
    status &&
    {
      active: sql`(${consents.status} = 'active' and not coalesce(${expired}, false))`,
      expired: sql`(${consents.status} = 'expired' or coalesce(${expired}, false))`,
      revoked: eq(consents.status, 'revoked'),
      entered_in_error: eq(consents.status, 'entered_in_error'),
    }[status]
  )
}

export async function findConsent(ctx: TxCtx, id: string): Promise<StoredConsent> {
  const [found] = await readConsents(ctx, eq(consents.id, id), desc(consents.id), 1)
  if (!found) throw notFound('consent')
  return found
}

const partiesOf = (parties: readonly PartyRow[], role: PartyRow['role']) =>
  parties.filter((party) => party.role === role)

export function toFacts({ row, parties }: StoredConsent): ConsentFacts {
  const named = (role: PartyRow['role']): Party[] =>
    partiesOf(parties, role).map(({ partyOrganizationId, name, description }) => ({
      organizationId: partyOrganizationId,
      name: name ?? description ?? '',
    }))
  return { ...row, disclosers: named('discloser'), recipients: named('recipient') }
}

export function toConsent({ row, parties }: StoredConsent, now: Date): Consent {
  const expired = row.status === 'active' && isExpired(row.expiresOn, now)
  const {
    networkId: _,
    readerIds: __,
    expiresOn,
    expirationEvent,
    expirationNone,
    rightToRevoke,
    redisclosurePotential,
    refusalConsequences,
    ...fields
  } = row
  return {
    ...fields,
    status: expired ? 'expired' : row.status,
    disclosers: partiesOf(parties, 'discloser').map(({ partyOrganizationId }) => ({
      organizationId: partyOrganizationId ?? '',
    })),
    recipients: partiesOf(parties, 'recipient').map(({ designation, partyOrganizationId, description }) => ({
      designation,
      organizationId: partyOrganizationId,
      description,
    })),
    expiration: { on: expiresOn, event: expirationEvent, none: expirationNone },
    statements: { rightToRevoke, redisclosurePotential, refusalConsequences },
    revokedAt: toInstantOrNull(row.revokedAt),
    createdAt: toInstant(row.createdAt),
    updatedAt: toInstant(row.updatedAt),
  }
}

/** A consent whose elements are complete, ready to be stored: who it is about and between whom it stands. */
export interface ConsentToStore {
  readonly patientId: string
  readonly consent: InlineConsent
  readonly disclosers: readonly { readonly organizationId: string }[]
  readonly recipients: readonly NonNullable<InlineConsent['recipients']>[number][]
}

/** Stores an active consent. Sent without waiting: what refuses it, refuses the commit. */
export function storeConsent(
  ctx: TxCtx,
  { patientId, consent, disclosers, recipients }: ConsentToStore,
): StoredConsent {
  const { networkId, organizationId, now } = ctx
  const id = newId(now)
  const readerIds = [...new Set(recipients.flatMap((recipient) => recipient.organizationId ?? []))].filter(
    (reader) => reader !== organizationId,
  )
  const row: Row = {
    networkId,
    id,
    organizationId,
    readerIds,
    patientId,
    kind: consent.kind,
    status: 'active',
    patientNameAsSigned: consent.patientNameAsSigned ?? '',
    bothDirections: consent.bothDirections,
    dataClasses: consent.dataClasses ?? [],
    informationDescription: consent.informationDescription ?? '',
    purposes: consent.purposes ?? [],
    purposeText: consent.purposeText ?? null,
    expiresOn: consent.expiration?.on ?? null,
    expirationEvent: consent.expiration?.event ?? null,
    expirationNone: consent.expiration?.none ?? false,
    rightToRevoke: consent.statements?.rightToRevoke ?? false,
    redisclosurePotential: consent.statements?.redisclosurePotential ?? false,
    refusalConsequences: consent.statements?.refusalConsequences ?? false,
    revocationInstructions: consent.revocationInstructions ?? '',
    signatures: consent.signatures ?? [],
    signedOn: consent.signedOn ?? '',
    documentSha256: createHash('sha256')
      .update(JSON.stringify({ patientId, ...consent, disclosers, recipients }))
      .digest('hex'),
    revokedAt: null,
    revocationReason: null,
    version: 1,
    createdAt: now,
    updatedAt: now,
  }
  const parties = [
    ...disclosers.map((party, position) => ({
      role: 'discloser' as const,
      designation: 'named' as const,
      position,
      partyOrganizationId: party.organizationId,
      description: null,
    })),
    ...recipients.map((party, position) => ({
      role: 'recipient' as const,
      designation: party.designation,
      position,
      partyOrganizationId: party.organizationId ?? null,
      description: party.description ?? null,
    })),
  ]
  ctx.write(ctx.db.insert(consents).values(row))
  ctx.write(
    ctx.db
      .insert(consentParties)
      .values(parties.map((party) => ({ ...party, networkId, consentId: id, organizationId, readerIds }))),
  )
  ctx.emit({ type: 'consent.granted', subjectType: 'consent', subjectId: id, patientId, readerIds })
  ctx.touch({ subjectType: 'consent', subjectId: id, patientId })
  return { row, parties: parties.map((party) => ({ ...party, consentId: id, name: null })) }
}

interface Named {
  readonly disclosers?: readonly { readonly organizationId: string }[] | undefined
  readonly recipients?: readonly { readonly organizationId?: string | undefined }[] | undefined
}

/** Parties that are no organizations of the network. `path` is where the consent stands in the request. */
export async function unknownParties(ctx: TxCtx, consent: Named, path: readonly string[]): Promise<Issue[]> {
  const parties = (['disclosers', 'recipients'] as const).flatMap((member) =>
    (consent[member] ?? []).flatMap(({ organizationId }, index) =>
      organizationId === undefined
        ? []
        : [{ organizationId, path: [...path, member, index, 'organizationId'] }],
    ),
  )
  const known = await organizationsAmong(
    ctx,
    parties.map(({ organizationId }) => organizationId),
  )
  return parties
    .filter(({ organizationId }) => !known.has(organizationId))
    .map((party) => ({
      path: party.path,
      code: 'unknown_organization',
      detail: 'The network has no such organization.',
    }))
}

export function refuseFaults(issues: readonly Issue[]): void {
  if (issues.length > 0)
    throw new AppError('consent_incomplete', 'See errors: each fault of the consent is named.', issues)
}
