import { and, desc, eq, lt, or } from 'drizzle-orm'
import { z } from 'zod'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { AppError, absentIfNotFound, type Issue, invalidInput, notFound } from '../../core/errors.ts'
import { Id, newId } from '../../core/id.ts'
import { pageById } from '../../core/page.ts'
import { checkVersion } from '../../core/version.ts'
import { only } from '../../db/rows.ts'
import { LostRace } from '../../db/transaction.ts'
import { settle } from '../consents/settle.ts'
import { castShadow } from '../decisions/shadow.ts'
import { organizationsAmong } from '../organizations/store.ts'
import { findOwnPatient } from '../patients/store.ts'
import { AgreementFilter, NewAgreement, TerminateAgreement } from './contract.ts'
import { type AgreementRow, findAgreement, patientsUnder, thisAgreement, toAgreement } from './store.ts'
import { agreements } from './table.ts'

export const createAgreement = action({
  id: 'organizationAgreements.create',
  scope: 'agreements:write',
  input: NewAgreement,
  run: async (ctx, input) => {
    const { networkId, organizationId, now } = ctx
    const { counterpartyOrganizationId: counterparty, patientId } = input
    const [known, patient] = await Promise.all([
      organizationsAmong(ctx, [counterparty]),
      patientId === undefined ? undefined : findOwnPatient(ctx, patientId).catch(absentIfNotFound),
    ])
    const issues: Issue[] = []
    if (!known.has(counterparty) || counterparty === organizationId)
      issues.push({
        path: ['counterpartyOrganizationId'],
        code: 'unknown_organization',
        detail: 'The network has no such organization beside yours.',
      })
    if (patientId !== undefined && !patient)
      issues.push({
        path: ['patientId'],
        code: 'unknown_patient',
        detail: 'Your organization has no such patient.',
      })
    if (issues.length > 0) throw invalidInput(...issues)
    const row = only(
      await ctx.db
        .insert(agreements)
        .values({
          ...input,
          networkId,
          id: newId(now),
          organizationId,
          readerIds: [counterparty],
          effectiveOn: input.effectiveOn ?? input.signedOn,
          createdAt: now,
          updatedAt: now,
        })
        .returning(),
    )
    tell(ctx, 'agreement.recorded', row)
    if (row.patientId) await castShadow(ctx, row.patientId)
    return toAgreement(row, now)
  },
})

function tell(ctx: TxCtx, type: 'agreement.recorded' | 'agreement.terminated', row: AgreementRow): void {
  // That there is an order about a patient is the holder's to know; the counterparty has it on paper.
  const readerIds = row.patientId === null ? row.readerIds : []
  ctx.emit({ type, subjectType: 'agreement', subjectId: row.id, patientId: row.patientId, readerIds })
  ctx.touch({ subjectType: 'agreement', subjectId: row.id, patientId: row.patientId ?? undefined })
}

export const getAgreement = action({
  id: 'organizationAgreements.get',
  scope: 'agreements:read',
  input: z.strictObject({ id: Id }),
  run: async (ctx, { id }) => {
    const row = await findAgreement(ctx, id)
    ctx.touch({ subjectType: 'agreement', subjectId: id, patientId: row.patientId ?? undefined })
    return toAgreement(row, ctx.now)
  },
})

export const listAgreements = action({
  id: 'organizationAgreements.list',
  scope: 'agreements:read',
  input: AgreementFilter,
  run: async (ctx, { limit, cursor, ...filters }) => {
    const page = await pageById(ctx, { list: 'agreements', filters, limit, cursor }, (after, rows) =>
      ctx.db
        .select()
        .from(agreements)
        .where(
          and(
            eq(agreements.networkId, ctx.networkId),
            or(
              eq(agreements.organizationId, ctx.organizationId),
              eq(agreements.counterpartyOrganizationId, ctx.organizationId),
            ),
            after ? lt(agreements.id, after) : undefined,
            filters.kind ? eq(agreements.kind, filters.kind) : undefined,
            filters.counterpartyOrganizationId
              ? eq(agreements.counterpartyOrganizationId, filters.counterpartyOrganizationId)
              : undefined,
          ),
        )
        .orderBy(desc(agreements.id))
        .limit(rows),
    )
    return { data: page.rows.map((row) => toAgreement(row, ctx.now)), nextCursor: page.nextCursor }
  },
})

export const terminateAgreement = action({
  id: 'organizationAgreements.terminate',
  scope: 'agreements:write',
  input: TerminateAgreement,
  run: async (ctx, { id, reason }) => {
    const found = await findAgreement(ctx, id)
    if (found.organizationId !== ctx.organizationId) throw notFound('agreement')
    checkVersion(ctx, found.version)
    if (found.terminatedAt) throw new AppError('transition_not_allowed', 'It was terminated already.')
    const [row] = await ctx.db
      .update(agreements)
      .set({
        terminatedAt: ctx.now,
        terminationReason: reason ?? null,
        version: found.version + 1,
        updatedAt: ctx.now,
      })
      .where(and(thisAgreement(ctx, id), eq(agreements.version, found.version)))
      .returning()
    if (!row) throw new LostRace()
    tell(ctx, 'agreement.terminated', row)
    const from = (id: string) => id === row.counterpartyOrganizationId
    for (const patientId of await patientsUnder(ctx, row))
      await settle(ctx, patientId, { from, sparesExpired: true })
    return toAgreement(row, ctx.now)
  },
})
