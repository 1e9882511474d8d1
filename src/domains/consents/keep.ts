import { createHash } from 'node:crypto'
import { and, eq } from 'drizzle-orm'
import type { EventType, TxCtx } from '../../core/context.ts'
import type { PersonKey } from '../../core/data-keys.ts'
import { AppError, type Issue, invalidInput } from '../../core/errors.ts'
import { newId } from '../../core/id.ts'
import { insertRows } from '../../db/insert.ts'
import { keyOf, withKey } from '../../db/sealing.ts'
import { LostRace } from '../../db/transaction.ts'
import type { ConsentStatus } from './codes.ts'
import type { InlineConsent } from './contract.ts'
import { keepDocument } from './document.ts'
import { type Discloser, partyRows, type Recipient, readersOf } from './parties.ts'
import type { Review } from './signers.ts'
import { statementVersions } from './statements.ts'
import type { ConsentRow, StoredConsent } from './store.ts'
import { consentParties, consents, sealedConsents, sealedParties } from './table.ts'

/** A consent ready to be stored: who it is about and between whom it stands. */
export interface ConsentToStore {
  readonly patientId: string
  readonly key: PersonKey | null
  readonly consent: InlineConsent
  readonly disclosers: readonly Discloser[]
  readonly recipients: readonly Recipient[]
  readonly draft?: boolean | undefined
  readonly review?: Review | undefined
  readonly supersedesId?: string | undefined
}

const statusOf = ({ draft, review }: Pick<ConsentToStore, 'draft' | 'review'>): ConsentStatus =>
  draft ? 'draft' : review === 'pending' ? 'signed' : 'active'

/** Who finds a consent once it is stored: until it is in force, nobody. */
export const readersOnceStored = (
  { organizationId }: TxCtx,
  toStore: Pick<ConsentToStore, 'disclosers' | 'recipients' | 'draft' | 'review'>,
): string[] =>
  statusOf(toStore) === 'active'
    ? readersOf(partyRows('', toStore.disclosers, toStore.recipients), organizationId)
    : []

const eventOf = { draft: 'consent.drafted', signed: 'consent.signed', active: 'consent.granted' } as const

/** The elements as columns; what is missing of a draft is empty. */
export function elementsOf(consent: InlineConsent) {
  return {
    kind: consent.kind,
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
    hipaaRedisclosure:
      consent.statements?.hipaaRedisclosure ?? consent.statements?.redisclosurePotential ?? false,
    statementsVersion: consent.statements?.textVersion ?? statementVersions[0],
    revocationInstructions: consent.revocationInstructions ?? '',
    signatures: consent.signatures ?? [],
    signedOn: consent.signedOn ?? null,
    jurisdiction: consent.jurisdiction ?? null,
  }
}

/** What disclosures quote: nothing of the consent can be another without its digest being another. */
export function digestOfConsent({
  patientId,
  consent,
  disclosers,
  recipients,
}: Omit<ConsentToStore, 'key'>): string {
  const { document: _, ...said } = consent
  return createHash('sha256')
    .update(JSON.stringify({ patientId, ...said, disclosers, recipients }))
    .digest('hex')
}

/** Stores a consent. Sent without waiting: what refuses it, refuses the commit. */
export function storeConsent(ctx: TxCtx, toStore: ConsentToStore): StoredConsent {
  const { networkId, organizationId, now } = ctx
  const { patientId, key, consent, disclosers, recipients } = toStore
  const id = newId(now)
  const status = statusOf(toStore)
  const parties = partyRows(id, disclosers, recipients)
  const drafted = status === 'draft'
  const readerIds = readersOnceStored(ctx, toStore)
  const plain: ConsentRow = {
    networkId,
    id,
    organizationId,
    readerIds,
    patientId,
    status,
    ...elementsOf(consent),
    review: toStore.review ?? 'not_needed',
    revokedDataClasses: [],
    documentSha256: digestOfConsent(toStore),
    supersedesId: toStore.supersedesId ?? null,
    activatedAt: status === 'active' ? now : null,
    suspendedAt: null,
    suspensionReason: null,
    expiredAt: null,
    expiryToldAt: null,
    draftParties: drafted ? { disclosers: [...disclosers], recipients: [...recipients] } : null,
    revokedAt: null,
    revocationReason: null,
    version: 1,
    createdAt: now,
    updatedAt: now,
  }
  const row = withKey(plain, key)
  ctx.write(insertRows(consents, sealedConsents.row(key, plain)))
  if (!drafted) storeParties(ctx, row, parties)
  if (consent.document) keepDocument(ctx, row, consent.document)
  tell(ctx, eventOf[status as keyof typeof eventOf], row)
  return { row, parties }
}

export function storeParties(ctx: TxCtx, row: ConsentRow, parties: StoredConsent['parties']): void {
  if (parties.length === 0) return
  const { networkId, organizationId, readerIds, patientId } = row
  const held = { networkId, organizationId, readerIds, patientId }
  ctx.write(
    insertRows(
      consentParties,
      parties.map(({ name: _, ...party }) => sealedParties.row(keyOf(row), { ...party, ...held })),
    ),
  )
}

export type ConsentEvent = Extract<EventType, `consent.${string}`>

/** Event and audit of a step in a consent's life; its recipients learn of it by id. */
export function tell(ctx: TxCtx, type: ConsentEvent, { id, patientId, readerIds }: ConsentRow): void {
  ctx.emit({ type, subjectType: 'consent', subjectId: id, patientId, readerIds })
  ctx.touch({ subjectType: 'consent', subjectId: id, patientId })
}

/** Changes what was read; if another request was faster, the transaction looks again. */
export async function changeConsent(
  ctx: TxCtx,
  found: ConsentRow,
  changes: Partial<ConsentRow>,
): Promise<ConsentRow> {
  const { id, version } = found
  const changed = await ctx.db
    .update(consents)
    .set({ ...sealedConsents.changes(found, changes), version: version + 1, updatedAt: ctx.now })
    .where(and(eq(consents.networkId, ctx.networkId), eq(consents.id, id), eq(consents.version, version)))
    .returning(sealedConsents.columns)
  const [row] = await sealedConsents.open(ctx, changed)
  if (!row) throw new LostRace()
  return row
}

/** Faults that only a look into the database shows. Where all are of the consent itself, they are refused as that. */
export function refuseFaults(issues: readonly Issue[]): void {
  if (issues.length === 0) return
  if (!issues.every(({ code }) => code.startsWith('consent_'))) throw invalidInput(...issues)
  throw new AppError('consent_incomplete', 'See errors: each fault of the consent is named.', issues)
}
