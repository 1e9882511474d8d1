import { and, desc, eq, lt } from 'drizzle-orm'
import { z } from 'zod'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { AppError, notFound } from '../../core/errors.ts'
import { Id, newId } from '../../core/id.ts'
import { pageById } from '../../core/page.ts'
import { insertRows } from '../../db/insert.ts'
import { newPersonKey } from '../../db/person-keys.ts'
import { openKey } from '../../db/sealing.ts'
import { startClock } from '../clocks/store.ts'
import { findOrganization } from '../organizations/store.ts'
import { medicalRoles } from './codes.ts'
import { EmergencyFilter, OpenEmergency } from './contract.ts'
import { type SafetyRecord, safetyRecord } from './record.ts'
import { documentWithinHours, emergencyPermit, grantMinutes, isMedicalRole, mayOpen } from './rules.ts'
import { sealWords } from './sealed.ts'
import {
  type EmergencyRecord,
  type EmergencyRow,
  factsOf,
  findEmergency,
  hasStatus,
  holderOf,
  reviewsOf,
  selectEmergencies,
  toRecord,
} from './store.ts'
import { emergencyDisclosures } from './table.ts'
import { toEmergency, toSummary } from './view.ts'

const minuteMs = 60_000

export const openEmergency = action({
  id: 'emergencies.open',
  scope: 'emergencies:write',
  input: OpenEmergency,
  run: async (ctx, { id: patientId, reasonCode, medicalPersonnel, ...words }) => {
    const { role, name, affiliation = null } = medicalPersonnel
    if (!isMedicalRole(role)) throw notMedical()
    const opener = await findOrganization(ctx, ctx.organizationId)
    const holder = await holderOf(ctx, patientId)
    if (!holder || !mayOpen(opener, holder.holderId)) throw notFound('patient')
    const { holderId, wrappedKey } = holder
    // A patient from before keys is given one now: an emergency waits for no sweep.
    const key = (await openKey(ctx, patientId, wrappedKey)) ?? (await newPersonKey(ctx, patientId))
    const id = newId(ctx.now)
    const row: EmergencyRow = {
      networkId: ctx.networkId,
      id,
      organizationId: holderId,
      readerIds: holderId === ctx.organizationId ? [] : [ctx.organizationId],
      patientId,
      reasonCode,
      personnelRole: role,
      sealed: sealWords(key, 'opening', id, { ...words, medicalPersonnel: { name, affiliation } }),
      openedByOrganizationId: ctx.organizationId,
      openedByClientId: ctx.clientId,
      openedAt: ctx.now,
      expiresAt: new Date(ctx.now.getTime() + grantMinutes * minuteMs),
    }
    ctx.write(insertRows(emergencyDisclosures, row))
    startClock(
      ctx,
      { ...row, type: 'emergency' },
      {
        action: 'document_emergency',
        ownerOrganizationId: ctx.organizationId,
        ownerRole: 'coordinator',
        dueAt: new Date(ctx.now.getTime() + documentWithinHours * 60 * minuteMs),
      },
    )
    ctx.emit({
      type: 'emergency.opened',
      subjectType: 'emergency',
      subjectId: row.id,
      patientId,
      readerIds: [holderId],
      codes: { reason: reasonCode },
    })
    touched(ctx, row)
    return toEmergency(ctx, { row, key, document: null, outcome: null, reviews: 0, status: 'open' }, [])
  },
})

const notMedical = () =>
  new AppError('not_medical_personnel', `42 CFR 2.51 names medical personnel: ${medicalRoles.join(', ')}.`, [
    {
      path: ['medicalPersonnel', 'role'],
      code: 'not_medical_personnel',
      detail: 'Nobody of another calling receives data in an emergency without consent.',
    },
  ])

export const getEmergency = action({
  id: 'emergencies.get',
  scope: 'emergencies:read',
  portal: ['patient'],
  input: z.strictObject({ id: Id }),
  run: async (ctx, { id }) => {
    const [record, reviews] = await Promise.all([findEmergency(ctx, id), reviewsOf(ctx, id)])
    touched(ctx, record.row)
    return toEmergency(ctx, record, reviews)
  },
})

/** The queue of those who review, the day's work of those who document, and what a patient is told of. */
export const listEmergencies = action({
  id: 'emergencies.list',
  scope: 'emergencies:read',
  portal: ['patient'],
  input: EmergencyFilter,
  run: async (ctx, { limit, cursor, ...filters }) => {
    const { status, patientId } = filters
    const page = await pageById(ctx, { list: 'emergencies', filters, limit, cursor }, async (after, rows) => {
      const found = await selectEmergencies(
        ctx,
        and(
          after ? lt(emergencyDisclosures.id, after) : undefined,
          status ? hasStatus(status, ctx.now) : undefined,
          patientId ? eq(emergencyDisclosures.patientId, patientId) : undefined,
        ),
      )
        .orderBy(desc(emergencyDisclosures.id))
        .limit(rows)
      return Promise.all(found.map(async (one) => ({ ...(await toRecord(ctx, one)), id: one.row.id })))
    })
    for (const { row } of page.rows) touched(ctx, row)
    return { data: page.rows.map(toSummary), nextCursor: page.nextCursor }
  },
})

/** Each look is a disclosure of its own, and stands in the ledger of everybody whose data it shows. */
export const readEmergencyRecord = action({
  id: 'emergencies.record',
  scope: 'emergencies:write',
  alone: true,
  input: z.strictObject({ id: Id }),
  run: async (ctx, { id }): Promise<SafetyRecord> => {
    const record = await findEmergency(ctx, id)
    const decision = permitted(ctx, record)
    touched(ctx, record.row)
    return safetyRecord(ctx, record.row, decision)
  },
})

/** A grant is its client's: another system of the same organization opens its own, and says why. */
function permitted(ctx: TxCtx, record: EmergencyRecord) {
  if (record.row.openedByClientId !== ctx.clientId) throw notFound('emergency')
  const decision = emergencyPermit(factsOf(record), ctx.now)
  if (decision.decision === 'deny')
    throw new AppError(
      'emergency_access_ended',
      'It ended after its minutes, or with its documentation. If the emergency goes on, open another.',
    )
  return decision
}

export function touched(ctx: TxCtx, { id, patientId }: EmergencyRow) {
  ctx.touch({ subjectType: 'emergency', subjectId: id, patientId })
}
