import { and, desc, eq, lt } from 'drizzle-orm'
import { z } from 'zod'
import { action } from '../../core/action.ts'
import { AppError, notFound } from '../../core/errors.ts'
import { Id, newId } from '../../core/id.ts'
import { pageById } from '../../core/page.ts'
import { checkVersion } from '../../core/version.ts'
import { toInstant } from '../../core/wire.ts'
import { insertRows } from '../../db/insert.ts'
import { networks } from '../organizations/table.ts'
import { findOwnPatient } from '../patients/store.ts'
import {
  CertificateFilter,
  DestroyPatient,
  type DestructionCertificate,
  destroyedClasses,
  RetentionPolicyChanges,
} from './contract.ts'
import { destroyRecord, patientHash, recordFacts, refuseKept } from './store.ts'
import { destructionCertificates } from './table.ts'

type Row = typeof destructionCertificates.$inferSelect

const toCertificate = ({ networkId: _, ...row }: Row): DestructionCertificate => ({
  ...row,
  destroyedAt: toInstant(row.destroyedAt),
})

/** Irrevocable: an own scope, no open work, no hold, a ground that is checked, and a certificate that stays. */
export const destroyPatient = action({
  id: 'patients.destroy',
  scope: 'patients:destroy',
  input: DestroyPatient,
  run: async (ctx, { id: patientId, ground, authority }) => {
    const patient = await findOwnPatient(ctx, patientId)
    if (patient.erasedAt)
      throw new AppError('record_erased', 'The data of this person was destroyed already.')
    checkVersion(ctx, patient.version)
    const keyDigest = await ctx.acrossOrganizations(async () => {
      refuseKept(await recordFacts(ctx, patient), ground, ctx.now)
      return destroyRecord(ctx, patientId)
    })
    const row: Row = {
      networkId: ctx.networkId,
      id: newId(ctx.now),
      organizationId: ctx.organizationId,
      patientHash: patientHash(ctx, patientId),
      dataClasses: [...destroyedClasses],
      method: 'crypto_shred',
      ground,
      authority,
      keyDigest,
      destroyedAt: ctx.now,
      destroyedByClientId: ctx.clientId,
      actingUser: ctx.actingUser ?? null,
    }
    ctx.write(insertRows(destructionCertificates, row))
    ctx.emit({
      type: 'patient.erased',
      subjectType: 'patient',
      subjectId: patientId,
      patientId,
      readerIds: patient.readerIds,
      codes: { ground },
    })
    ctx.touch({ subjectType: 'patient', subjectId: patientId, patientId })
    return toCertificate(row)
  },
})

export const getCertificate = action({
  id: 'destructionCertificates.get',
  scope: 'patients:read',
  input: z.strictObject({ id: Id }),
  run: async (ctx, { id }) => {
    const [row] = await ctx.db
      .select()
      .from(destructionCertificates)
      .where(and(eq(destructionCertificates.networkId, ctx.networkId), eq(destructionCertificates.id, id)))
    if (!row) throw notFound('destruction certificate')
    return toCertificate(row)
  },
})

export const listCertificates = action({
  id: 'destructionCertificates.list',
  scope: 'patients:read',
  input: CertificateFilter,
  run: async (ctx, { limit, cursor, ...filters }) => {
    const { networkId, organizationId } = ctx
    const page = await pageById(
      ctx,
      { list: 'destruction-certificates', filters, limit, cursor },
      (after, rows) =>
        ctx.db
          .select()
          .from(destructionCertificates)
          .where(
            and(
              eq(destructionCertificates.networkId, networkId),
              eq(destructionCertificates.organizationId, organizationId),
              filters.patientId
                ? eq(destructionCertificates.patientHash, patientHash(ctx, filters.patientId))
                : undefined,
              after ? lt(destructionCertificates.id, after) : undefined,
            ),
          )
          .orderBy(desc(destructionCertificates.id))
          .limit(rows),
    )
    return { data: page.rows.map(toCertificate), nextCursor: page.nextCursor }
  },
})

export const getRetentionPolicy = action({
  id: 'retention.policy',
  scope: 'patients:read',
  input: z.strictObject({}),
  run: async ({ db, networkId }) => {
    const [network] = await db
      .select({ recordYears: networks.recordRetentionYears })
      .from(networks)
      .where(eq(networks.id, networkId))
    if (!network) throw notFound('network')
    return network
  },
})

export const updateRetentionPolicy = action({
  id: 'retention.updatePolicy',
  scope: 'network:write',
  input: RetentionPolicyChanges,
  run: (ctx, { recordYears }) =>
    ctx.acrossOrganizations(async () => {
      await ctx.db
        .update(networks)
        .set({ recordRetentionYears: recordYears })
        .where(eq(networks.id, ctx.networkId))
      const told = { subjectType: 'retention_policy', subjectId: ctx.networkId } as const
      ctx.emit({ ...told, type: 'retention_policy.updated', codes: { recordYears: String(recordYears) } })
      ctx.touch(told)
      return { recordYears }
    }),
})
