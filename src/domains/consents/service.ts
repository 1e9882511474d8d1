import { and, desc, eq, lt, sql } from 'drizzle-orm'
import { z } from 'zod'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { absentIfNotFound, invalidInput, notFound } from '../../core/errors.ts'
import { Id } from '../../core/id.ts'
import { cutPage, openCursor, sealCursor } from '../../core/page.ts'
import { checkVersion } from '../../core/version.ts'
import { LostRace } from '../../db/transaction.ts'
import { findOwnPatient, sharePatient } from '../patients/store.ts'
import { CheckConsent, ConsentFilter, NewConsent, obligations, RevokeConsent } from './contract.ts'
import { decide } from './decision.ts'
import { dateFaults } from './elements.ts'
import { groundsOf } from './grounds.ts'
import { withdrawReferrals } from './revocation.ts'
import {
  findConsent,
  readConsents,
  refuseFaults,
  type StoredConsent,
  statusIs,
  storeConsent,
  toConsent,
  unknownParties,
} from './store.ts'
import { consents } from './table.ts'

export const createConsent = action({
  id: 'consents.create',
  scope: 'consents:write',
  input: NewConsent,
  run: async (ctx, { patientId, ...consent }) => {
    const disclosers = consent.disclosers ?? [{ organizationId: ctx.organizationId }]
    const recipients = consent.recipients ?? []
    const [patient, unknown] = await Promise.all([
      findOwnPatient(ctx, patientId).catch(absentIfNotFound),
      unknownParties(ctx, { disclosers, recipients }, []),
    ])
    const issues = [...unknown]
    if (!patient)
      issues.push({
        path: ['patientId'],
        code: 'unknown_patient',
        detail: 'Your organization has no such patient.',
      })
    if (issues.length > 0) throw invalidInput(...issues)
    refuseFaults(dateFaults(consent, ctx.now, []))
    const stored = storeConsent(ctx, { patientId, consent, disclosers, recipients })
    ctx.write(sharePatient(ctx, patientId, stored.row.readerIds))
    return toConsent(stored, ctx.now)
  },
})

export const getConsent = action({
  id: 'consents.get',
  scope: 'consents:read',
  input: z.strictObject({ id: Id }),
  run: async (ctx, { id }) => {
    const stored = await findConsent(ctx, id)
    const { row } = stored
    const consent = toConsent(stored, ctx.now)
    // To the recipient it is the copy that 42 CFR 2.32(b) speaks of, for as long as the consent is in force.
    if (row.organizationId !== ctx.organizationId && consent.status !== 'active') throw notFound('consent')
    ctx.touch({ subjectType: 'consent', subjectId: id, patientId: row.patientId })
    return consent
  },
})

export const listConsents = action({
  id: 'consents.list',
  scope: 'consents:read',
  input: ConsentFilter,
  run: async (ctx, { limit, cursor, ...filters }) => {
    const [after] = openCursor(ctx, 'consents', filters, cursor) ?? []
    const condition = and(
      eq(consents.organizationId, ctx.organizationId),
      after ? lt(consents.id, after) : undefined,
      filters.patientId ? eq(consents.patientId, filters.patientId) : undefined,
      statusIs(ctx, filters.status),
    )
    const stored = await readConsents(ctx, condition ?? sql`true`, desc(consents.id), limit + 1)
    const page = cutPage(stored, limit, ({ row }) => sealCursor(ctx, 'consents', filters, [row.id]))
    for (const { row } of page.rows)
      ctx.touch({ subjectType: 'consent', subjectId: row.id, patientId: row.patientId })
    return { data: page.rows.map((consent) => toConsent(consent, ctx.now)), nextCursor: page.nextCursor }
  },
})

/** Repeating a revocation changes nothing: what is revoked stays revoked, since the first time. */
export const revokeConsent = action({
  id: 'consents.revoke',
  scope: 'consents:write',
  input: RevokeConsent,
  run: async (ctx, { id, reason }) => {
    const stored = await findConsent(ctx, id)
    if (stored.row.organizationId !== ctx.organizationId) throw notFound('consent')
    checkVersion(ctx, stored.row.version)
    if (stored.row.status === 'revoked') return toConsent(stored, ctx.now)
    const revoked = await revoke(ctx, stored, reason)
    await withdrawReferrals(ctx, stored.row, await stillNamed(ctx, stored))
    ctx.emit({
      type: 'consent.revoked',
      subjectType: 'consent',
      subjectId: id,
      patientId: stored.row.patientId,
      readerIds: stored.row.readerIds,
    })
    ctx.touch({ subjectType: 'consent', subjectId: id, patientId: stored.row.patientId })
    return toConsent({ ...stored, row: revoked }, ctx.now)
  },
})

async function revoke(ctx: TxCtx, { row }: StoredConsent, reason: string | undefined) {
  const [revoked] = await ctx.db
    .update(consents)
    .set({
      status: 'revoked',
      revokedAt: ctx.now,
      revocationReason: reason ?? null,
      readerIds: [],
      version: row.version + 1,
      updatedAt: ctx.now,
    })
    .where(
      and(eq(consents.networkId, ctx.networkId), eq(consents.id, row.id), eq(consents.version, row.version)),
    )
    .returning()
  if (!revoked) throw new LostRace()
  return revoked
}

/** Organizations that another consent of this patient, in force, still names: they keep finding the rows. */
async function stillNamed(ctx: TxCtx, { row }: StoredConsent): Promise<Set<string>> {
  const others = await readConsents(
    ctx,
    sql`${eq(consents.patientId, row.patientId)} and ${eq(consents.status, 'active')}`,
    desc(consents.id),
    100,
  )
  return new Set(
    others.flatMap((other) => (toConsent(other, ctx.now).status === 'active' ? other.row.readerIds : [])),
  )
}

export const checkConsent = action({
  id: 'consents.check',
  scope: 'consents:read',
  input: CheckConsent,
  run: async (ctx, { patientId, recipient, purpose, dataClasses }) => {
    const [own, grounds] = await Promise.all([
      findOwnPatient(ctx, patientId).catch(absentIfNotFound),
      groundsOf(ctx, patientId),
    ])
    if (!own)
      throw invalidInput({
        path: ['patientId'],
        code: 'unknown_patient',
        detail: 'Your organization has no such patient.',
      })
    const decided = decide(grounds, {
      discloserId: ctx.organizationId,
      recipientId: recipient.organizationId,
      purpose,
      dataClasses: [...new Set(dataClasses)],
      at: ctx.now,
    })
    ctx.touch({ subjectType: 'patient', subjectId: patientId, patientId })
    return {
      decision: decided.decision,
      permittedClasses: [...decided.permittedClasses],
      reasons: [...decided.reasons],
      consentIds: decided.consent ? [decided.consent.id] : [],
      obligations: decided.consent ? [...obligations] : [],
      ruleVersion: decided.ruleVersion,
    }
  },
})
