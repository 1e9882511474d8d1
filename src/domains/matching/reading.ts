import type { Reading } from '../disclosures/store.ts'
import type { ReferralRecord } from '../referrals/store.ts'
import { matchingClasses } from './store.ts'

/** What the receiving organization uses of the clinic's record. */
export function usedOf({ row, grounds }: ReferralRecord): Reading {
  return {
    grounds,
    holderId: row.organizationId,
    patientId: row.patientId,
    subjectType: 'referral',
    subjectId: row.id,
    dataClasses: matchingClasses,
  }
}

/** That somebody is being looked for is the receiving organization's to tell. */
export function toldTo({ row, grounds }: ReferralRecord): Reading {
  return {
    grounds,
    holderId: row.receivingOrganizationId,
    patientId: row.patientId,
    subjectType: 'referral',
    subjectId: row.id,
    dataClasses: ['engagement_status'],
  }
}
