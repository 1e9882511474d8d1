import { sql } from 'drizzle-orm'
import { boolean, date, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { instant, sharedRow } from '../../db/columns.ts'
import { sealedColumn, sealing } from '../../db/sealing.ts'
import { priorities } from '../clocks/contract.ts'
import { businessStatuses, outcomes, referralReasons, referralStatuses } from './codes.ts'
import type { Preferences } from './contract.ts'

export const referrals = pgTable('referrals', {
  ...sharedRow,
  receivingOrganizationId: uuid().notNull(),
  programId: uuid(),
  patientId: uuid().notNull(),
  consentId: uuid(),
  agreementId: uuid(),
  placerId: text(),
  replacesId: uuid(),
  status: text({ enum: referralStatuses }).notNull(),
  open: boolean().generatedAlwaysAs(sql`status in ('requested', 'accepted', 'in_progress', 'on_hold')`),
  businessStatus: text({ enum: businessStatuses }).notNull(),
  statusReason: text(),
  statusReasonText: text(),
  outcome: text({ enum: outcomes }),
  priority: text({ enum: priorities }).notNull(),
  reasons: text({ enum: referralReasons }).array().notNull(),
  preferences: jsonb().$type<Preferences>().notNull(),
  note: text(),
  resumeBy: date({ mode: 'string' }),
  clockId: uuid(),
  acceptedAt: instant(),
  closedAt: instant(),
  version: integer().notNull().default(1),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
  sealed: sealedColumn(),
})

export const sealedReferrals = sealing(referrals, {
  person: 'patientId',
  row: ['id'],
  members: { statusReasonText: null, note: null },
})

/** The referral's history. Append-only. */
export const referralTransitions = pgTable('referral_transitions', {
  ...sharedRow,
  referralId: uuid().notNull(),
  at: instant().notNull(),
  command: text().notNull(),
  fromStatus: text({ enum: referralStatuses }),
  status: text({ enum: referralStatuses }).notNull(),
  businessStatus: text({ enum: businessStatuses }).notNull(),
  reason: text(),
  reasonText: text(),
  actorOrganizationId: uuid().notNull(),
  patientId: uuid(),
  sealed: sealedColumn(),
})

export const sealedTransitions = sealing(referralTransitions, {
  person: 'patientId',
  row: ['id'],
  members: { reasonText: null },
})
