import type { Ctx } from '../../core/context.ts'
import { toInstant, toInstantOrNull } from '../../core/wire.ts'
import type { Opened } from '../../db/sealing.ts'
import { isClinician } from '../mentors/codes.ts'
import type { Agreement, Contact, Mentorship } from './contract.ts'
import type { MentorshipRow } from './store.ts'
import type { contacts, contactVersions, mentorshipAgreements } from './table.ts'

/** Who the mentor is, and why they left, stays with their organization; others learn the type. */
export function toMentorship(ctx: Ctx, row: MentorshipRow): Mentorship {
  const own = row.organizationId === ctx.organizationId
  return {
    id: row.id,
    organizationId: row.organizationId,
    referralId: row.referralId,
    patientId: row.patientId,
    ...(own && { mentorId: row.mentorId, closedBecause: row.closedBecause }),
    mentorType: row.mentorType,
    status: row.status,
    cadence: row.cadence,
    startedAt: toInstant(row.startedAt),
    resumeBy: row.resumeBy,
    closedAt: toInstantOrNull(row.closedAt),
    outcome: row.outcome,
    nextSupport: row.nextSupport,
    nextSupportDeclined: row.nextSupportDeclined,
    intensity: row.intensity,
    plannedEndOn: row.plannedEndOn,
    reviewDueOn: row.reviewDueOn,
    continuityOfId: row.continuityOfId,
    reassignSince: toInstantOrNull(row.reassignSince),
    version: row.version,
    createdAt: toInstant(row.createdAt),
    updatedAt: toInstant(row.updatedAt),
  }
}

/** Shown beside each contact of a clinician, so that nobody takes it for care. */
const clinicianNotice =
  'Made as a mentor, not as a clinician: no clinical advice, and no part of the clinical record.'

export function toContact(ctx: Ctx, row: Opened<typeof contacts>): Contact {
  return {
    id: row.id,
    mentorshipId: row.mentorshipId,
    mentorType: row.mentorType,
    roleNotice: isClinician(row.mentorType) ? clinicianNotice : null,
    at: toInstant(row.at),
    mode: row.mode,
    direction: row.direction,
    result: row.result,
    minutes: row.minutes,
    summary: row.summary,
    needs: row.needs,
    ...(row.organizationId === ctx.organizationId && { introducesMentorId: row.introducesMentorId }),
    enteredInError: row.enteredInError,
    recordedAt: toInstant(row.recordedAt),
    correctedAt: toInstantOrNull(row.correctedAt),
    version: row.version,
  }
}

export function toAgreement(row: Opened<typeof mentorshipAgreements>): Agreement {
  const { id, mentorshipId, version, goals, frequency, modes, hours, emergencyPlan } = row
  return {
    id,
    mentorshipId,
    version,
    goals,
    frequency,
    modes,
    hours,
    emergencyPlan,
    signedByMentorAt: toInstantOrNull(row.signedByMentorAt),
    signedByPatientAt: toInstantOrNull(row.signedByPatientAt),
    createdAt: toInstant(row.createdAt),
  }
}

/** Corrections of one contact that are shown: nobody corrects a phone call a hundred times. */
export const versionsMax = 100

export function toContactVersion(row: Omit<Opened<typeof contactVersions>, 'contactId' | 'id'>) {
  const { version, at, mode, direction, result, minutes, summary, recordedAt } = row
  return {
    version,
    at: toInstant(at),
    mode,
    direction,
    result,
    minutes,
    summary,
    recordedAt: toInstant(recordedAt),
  }
}
