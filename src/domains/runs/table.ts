import { customType, doublePrecision, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { heldRow, instant } from '../../db/columns.ts'
import { type NewMatchingRun, type RunSummary, runStatuses } from './contract.ts'

const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' })

export interface RunProgress {
  readonly phase?: string
  readonly done?: number
  readonly total?: number
}

export const matchingRuns = pgTable('matching_runs', {
  ...heldRow,
  programId: uuid().notNull(),
  status: text({ enum: runStatuses }).notNull(),
  options: jsonb().$type<Omit<NewMatchingRun, 'programId'>>().notNull(),
  progress: jsonb().$type<RunProgress>().notNull().default({}),
  /** The problem as JSON, deflated. */
  input: bytea(),
  inputSha256: text(),
  summary: jsonb().$type<RunSummary>(),
  failure: text(),
  startedAt: instant(),
  finishedAt: instant(),
  version: integer().notNull().default(1),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
})

export const matchingRunPairs = pgTable('matching_run_pairs', {
  networkId: uuid().notNull(),
  runId: uuid().notNull(),
  referralId: uuid().notNull(),
  organizationId: uuid().notNull(),
  mentorId: uuid().notNull(),
  score: doublePrecision().notNull(),
  referralVersion: integer().notNull(),
  status: text({ enum: ['proposed', 'applied', 'refused'] }).notNull(),
  refusal: text(),
  offerId: uuid(),
})
