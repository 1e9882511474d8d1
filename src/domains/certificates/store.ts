import { and, eq, inArray } from 'drizzle-orm'
import type { EventType, TxCtx } from '../../core/context.ts'
import { notFound } from '../../core/errors.ts'
import { toInstant, toInstantOrNull } from '../../core/wire.ts'
import type { Opened } from '../../db/sealing.ts'
import { creditsOf } from '../courses/rules.ts'
import { courseAccreditations } from '../courses/table.ts'
import { creditAwards } from '../credits/table.ts'
import type { Certificate } from './contract.ts'
import { statusOf } from './rules.ts'
import { certificates, sealedCertificates } from './table.ts'

export type CertificateRow = Opened<typeof certificates>

export async function findCertificate(ctx: TxCtx, id: string): Promise<CertificateRow> {
  const rows = await ctx.db
    .select(sealedCertificates.columns)
    .from(certificates)
    .where(and(eq(certificates.networkId, ctx.networkId), eq(certificates.id, id)))
  const [row] = await sealedCertificates.open(ctx, rows)
  if (!row) throw notFound('certificate')
  return row
}

/** What each says of credit comes from its award: one statement for a page of them. */
export async function toCertificates(ctx: TxCtx, rows: readonly CertificateRow[]): Promise<Certificate[]> {
  const ids = rows.flatMap(({ creditAwardId }) => creditAwardId ?? [])
  const awards =
    ids.length === 0
      ? []
      : await ctx.db
          .select({ award: creditAwards, accredited: courseAccreditations })
          .from(creditAwards)
          .innerJoin(
            courseAccreditations,
            and(
              eq(courseAccreditations.networkId, creditAwards.networkId),
              eq(courseAccreditations.id, creditAwards.accreditationId),
            ),
          )
          .where(and(eq(creditAwards.networkId, ctx.networkId), inArray(creditAwards.id, ids)))
  const known = new Map(awards.map((one) => [one.award.id, one]))
  return rows.map(({ networkId: _, mentorId: __, numberHash: ___, initials: ____, ...row }) => {
    const credit = row.creditAwardId === null ? undefined : known.get(row.creditAwardId)
    return {
      ...row,
      credits: credit ? creditsOf(credit.award.quarters) : null,
      creditType: credit?.award.creditType ?? null,
      body: credit?.accredited.body ?? null,
      providerNumber: credit?.accredited.providerNumber ?? null,
      activityNumber: credit?.accredited.activityNumber ?? null,
      statement: credit?.accredited.statement ?? null,
      status: statusOf(row, ctx.now),
      revokedAt: toInstantOrNull(row.revokedAt),
      createdAt: toInstant(row.createdAt),
      updatedAt: toInstant(row.updatedAt),
    }
  })
}

export function tellOfCertificate(
  ctx: TxCtx,
  type: Extract<EventType, `certificate.${string}`>,
  { id }: Pick<CertificateRow, 'id'>,
): void {
  ctx.emit({ type, subjectType: 'certificate', subjectId: id })
  ctx.touch({ subjectType: 'certificate', subjectId: id })
}
