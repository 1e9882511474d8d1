import { sql } from 'drizzle-orm'
import { boolean, pgTable, smallint, text, uuid } from 'drizzle-orm/pg-core'
import { instant, sharedRow } from '../../db/columns.ts'
import { nextActions, ownerRoles } from './contract.ts'

/** A running deadline: what has to happen next, whose turn it is, and by when. */
export const clocks = pgTable('clocks', {
  ...sharedRow,
  subjectType: text({ enum: ['referral', 'mentor', 'accounting_request', 'emergency'] }).notNull(),
  subjectId: uuid().notNull(),
  action: text({ enum: nextActions }).notNull(),
  ownerOrganizationId: uuid().notNull(),
  ownerRole: text({ enum: ownerRoles }).notNull(),
  ruleSet: text().notNull(),
  startedAt: instant().notNull(),
  dueAt: instant().notNull(),
  stoppedAt: instant(),
  /** How far it has climbed the escalation ladder, and when it climbs on. */
  step: smallint().notNull().default(0),
  nextStepAt: instant(),
  running: boolean().generatedAlwaysAs(sql`stopped_at is null`),
})
