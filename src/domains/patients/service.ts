import { and, asc, desc, eq, gt, gte, lt, or, sql } from 'drizzle-orm'
import { z } from 'zod'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { Id, newId } from '../../core/id.ts'
import { cutPage, openCursor, sealCursor } from '../../core/page.ts'
import { checkVersion } from '../../core/version.ts'
import { defined, toInstant } from '../../core/wire.ts'
import { newPersonKey } from '../../db/person-keys.ts'
import { only } from '../../db/rows.ts'
import { LostRace } from '../../db/transaction.ts'
import { NewPatient, PatientChanges, PatientFilter } from './contract.ts'
import { findByIdentifier, findOwnPatient, isNumbered, newPatient, retellPatient } from './store.ts'
import { patientIdentifiers, patients, sealedPatients } from './table.ts'
import { identifiersOf, ofPatient, showPatient, toPatient } from './view.ts'

export const createPatient = action({
  id: 'patients.create',
  scope: 'patients:write',
  input: NewPatient,
  run: async (ctx, input) => {
    const known = await findByIdentifier(ctx, input.identifier)
    const id = known?.id ?? newId(ctx.now)
    const stored = known
      ? await retellPatient(ctx, known, input)
      : await ctx.db
          .insert(patients)
          .values(newPatient(ctx, input, id, await newPersonKey(ctx, id)))
          .returning(sealedPatients.columns)
    const row = only(await sealedPatients.open(ctx, stored))
    const identifiers = await identifiersOf(ctx, [row.id])
    return { ...toPatient(row, ofPatient(row.id)(identifiers)), created: known === undefined }
  },
})

export const getPatient = action({
  id: 'patients.get',
  scope: 'patients:read',
  portal: ['patient'],
  input: z.strictObject({ id: Id }),
  run: (ctx, { id }) => showPatient(ctx, id),
})

export const listPatients = action({
  id: 'patients.list',
  scope: 'patients:read',
  fromReplica: true,
  input: PatientFilter,
  run: async (ctx, { limit, cursor, ...filters }) => {
    const after = openCursor(ctx, 'patients', filters, cursor)
    const byChange = filters.modifiedSince !== undefined
    const rows = await ctx.db
      .select(sealedPatients.columns)
      .from(patients)
      .where(
        and(
          eq(patients.networkId, ctx.networkId),
          eq(patients.organizationId, ctx.organizationId),
          filters.identifier ? eq(patients.id, patientWith(ctx, filters.identifier)) : undefined,
          filters.modifiedSince ? gte(patients.updatedAt, new Date(filters.modifiedSince)) : undefined,
          after && afterPosition(byChange, after),
        ),
      )
      .orderBy(...(byChange ? [asc(patients.updatedAt), asc(patients.id)] : [desc(patients.id)]))
      .limit(limit + 1)
    const page = cutPage(rows, limit, ({ id, updatedAt }) =>
      sealCursor(ctx, 'patients', filters, byChange ? [toInstant(updatedAt), id] : [id]),
    )
    const identifiers = await identifiersOf(
      ctx,
      page.rows.map(({ id }) => id),
    )
    for (const { id } of page.rows) ctx.touch({ subjectType: 'patient', subjectId: id, patientId: id })
    return {
      data: (await sealedPatients.open(ctx, page.rows)).map((row) =>
        toPatient(row, ofPatient(row.id)(identifiers)),
      ),
      nextCursor: page.nextCursor,
    }
  },
})

function afterPosition(byChange: boolean, [first = '', id = '']: readonly string[]) {
  if (!byChange) return lt(patients.id, first)
  const at = new Date(first)
  return or(gt(patients.updatedAt, at), and(eq(patients.updatedAt, at), gt(patients.id, id)))
}

function patientWith(ctx: TxCtx, identifier: string) {
  const cut = identifier.indexOf('|')
  return sql`(${ctx.db
    .select({ id: patientIdentifiers.patientId })
    .from(patientIdentifiers)
    .where(isNumbered(ctx, { system: identifier.slice(0, cut), value: identifier.slice(cut + 1) }))})`
}

export const updatePatient = action({
  id: 'patients.update',
  scope: 'patients:write',
  input: PatientChanges,
  run: async (ctx, { id, ...changes }) => {
    const [found, identifiers] = await Promise.all([findOwnPatient(ctx, id), identifiersOf(ctx, [id])])
    checkVersion(ctx, found.version)
    const changed = await ctx.db
      .update(patients)
      .set({
        ...sealedPatients.changes(found, defined(changes)),
        version: found.version + 1,
        updatedAt: ctx.now,
      })
      .where(
        and(eq(patients.networkId, ctx.networkId), eq(patients.id, id), eq(patients.version, found.version)),
      )
      .returning(sealedPatients.columns)
    const [row] = await sealedPatients.open(ctx, changed)
    if (!row) throw new LostRace()
    ctx.emit({ type: 'patient.updated', subjectType: 'patient', subjectId: id, patientId: id })
    ctx.touch({ subjectType: 'patient', subjectId: id, patientId: id })
    return toPatient(row, ofPatient(id)(identifiers))
  },
})
