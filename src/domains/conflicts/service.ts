import { and, count, desc, eq, lt } from 'drizzle-orm'
import { z } from 'zod'
import { action } from '../../core/action.ts'
import { AppError, absentIfNotFound, invalidInput, notFound } from '../../core/errors.ts'
import { newId } from '../../core/id.ts'
import { pageById } from '../../core/page.ts'
import { checkVersion } from '../../core/version.ts'
import { only } from '../../db/rows.ts'
import { LostRace } from '../../db/transaction.ts'
import { findMentor } from '../mentors/store.ts'
import { findVisiblePatient } from '../patients/store.ts'
import { changePapers } from '../qualifications/remediation.ts'
import { ConflictFilter, DeclareConflict, PutPanel, WithdrawConflict } from './contract.ts'
import { panelForm } from './rules.ts'
import { panelHash, panelKeyOf } from './store.ts'
import { conflictDeclarations, panelEntries, panelReceipts } from './table.ts'
import { toDeclaration } from './view.ts'

/** Believed as it is said: whoever names a relation need not prove it, and nobody is matched while it stands. */
export const declareConflict = action({
  id: 'conflicts.declare',
  scope: 'matching:write',
  portal: ['mentor'],
  input: DeclareConflict,
  run: async (ctx, { id: mentorId, patientId, declaredBy, ...said }) => {
    await findMentor(ctx, mentorId)
    ctx.beyondPerson()
    if (!(await findVisiblePatient(ctx, patientId).catch(absentIfNotFound)))
      throw invalidInput({
        path: ['patientId'],
        code: 'unknown_patient',
        detail: 'There is no such patient, or they are not yours to see.',
      })
    if (said.beganOn && said.endedOn && said.endedOn < said.beganOn)
      throw invalidInput({
        path: ['endedOn'],
        code: 'ends_before_start',
        detail: 'A relation ends on or after the day it began.',
      })
    const { networkId, organizationId, now } = ctx
    const row = only(
      await ctx.db
        .insert(conflictDeclarations)
        .values({
          ...said,
          networkId,
          id: newId(now),
          organizationId,
          mentorId,
          patientId,
          declaredBy: ctx.person?.type ?? declaredBy,
          createdAt: now,
          updatedAt: now,
        })
        .returning(),
    )
    ctx.emit({ type: 'conflict_declaration.made', subjectType: 'conflict_declaration', subjectId: row.id })
    ctx.touch({ subjectType: 'conflict_declaration', subjectId: row.id, patientId })
    return toDeclaration(row, now)
  },
})

export const withdrawConflict = action({
  id: 'conflicts.withdraw',
  scope: 'matching:write',
  input: WithdrawConflict,
  run: async (ctx, { id }) => {
    const mine = and(eq(conflictDeclarations.networkId, ctx.networkId), eq(conflictDeclarations.id, id))
    const [found] = await ctx.db.select().from(conflictDeclarations).where(mine)
    if (!found) throw notFound('conflict declaration')
    checkVersion(ctx, found.version)
    if (found.withdrawnAt) throw new AppError('transition_not_allowed', 'It was withdrawn already.')
    const [row] = await ctx.db
      .update(conflictDeclarations)
      .set({ withdrawnAt: ctx.now, version: found.version + 1, updatedAt: ctx.now })
      .where(and(mine, eq(conflictDeclarations.version, found.version)))
      .returning()
    if (!row) throw new LostRace()
    ctx.emit({ type: 'conflict_declaration.withdrawn', subjectType: 'conflict_declaration', subjectId: id })
    ctx.touch({ subjectType: 'conflict_declaration', subjectId: id, patientId: row.patientId })
    return toDeclaration(row, ctx.now)
  },
})

export const listConflicts = action({
  id: 'conflicts.list',
  scope: 'matching:read',
  input: ConflictFilter,
  run: async (ctx, { id: mentorId, limit, cursor }) => {
    await findMentor(ctx, mentorId)
    const page = await pageById(ctx, { list: 'conflicts', filters: mentorId, limit, cursor }, (after, rows) =>
      ctx.db
        .select()
        .from(conflictDeclarations)
        .where(
          and(
            eq(conflictDeclarations.networkId, ctx.networkId),
            eq(conflictDeclarations.mentorId, mentorId),
            after ? lt(conflictDeclarations.id, after) : undefined,
          ),
        )
        .orderBy(desc(conflictDeclarations.id))
        .limit(rows),
    )
    for (const { id, patientId } of page.rows)
      ctx.touch({ subjectType: 'conflict_declaration', subjectId: id, patientId })
    return { data: page.rows.map((row) => toDeclaration(row, ctx.now)), nextCursor: page.nextCursor }
  },
})

/** A sample, so that a clinic can check its own hashing against ours before it uploads anything. */
const sample = { name: 'Ana  Sample-Patiént', birthDate: '1991-04-12' } as const

export const getPanelKey = action({
  id: 'panels.key',
  scope: 'patients:read',
  input: z.strictObject({}),
  run: async (ctx) => {
    const key = panelKeyOf(ctx)
    const hashed = panelForm(sample.name, sample.birthDate) ?? ''
    return {
      algorithm: 'HMAC-SHA-256' as const,
      key: key.toString('base64url'),
      form: 'The name in NFKD without marks, in lower case, everything but letters and digits as one blank, trimmed; a vertical bar; the birth date as YYYY-MM-DD; in UTF-8.',
      example: { ...sample, hashed, hash: panelHash(key, hashed).toString('base64url') },
    }
  },
})

export const putPanel = action({
  id: 'panels.put',
  scope: 'patients:write',
  input: PutPanel,
  run: async (ctx, { practitionerReference, hashes, mode, relatedUntil = null }) => {
    const { networkId, organizationId, now: uploadedAt } = ctx
    const ours = and(
      eq(panelEntries.networkId, networkId),
      eq(panelEntries.organizationId, organizationId),
      eq(panelEntries.practitionerReference, practitionerReference),
    )
    if (mode === 'replace') await ctx.db.delete(panelEntries).where(ours)
    const rows = [...new Set(hashes)].map((hash) => ({
      networkId,
      organizationId,
      practitionerReference,
      hash: Buffer.from(hash, 'base64url'),
      relatedUntil,
      uploadedAt,
    }))
    if (rows.length > 0)
      await ctx.db
        .insert(panelEntries)
        .values(rows)
        .onConflictDoUpdate({
          target: [
            panelEntries.networkId,
            panelEntries.organizationId,
            panelEntries.practitionerReference,
            panelEntries.hash,
          ],
          set: { relatedUntil, uploadedAt },
        })
    await ctx.db
      .insert(panelReceipts)
      .values({ networkId, practitionerReference, organizationId, uploadedAt })
      .onConflictDoUpdate({
        target: [panelReceipts.networkId, panelReceipts.practitionerReference, panelReceipts.organizationId],
        set: { uploadedAt },
      })
    const { entries } = only(await ctx.db.select({ entries: count() }).from(panelEntries).where(ours))
    // Whose eligibility waited for it is another organization's to know; the clinic learns nothing by it.
    await ctx.acrossOrganizations(() => changePapers(ctx, { practitionerReference }, async () => undefined))
    ctx.emit({ type: 'panel.replaced', subjectType: 'panel', subjectId: organizationId, codes: { mode } })
    ctx.touch({ subjectType: 'panel', subjectId: organizationId })
    return { practitionerReference, entries }
  },
})
