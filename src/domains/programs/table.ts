import { integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { heldRow, instant } from '../../db/columns.ts'
import type { ClockSpans } from '../clocks/rules.ts'
import { mentorTypes } from '../mentors/codes.ts'
import {
  cadences,
  capacityStatuses,
  contactModes,
  type Eligibility,
  type MatchWeights,
  programStatuses,
  type StartingIntensity,
} from './contract.ts'

export const programs = pgTable('programs', {
  ...heldRow,
  name: text().notNull(),
  description: text(),
  status: text({ enum: programStatuses }).notNull().default('active'),
  modes: text({ enum: contactModes }).array().notNull(),
  languages: text().array().notNull(),
  cadence: text({ enum: cadences }).notNull(),
  serviceArea: text().array().notNull().default([]),
  /** Who may be accompanied, by what kinds of mentor; an empty list admits every kind. */
  mentorTypes: text({ enum: mentorTypes }).array().notNull().default([]),
  eligibility: jsonb().$type<Eligibility>().notNull().default({}),
  clockSpans: jsonb().$type<ClockSpans>().notNull().default({}),
  matchWeights: jsonb().$type<MatchWeights>().notNull().default({}),
  startingIntensity: jsonb().$type<StartingIntensity>().notNull().default({}),
  termWeeks: integer().notNull().default(26),
  reviewWeeks: integer().notNull().default(13),
  version: integer().notNull().default(1),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
})

/** What a program said about its room, each time. Append-only; the last counts while it is fresh. */
export const programCapacities = pgTable('program_capacities', {
  ...heldRow,
  programId: uuid().notNull(),
  status: text({ enum: capacityStatuses }).notNull(),
  openSlots: integer(),
  waitlistLength: integer(),
  medianWaitDays: integer(),
  asOf: instant().notNull(),
  freshUntil: instant().notNull(),
})
