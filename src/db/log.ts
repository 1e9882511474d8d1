import { bigint, boolean, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import type { NewEvent, SubjectType } from '../core/context.ts'
import { newId } from '../core/id.ts'
import { instant, sharedRow } from './columns.ts'

/** What happened: ids and codes only. Written with the change; numbered after the commit, by one sequencer. */
export const events = pgTable('events', {
  ...sharedRow,
  sequence: bigint({ mode: 'number' }),
  /** The order of writing; given by the database. */
  position: bigint({ mode: 'number' }),
  type: text().notNull(),
  subjectType: text().$type<SubjectType>().notNull(),
  subjectId: uuid().notNull(),
  codes: jsonb().$type<Readonly<Record<string, string>>>().notNull(),
  actorClientId: uuid().notNull(),
  occurredAt: instant().notNull(),
  patientId: uuid(),
  /** Whose record it tells of; null: the organization whose event it is. */
  holderId: uuid(),
  networkWide: boolean().notNull().default(false),
})

export interface Actor {
  readonly networkId: string
  readonly organizationId: string
  readonly clientId: string
  readonly actingUser?: string | undefined
  readonly requestId: string
  readonly now: Date
}

export function eventRow(actor: Actor, event: NewEvent): typeof events.$inferInsert {
  const organizationId = event.organizationId ?? actor.organizationId
  const readers = new Set(event.readerIds)
  readers.delete(organizationId)
  return {
    networkId: actor.networkId,
    id: newId(actor.now),
    organizationId,
    readerIds: [...readers],
    type: event.type,
    subjectType: event.subjectType,
    subjectId: event.subjectId,
    codes: event.codes ?? {},
    actorClientId: actor.clientId,
    occurredAt: actor.now,
    patientId: event.patientId ?? null,
    holderId: event.holderId ?? null,
    networkWide: 'networkWide' in event,
  }
}
