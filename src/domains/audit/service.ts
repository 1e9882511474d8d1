import { and, desc, eq, gte, lt, type SQL } from 'drizzle-orm'
import type { z } from 'zod'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { pageById } from '../../core/page.ts'
import { toInstant } from '../../core/wire.ts'
import { auditEvents } from '../../db/audit.ts'
import { findOwnOrSelf } from '../patients/store.ts'
import { accessesOf } from './accesses.ts'
import { AccessFilter, type AuditEvent, AuditFilter, VerifyFrom } from './contract.ts'
import { type Anchor, verifyFrom } from './verify.ts'

export const listAuditEvents = action({
  id: 'auditEvents.list',
  scope: 'audit:read',
  input: AuditFilter,
  run: async (ctx, { limit, cursor, ...filters }) => {
    const page = await pageById(ctx, { list: 'audit-events', filters, limit, cursor }, (after, rows) =>
      ctx.db
        .select()
        .from(auditEvents)
        .where(and(matching(ctx, filters), after ? lt(auditEvents.id, after) : undefined))
        .orderBy(desc(auditEvents.id))
        .limit(rows),
    )
    // Who looks into the trail is in the trail.
    ctx.touch(
      filters.patientId === undefined
        ? { subjectType: 'organization', subjectId: ctx.organizationId }
        : { subjectType: 'patient', subjectId: filters.patientId, patientId: filters.patientId },
    )
    return { data: page.rows.map(toAuditEvent), nextCursor: page.nextCursor }
  },
})

/** Ids are in order of time to within some seconds: it is by them that a span of time is found in the index. */
const skewMs = 60_000

function matching(
  { networkId, organizationId }: TxCtx,
  filters: Omit<z.output<typeof AuditFilter>, 'limit' | 'cursor'>,
): SQL | undefined {
  const { patientId, subjectType, subjectId, clientId, actingUser, action, outcome } = filters
  const from = filters.from === undefined ? undefined : new Date(filters.from)
  const to = filters.to === undefined ? undefined : new Date(filters.to)
  return and(
    eq(auditEvents.networkId, networkId),
    eq(auditEvents.organizationId, organizationId),
    patientId ? eq(auditEvents.patientId, patientId) : undefined,
    subjectType ? eq(auditEvents.subjectType, subjectType) : undefined,
    subjectId ? eq(auditEvents.subjectId, subjectId) : undefined,
    clientId ? eq(auditEvents.actorClientId, clientId) : undefined,
    actingUser ? eq(auditEvents.actingUser, actingUser) : undefined,
    action ? eq(auditEvents.action, action) : undefined,
    outcome ? eq(auditEvents.outcome, outcome) : undefined,
    from && and(gte(auditEvents.at, from), gte(auditEvents.id, firstIdAt(from.getTime() - skewMs))),
    to && and(lt(auditEvents.at, to), lt(auditEvents.id, firstIdAt(to.getTime() + skewMs))),
  )
}

/** The smallest UUIDv7 of a millisecond (RFC 9562: its first 48 bits). */
function firstIdAt(ms: number): string {
  const hex = Math.max(ms, 0).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`
}

function toAuditEvent(row: typeof auditEvents.$inferSelect): AuditEvent {
  const { personType, personId } = row
  return {
    id: row.id,
    at: toInstant(row.at),
    action: row.action,
    outcome: row.outcome,
    code: row.code,
    subjectType: row.subjectType,
    subjectId: row.subjectId,
    patientId: row.patientId,
    clientId: row.actorClientId,
    actingUser: row.actingUser,
    person: personType && personId ? { type: personType, id: personId } : null,
    face: row.face,
    clientAddress: row.clientAddress,
    basis: row.basis && { kind: row.basis, id: row.basisId },
    requestId: row.requestId,
  }
}

export const verifyAuditEvents = action({
  id: 'auditEvents.verify',
  scope: 'audit:read',
  alone: true,
  input: VerifyFrom,
  run: async (ctx, { from, head }) => {
    const verification = await ctx.acrossOrganizations(() => verifyFrom(ctx, from, keptHead(head)))
    ctx.touch({ subjectType: 'organization', subjectId: ctx.organizationId })
    return verification
  },
})

function keptHead(text: string | undefined): Anchor | undefined {
  const [position = '', hash = ''] = text?.split(':') ?? []
  return text === undefined ? undefined : { position: Number(position), hash: Buffer.from(hash, 'hex') }
}

export const listAccesses = action({
  id: 'patients.listAccesses',
  scope: 'disclosures:read',
  alone: true,
  portal: ['patient'],
  input: AccessFilter,
  run: async (ctx, { id, from, to }) => {
    await findOwnOrSelf(ctx, id)
    const last = to ?? toInstant(ctx.now).slice(0, 10)
    const first = from ?? threeMonthsBefore(last)
    const accesses = await accessesOf(ctx, id, { from: first, to: last })
    ctx.touch({ subjectType: 'patient', subjectId: id, patientId: id })
    return accesses
  },
})

function threeMonthsBefore(day: string): string {
  return toInstant(new Date(Date.parse(day) - 92 * 86_400_000)).slice(0, 10)
}
