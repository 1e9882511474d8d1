import { toInstant, toInstantOrNull } from '../../core/wire.ts'
import type {
  RecognitionAppeal,
  RecognitionCredential,
  RecognitionEvaluation,
  RecognitionScheme,
} from './contract.ts'
import { masked, stateOf } from './rules.ts'
import type { AppealRow, CredentialRow, EvaluationRow, SchemeRow } from './store.ts'

export function toScheme({ networkId: _, ...row }: SchemeRow): RecognitionScheme {
  return {
    ...row,
    retiredAt: toInstantOrNull(row.retiredAt),
    createdAt: toInstant(row.createdAt),
    updatedAt: toInstant(row.updatedAt),
  }
}

/** What came of it never changes; only that a later one has taken its place. */
export function toEvaluation({ networkId: _, subjectId: __, ...row }: EvaluationRow): RecognitionEvaluation {
  return {
    ...row,
    nextAt: toInstantOrNull(row.nextAt),
    version: row.nextAt ? 1 : 2,
    createdAt: toInstant(row.createdAt),
  }
}

/** To whoever made it as it is; to everybody else without what tells of a few people. */
export function toAppeal(
  { networkId: _, decidedByOrganizationId: __, ...row }: AppealRow,
  facts: EvaluationRow['facts'],
  readerId: string,
): RecognitionAppeal {
  return {
    ...row,
    facts: row.organizationId === readerId ? [...facts] : facts.map(masked),
    decidedAt: toInstantOrNull(row.decidedAt),
    createdAt: toInstant(row.createdAt),
    updatedAt: toInstant(row.updatedAt),
  }
}

export function toRecognition(row: CredentialRow, now: Date): RecognitionCredential {
  const { networkId: _, statusPlace: __, subjectId: ___, content, ...said } = row
  return {
    ...said,
    holder: content.holder,
    state: stateOf(row, now),
    validFrom: toInstant(row.validFrom),
    validUntil: toInstant(row.validUntil),
    revokedAt: toInstantOrNull(row.revokedAt),
    barLiftedAt: toInstantOrNull(row.barLiftedAt),
    path: `/recognition/credentials/${row.id}`,
    createdAt: toInstant(row.createdAt),
    updatedAt: toInstant(row.updatedAt),
  }
}
