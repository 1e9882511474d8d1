import { boolean, date, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { instant, sharedRow } from '../../db/columns.ts'
import { sealedColumn, sealing } from '../../db/sealing.ts'
import { milestoneKinds } from '../publications/codes.ts'
import { type Sharer, signers } from './codes.ts'
import type { PlanContent } from './contract.ts'

export const recoveryPlans = pgTable('recovery_plans', {
  ...sharedRow,
  patientId: uuid().notNull(),
  content: jsonb().$type<PlanContent>(),
  number: integer().notNull().default(1),
  /** Somebody has signed this text: the next change begins the next number. */
  frozen: boolean().notNull().default(false),
  current: integer(),
  version: integer().notNull().default(1),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
  sealed: sealedColumn(),
})

export const sealedPlans = sealing(recoveryPlans, {
  person: 'patientId',
  row: ['id'],
  members: { content: null },
})

const ofPlan = {
  networkId: uuid().notNull(),
  planId: uuid().notNull(),
  number: integer().notNull(),
  organizationId: uuid().notNull(),
  readerIds: uuid().array().notNull().default([]),
  patientId: uuid().notNull(),
}

export const planVersions = pgTable('recovery_plan_versions', {
  ...ofPlan,
  content: jsonb().$type<PlanContent>(),
  digest: text().notNull(),
  createdAt: instant().notNull(),
  sealed: sealedColumn(),
})

export const sealedPlanVersions = sealing(planVersions, {
  person: 'patientId',
  row: ['planId', 'number'],
  members: { content: null },
})

export const planSignatures = pgTable('recovery_plan_signatures', {
  ...ofPlan,
  signer: text({ enum: signers }).notNull(),
  mentorId: uuid(),
  digest: text().notNull(),
  signedAt: instant().notNull(),
})

export const milestones = pgTable('milestones', {
  ...sharedRow,
  patientId: uuid().notNull(),
  planId: uuid().notNull(),
  kind: text({ enum: milestoneKinds }).notNull(),
  note: text(),
  reachedOn: date({ mode: 'string' }),
  sharedWith: text().array().$type<Sharer[]>().notNull().default([]),
  recordedBy: text({ enum: signers }).notNull(),
  version: integer().notNull().default(1),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
  sealed: sealedColumn(),
})

export const sealedMilestones = sealing(milestones, {
  person: 'patientId',
  row: ['id'],
  members: { note: null },
})
