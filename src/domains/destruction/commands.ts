import { and, desc, eq, lt } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import { AppError, notFound } from '../../core/errors.ts'
import { newId } from '../../core/id.ts'
import { pageById } from '../../core/page.ts'
import { checkVersion } from '../../core/version.ts'
import { insertRows } from '../../db/insert.ts'
import { keyOf, type Opened, withKey } from '../../db/sealing.ts'
import { LostRace } from '../../db/transaction.ts'
import { findOwnPatient } from '../patients/store.ts'
import { HoldFilter, NewLegalHold, ReleaseHold } from './contract.ts'
import { legalHolds, sealedHolds } from './table.ts'
import { toHold } from './view.ts'

export const placeHold = action({
  id: 'legalHolds.place',
  scope: 'patients:write',
  input: NewLegalHold,
  run: async (ctx, { id: patientId, reason }) => {
    const patient = await findOwnPatient(ctx, patientId)
    const { networkId, organizationId, now } = ctx
    const plain: Opened<typeof legalHolds> = {
      networkId,
      id: newId(now),
      organizationId,
      patientId,
      reason,
      placedByClientId: ctx.clientId,
      placedAt: now,
      releasedByClientId: null,
      releasedAt: null,
      version: 1,
    }
    ctx.write(insertRows(legalHolds, sealedHolds.row(keyOf(patient), plain)))
    ctx.emit({ type: 'legal_hold.placed', subjectType: 'legal_hold', subjectId: plain.id })
    ctx.touch({ subjectType: 'legal_hold', subjectId: plain.id, patientId })
    return toHold(withKey(plain, keyOf(patient)))
  },
})

/** Two people: whoever placed it cannot be the one who lets the record go. */
export const releaseHold = action({
  id: 'legalHolds.release',
  scope: 'patients:destroy',
  input: ReleaseHold,
  run: async (ctx, { id }) => {
    const mine = and(eq(legalHolds.networkId, ctx.networkId), eq(legalHolds.id, id))
    const stored = await ctx.db.select(sealedHolds.columns).from(legalHolds).where(mine)
    const [found] = await sealedHolds.open(ctx, stored)
    if (!found) throw notFound('legal hold')
    checkVersion(ctx, found.version)
    if (found.releasedAt) throw new AppError('transition_not_allowed', 'The hold was released already.')
    if (found.placedByClientId === ctx.clientId)
      throw new AppError('release_by_another', 'Another client of your organization releases it.')
    const changed = await ctx.db
      .update(legalHolds)
      .set({ releasedAt: ctx.now, releasedByClientId: ctx.clientId, version: found.version + 1 })
      .where(and(mine, eq(legalHolds.version, found.version)))
      .returning(sealedHolds.columns)
    const [row] = await sealedHolds.open(ctx, changed)
    if (!row) throw new LostRace()
    ctx.emit({ type: 'legal_hold.released', subjectType: 'legal_hold', subjectId: id })
    ctx.touch({ subjectType: 'legal_hold', subjectId: id, patientId: row.patientId })
    return toHold(row)
  },
})

export const listHolds = action({
  id: 'legalHolds.list',
  scope: 'patients:read',
  input: HoldFilter,
  run: async (ctx, { id: patientId, limit, cursor }) => {
    await findOwnPatient(ctx, patientId)
    const page = await pageById(
      ctx,
      { list: 'legal-holds', filters: patientId, limit, cursor },
      (after, rows) =>
        ctx.db
          .select(sealedHolds.columns)
          .from(legalHolds)
          .where(
            and(
              eq(legalHolds.networkId, ctx.networkId),
              eq(legalHolds.patientId, patientId),
              after ? lt(legalHolds.id, after) : undefined,
            ),
          )
          .orderBy(desc(legalHolds.id))
          .limit(rows),
    )
    ctx.touch({ subjectType: 'patient', subjectId: patientId, patientId })
    return { data: (await sealedHolds.open(ctx, page.rows)).map(toHold), nextCursor: page.nextCursor }
  },
})
