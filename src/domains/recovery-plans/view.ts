import { toInstant, toInstantOrNull } from '../../core/wire.ts'
import type { Opened } from '../../db/sealing.ts'
import type { Milestone, PlanContent, PlanVersion, RecoveryPlan } from './contract.ts'
import { digestOf, emptyPlan } from './rules.ts'
import type { PlanRow, Signature } from './store.ts'
import type { milestones, planVersions } from './table.ts'

/** A plan whose person's data was destroyed is an empty one. */
export const contentOf = ({ content }: { readonly content: PlanContent | null }): PlanContent => ({
  ...emptyPlan,
  ...content,
})

function signedBy(signatures: readonly Signature[], planId: string, number: number) {
  const at = (signer: Signature['signer']) =>
    signatures.find((one) => one.planId === planId && one.number === number && one.signer === signer)
      ?.signedAt ?? null
  return {
    signedByPatientAt: toInstantOrNull(at('patient')),
    signedByMentorAt: toInstantOrNull(at('mentor')),
  }
}

/** The working text, or in its place the version that was signed. */
export function toPlan(
  row: PlanRow,
  signatures: readonly Signature[],
  signed?: Opened<typeof planVersions>,
): RecoveryPlan {
  const content = contentOf(signed ?? row)
  const number = signed?.number ?? row.number
  return {
    id: row.id,
    organizationId: row.organizationId,
    patientId: row.patientId,
    ...content,
    number,
    currentNumber: row.current,
    digest: signed?.digest ?? digestOf(content, number),
    ...signedBy(signatures, row.id, number),
    version: row.version,
    createdAt: toInstant(row.createdAt),
    updatedAt: toInstant(row.updatedAt),
  }
}

export function toPlanVersion(
  row: Opened<typeof planVersions>,
  signatures: readonly Signature[],
): PlanVersion {
  return {
    number: row.number,
    ...contentOf(row),
    digest: row.digest,
    ...signedBy(signatures, row.planId, row.number),
    createdAt: toInstant(row.createdAt),
  }
}

export function toMilestone(row: Opened<typeof milestones>): Milestone {
  const { id, planId, kind, note, reachedOn, sharedWith, recordedBy, version } = row
  return {
    id,
    planId,
    kind,
    note,
    reachedOn,
    sharedWith,
    recordedBy,
    version,
    createdAt: toInstant(row.createdAt),
    updatedAt: toInstant(row.updatedAt),
  }
}
