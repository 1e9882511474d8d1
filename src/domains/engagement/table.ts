import { boolean, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { instant, networkKey, sharedRow } from '../../db/columns.ts'
import { engagementStatuses, type RuleParameters, type reasonCodes } from './contract.ts'

/**
 * The status that was told last of each referral, and when it is to be looked at again. Never shown: an answer is
 * computed at the moment of the request. Held by the receiving organization, read by the one that sent the referral.
 */
export const engagementStates = pgTable('engagement_states', {
  networkId: uuid().notNull(),
  referralId: uuid().notNull(),
  organizationId: uuid().notNull(),
  readerIds: uuid().array().notNull().default([]),
  /** Null until it was told for the first time. */
  status: text({ enum: engagementStatuses }),
  ruleSet: text(),
  since: instant(),
  /** When the answer last changed by more than the clock's hand. */
  changedAt: instant().notNull(),
  dueAt: instant(),
})

/** What changed, each under the rule set that made it so. Append-only. */
export const engagementChanges = pgTable('engagement_changes', {
  ...sharedRow,
  referralId: uuid().notNull(),
  at: instant().notNull(),
  fromStatus: text({ enum: engagementStatuses }),
  status: text({ enum: engagementStatuses }).notNull(),
  since: instant().notNull(),
  ruleSet: text().notNull(),
  reasons: jsonb()
    .$type<readonly { readonly code: (typeof reasonCodes)[number]; readonly at: string }[]>()
    .notNull(),
})

/** A network's own rule sets; while none is active, the built-in one is. */
export const engagementRuleSets = pgTable('engagement_rule_sets', {
  ...networkKey,
  name: text().notNull(),
  parameters: jsonb().$type<RuleParameters>().notNull(),
  active: boolean().notNull().default(false),
  activatedAt: instant(),
  version: integer().notNull().default(1),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
})
