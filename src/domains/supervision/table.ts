import { boolean, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { heldRow, instant } from '../../db/columns.ts'
import { sealedColumn, sealing } from '../../db/sealing.ts'
import { competencyGroups, sessionKinds } from './codes.ts'

export const supervisionSessions = pgTable('supervision_sessions', {
  ...heldRow,
  at: instant().notNull(),
  kind: text({ enum: sessionKinds }).notNull(),
  minutes: integer().notNull(),
  topics: text({ enum: competencyGroups }).array().notNull().default([]),
  supervisorName: text().notNull(),
  supervisorOrganizationId: uuid(),
  supervisorHasPeerBackground: boolean(),
  actions: text(),
  version: integer().notNull().default(1),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
  sealed: sealedColumn(),
})

/** A session is about several mentors: it has a key of its own. */
export const sealedSessions = sealing(supervisionSessions, {
  person: 'id',
  row: ['id'],
  members: { supervisorName: '', actions: null },
})

/** Who was there. */
export const supervisionAttendances = pgTable('supervision_attendances', {
  networkId: uuid().notNull(),
  sessionId: uuid().notNull(),
  mentorId: uuid().notNull(),
  organizationId: uuid().notNull(),
})
