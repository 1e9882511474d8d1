import { and, desc, eq, gte, lt, type SQL } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import { z } from 'zod'
import type { Ctx, TxCtx } from '../../core/context.ts'
import { toInstant, toInstantOrNull } from '../../core/wire.ts'
import { organizations } from '../organizations/table.ts'
import type { LedgerEntry } from './entry.ts'
import { disclosures } from './table.ts'

const corrections = alias(disclosures, 'corrections')

/** What is sealed of a recipient outside of the network. */
const Detail = z.object({ person: z.string().nullable(), address: z.string().nullable() })
export type Detail = z.output<typeof Detail>

export const sealDetail = ({ keyring }: Ctx, detail: Detail): Buffer | null =>
  detail.person === null && detail.address === null ? null : keyring.seal('ledger', JSON.stringify(detail))

export function openDetail({ keyring }: Ctx, sealed: Buffer | null): Detail {
  if (sealed === null) return { person: null, address: null }
  return Detail.parse(JSON.parse(keyring.open('ledger', sealed)))
}

/** Rows of the ledger by a condition, newest first, with the recipient's name and what stands in their place. */
export async function readEntries(
  ctx: TxCtx,
  condition: SQL | undefined,
  { after, limit }: { after?: string | undefined; limit: number },
): Promise<LedgerEntry[]> {
  const rows = await ctx.db
    .select({ row: disclosures, name: organizations.name, correctedById: corrections.id })
    .from(disclosures)
    .leftJoin(
      organizations,
      and(
        eq(organizations.networkId, disclosures.networkId),
        eq(organizations.id, disclosures.recipientOrganizationId),
      ),
    )
    .leftJoin(
      corrections,
      and(eq(corrections.networkId, disclosures.networkId), eq(corrections.correctsId, disclosures.id)),
    )
    .where(
      and(eq(disclosures.networkId, ctx.networkId), condition, after ? lt(disclosures.id, after) : undefined),
    )
    .orderBy(desc(disclosures.id))
    .limit(limit)
  return rows.map(({ row, name, correctedById }) => toEntry(ctx, row, name, correctedById))
}

export function disclosedWithin({ from, to }: { from?: string | undefined; to?: string | undefined }) {
  return and(
    from ? gte(disclosures.at, new Date(from)) : undefined,
    to ? lt(disclosures.at, new Date(to)) : undefined,
  )
}

type Row = typeof disclosures.$inferSelect

function toEntry(ctx: TxCtx, row: Row, name: string | null, correctedById: string | null): LedgerEntry {
  const toldAll = row.organizationId === ctx.organizationId || ctx.person?.id === row.patientId
  const detail = openDetail(ctx, toldAll ? row.recipientDetail : null)
  return {
    id: row.id,
    at: toInstant(row.at),
    organizationId: row.organizationId,
    patientId: row.patientId,
    recipient: {
      organizationId: row.recipientOrganizationId,
      name: row.recipientName ?? name,
      ...detail,
      clientId: row.recipientClientId,
    },
    basis: row.basis,
    consentId: row.consentId,
    approvalId: row.approvalId,
    designation: row.designation,
    purpose: row.purpose,
    dataClasses: row.dataClasses,
    description: row.briefDescription,
    fieldsHash: row.fieldsHash,
    subjectType: row.subjectType,
    subjectId: row.subjectId,
    method: row.method,
    viaEhr: row.viaEhr,
    noticeVersion: row.noticeVersion,
    consentCopySent: row.consentCopySent,
    ruleVersion: row.ruleVersion,
    requestId: row.requestId,
    manual: row.manual,
    recordedAt: toInstantOrNull(row.recordedAt),
    correctsId: row.correctsId,
    correctedById,
  }
}
