import type { TxCtx } from '../core/context.ts'
import { rewrapSome } from '../db/person-keys.ts'
import { type AnySealing, sealPlain } from '../db/seal-plain.ts'
import { sealedCertificates } from '../domains/certificates/table.ts'
import { sealedConsents, sealedParties, sealedRevocations } from '../domains/consents/table.ts'
import { sealedExternalCredits } from '../domains/credits/table.ts'
import { sealedHolds } from '../domains/destruction/table.ts'
import { sealedFacts } from '../domains/enrolments/table.ts'
import { sealedLearners } from '../domains/learners/table.ts'
import { sealedMentors } from '../domains/mentors/table.ts'
import {
  sealedAgreements,
  sealedContacts,
  sealedContactVersions,
  sealedMentorships,
  sealedVoices,
} from '../domains/mentorships/table.ts'
import { sealedOffers } from '../domains/offers/table.ts'
import { sealedIdentifiers, sealedPatients } from '../domains/patients/table.ts'
import { sealedHours, sealedPlacements } from '../domains/placements/table.ts'
import { sealedVersions } from '../domains/publications/table.ts'
import { sealedCredentials, sealedScreenings } from '../domains/qualifications/table.ts'
import { sealedMilestones, sealedPlans, sealedPlanVersions } from '../domains/recovery-plans/table.ts'
import { sealedReferrals, sealedTransitions } from '../domains/referrals/table.ts'
import { sealedRestrictions } from '../domains/restrictions/table.ts'
import { sealedSessions } from '../domains/supervision/table.ts'
import { sweeping } from './sweeping.ts'

/** Every table with sealed members; test/architecture/sealing.test.ts names the columns that have none, and why. */
export const sealings: readonly AnySealing[] = [
  sealedPatients,
  sealedIdentifiers,
  sealedConsents,
  sealedParties,
  sealedRevocations,
  sealedRestrictions,
  sealedHolds,
  sealedReferrals,
  sealedTransitions,
  sealedOffers,
  sealedMentorships,
  sealedContacts,
  sealedContactVersions,
  sealedAgreements,
  sealedVoices,
  sealedMentors,
  sealedScreenings,
  sealedCredentials,
  sealedSessions,
  sealedVersions,
  sealedPlans,
  sealedPlanVersions,
  sealedMilestones,
  sealedLearners,
  sealedFacts,
  sealedCertificates,
  sealedExternalCredits,
  sealedPlacements,
  sealedHours,
]

/** One table after the other, up to `limit` rows. */
export async function sealSome(ctx: TxCtx, limit: number): Promise<number> {
  let sealed = 0
  for (const sealing of sealings) {
    sealed += await sealPlain(ctx, sealing, limit - sealed)
    if (sealed === limit) break
  }
  return sealed
}

export const sealingSweeps = [
  sweeping('sealing.seal', 300, sealSome),
  sweeping('keys.rewrap', 300, rewrapSome),
]
