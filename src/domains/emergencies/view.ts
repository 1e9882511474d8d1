import type { TxCtx } from '../../core/context.ts'
import { toInstant, toInstantOrNull } from '../../core/wire.ts'
import type { Emergency, EmergencySummary } from './contract.ts'
import { openWords } from './sealed.ts'
import type { EmergencyRecord, ReviewRow } from './store.ts'

export function toSummary({ row, document, outcome, reviews, status }: EmergencyRecord): EmergencySummary {
  return {
    id: row.id,
    patientId: row.patientId,
    organizationId: row.organizationId,
    status,
    reasonCode: row.reasonCode,
    openedAt: toInstant(row.openedAt),
    expiresAt: toInstant(row.expiresAt),
    openedBy: { organizationId: row.openedByOrganizationId },
    medicalRole: row.personnelRole,
    documentedAt: toInstantOrNull(document?.documentedAt ?? null),
    outcome,
    version: 1 + (document ? 1 : 0) + reviews,
  }
}

/** With its words. What reviewers wrote is the holder's own, and neither the opener's nor the patient's to read. */
export function toEmergency(ctx: TxCtx, record: EmergencyRecord, reviews: readonly ReviewRow[]): Emergency {
  const { row, document, key } = record
  const { medicalPersonnel, ...opening } = openWords(key, 'opening', row.id, row.sealed)
  const holder = row.organizationId === ctx.organizationId && !ctx.person
  return {
    ...toSummary(record),
    ...opening,
    medicalPersonnel: { ...medicalPersonnel, role: row.personnelRole },
    documentation: document && {
      ...openWords(key, 'document', row.id, document.sealed),
      disclosedAt: toInstant(document.disclosedAt),
    },
    ...(holder && {
      reviews: reviews.map(({ outcome, position, sealed, reviewedAt }) => ({
        outcome,
        text: openWords(key, 'review', `${row.id}/${position}`, sealed).text,
        at: toInstant(reviewedAt),
      })),
    }),
  }
}
