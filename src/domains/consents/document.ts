import { createHash } from 'node:crypto'
import { and, eq } from 'drizzle-orm'
import { z } from 'zod'
import type { TxCtx } from '../../core/context.ts'
import { openValue, sealValue } from '../../core/sealing.ts'
import { insertRows } from '../../db/insert.ts'
import { keyOf, requireKey } from '../../db/sealing.ts'
import type { ConsentDocument, InlineConsent } from './contract.ts'
import { statementTexts } from './statements.ts'
import type { ConsentRow, StoredConsent } from './store.ts'
import { consentDocuments } from './table.ts'

type Sent = NonNullable<InlineConsent['document']>

const placeOf = (row: string) => ({ table: 'consent_documents', member: 'content', row })

/** Keeps the signed document beside its consent, sealed. Sent without waiting. */
export function keepDocument(ctx: TxCtx, consent: ConsentRow, { mediaType, content }: Sent): void {
  const { networkId, id, organizationId } = consent
  ctx.write(
    insertRows(consentDocuments, {
      networkId,
      consentId: id,
      organizationId,
      mediaType,
      sha256: createHash('sha256').update(Buffer.from(content, 'base64')).digest('hex'),
      content: Buffer.from(sealValue(requireKey(consent), placeOf(id), content), 'base64'),
      createdAt: ctx.now,
    }),
  )
}

export async function readDocument(ctx: TxCtx, consent: ConsentRow): Promise<ConsentDocument['signed']> {
  const [row] = await ctx.db
    .select()
    .from(consentDocuments)
    .where(and(eq(consentDocuments.networkId, ctx.networkId), eq(consentDocuments.consentId, consent.id)))
  // Of a person whose key was destroyed there is no document any more.
  if (!row || keyOf(consent)?.secret === null) return null
  const { mediaType, sha256, content } = row
  const opened = openValue(requireKey(consent), placeOf(consent.id), content.toString('base64'))
  return { mediaType, sha256, content: z.string().parse(opened) }
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
