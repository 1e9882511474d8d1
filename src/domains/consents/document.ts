import { createHash } from 'node:crypto'
import { and, eq } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import type { ConsentDocument, InlineConsent } from './contract.ts'
import { statementTexts } from './statements.ts'
import type { ConsentRow, StoredConsent } from './store.ts'
import { consentDocuments } from './table.ts'

type Sent = NonNullable<InlineConsent['document']>

/** Keeps the signed document beside its consent, sealed. Sent without waiting. */
export function keepDocument(
  ctx: TxCtx,
  { networkId, id, organizationId }: ConsentRow,
  { mediaType, content }: Sent,
): void {
  ctx.write(
    ctx.db.insert(consentDocuments).values({
      networkId,
      consentId: id,
      organizationId,
      mediaType,
      sha256: createHash('sha256').update(Buffer.from(content, 'base64')).digest('hex'),
      content: ctx.keyring.seal('consent-document', content),
      createdAt: ctx.now,
    }),
  )
}

export async function readDocument(ctx: TxCtx, consentId: string): Promise<ConsentDocument['signed']> {
  const [row] = await ctx.db
    .select()
    .from(consentDocuments)
    .where(and(eq(consentDocuments.networkId, ctx.networkId), eq(consentDocuments.consentId, consentId)))
  if (!row) return null
  const { mediaType, sha256, content } = row
  return { mediaType, sha256, content: ctx.keyring.open('consent-document', content) }
}

const plain = (codes: readonly string[]) => codes.map((code) => code.replaceAll('_', ' ')).join(', ')

/** The consent written out. `named` says whether the reader may have the names of the people who signed. */
export function writtenOut({ row, parties }: StoredConsent, named: boolean): string {
  const texts = statementTexts[row.statementsVersion]
  const party = (role: string) =>
    parties
      .filter((one) => one.role === role && one.designation !== 'member')
      .map(({ name, description, partyOrganizationId }) => name ?? description ?? partyOrganizationId)
      .join('; ')
  const until = row.expiresOn ?? row.expirationEvent ?? 'none'
  const lines = [
    'Consent to disclose records protected by 42 CFR part 2',
    `Patient: ${named ? row.patientNameAsSigned : '(not part of what is disclosed to you)'}`,
    `May disclose: ${party('discloser')}`,
    `May receive: ${party('recipient') || 'my treating providers'}`,
    ...(row.bothDirections ? ['The recipients may disclose back to the disclosers.'] : []),
    `What: ${plain(row.dataClasses)}. ${row.informationDescription}`,
    `Why: ${plain(row.purposes)}${row.purposeText ? `. ${row.purposeText}` : ''}`,
    `Until: ${until}`,
    ...(row.rightToRevoke ? [texts.rightToRevoke] : []),
    `How to revoke: ${row.revocationInstructions}`,
    ...(row.redisclosurePotential ? [texts.redisclosurePotential] : []),
    ...(row.hipaaRedisclosure ? [texts.hipaaRedisclosure] : []),
    ...(row.refusalConsequences ? [texts.refusalConsequences] : []),
    `Signed on ${row.signedOn ?? '(not signed)'}${named ? ` by ${row.signatures.map(({ name, role }) => `${name} (${role.replaceAll('_', ' ')})`).join(', ')}` : ''}`,
  ]
  return lines.join('\n')
}
