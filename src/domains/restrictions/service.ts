import { and, desc, eq, lt } from 'drizzle-orm'
import { z } from 'zod'
import { action } from '../../core/action.ts'
import { AppError, invalidInput } from '../../core/errors.ts'
import { Id, newId } from '../../core/id.ts'
import { pageById } from '../../core/page.ts'
import { checkVersion } from '../../core/version.ts'
import { only } from '../../db/rows.ts'
import { keyOf } from '../../db/sealing.ts'
import { organizationsAmong } from '../organizations/store.ts'
import { findOwnPatient, findVisiblePatient } from '../patients/store.ts'
import { DecideRestriction, EndRestriction, NewRestriction, RestrictionFilter } from './contract.ts'
import {
  bind,
  changeRestriction,
  findRestriction,
  release,
  tellOfRestriction,
  toRestriction,
} from './store.ts'
import { restrictions, sealedRestrictions } from './table.ts'

/** The organization that holds the patient writes it down; the person asks for it by a token of their own. */
export const createRestriction = action({
  id: 'restrictions.create',
  scope: 'consents:write',
  portal: ['patient'],
  input: NewRestriction,
  run: async (ctx, { id: patientId, status, selfPay, ...said }) => {
    const find = ctx.person ? findVisiblePatient : findOwnPatient
    const patient = await find(ctx, patientId)
    ctx.beyondPerson()
    const { recipientOrganizationId, mentorId } = said
    const known = await organizationsAmong(ctx, recipientOrganizationId ? [recipientOrganizationId] : [])
    if (recipientOrganizationId && !known.has(recipientOrganizationId))
      throw invalidInput({
        path: ['recipientOrganizationId'],
        code: 'unknown_organization',
        detail: 'The network has no such organization.',
      })
    const { networkId, organizationId, now } = ctx
    // What has to be agreed to is agreed to; what the person asks for otherwise is decided upon.
    const agreed = selfPay || (status === 'agreed' && !ctx.person)
    const stored = await ctx.db
      .insert(restrictions)
      .values(
        sealedRestrictions.row(keyOf(patient), {
          ...said,
          networkId,
          id: newId(now),
          organizationId,
          patientId,
          mentorId,
          selfPay,
          status: agreed ? 'agreed' : 'requested',
          requestedBy: ctx.person ? 'patient' : 'organization',
          decidedAt: agreed ? now : null,
          createdAt: now,
          updatedAt: now,
        }),
      )
      .returning(sealedRestrictions.columns)
    const row = only(await sealedRestrictions.open(ctx, stored))
    tellOfRestriction(ctx, agreed ? 'restriction.agreed' : 'restriction.requested', row)
    if (agreed) await bind(ctx, row)
    return toRestriction(row)
  },
})

export const listRestrictions = action({
  id: 'restrictions.list',
  scope: 'consents:read',
  portal: ['patient'],
  input: RestrictionFilter,
  run: async (ctx, { id: patientId, limit, cursor }) => {
    const find = ctx.person ? findVisiblePatient : findOwnPatient
    await find(ctx, patientId)
    const page = await pageById(
      ctx,
      { list: 'restrictions', filters: patientId, limit, cursor },
      (after, rows) =>
        ctx.db
          .select(sealedRestrictions.columns)
          .from(restrictions)
          .where(
            and(
              eq(restrictions.networkId, ctx.networkId),
              eq(restrictions.patientId, patientId),
              after ? lt(restrictions.id, after) : undefined,
            ),
          )
          .orderBy(desc(restrictions.id))
          .limit(rows),
    )
    ctx.touch({ subjectType: 'patient', subjectId: patientId, patientId })
    return {
      data: (await sealedRestrictions.open(ctx, page.rows)).map(toRestriction),
      nextCursor: page.nextCursor,
    }
  },
})

export const getRestriction = action({
  id: 'restrictions.get',
  scope: 'consents:read',
  portal: ['patient'],
  input: z.strictObject({ id: Id }),
  run: async (ctx, { id }) => {
    const row = await findRestriction(ctx, id)
    ctx.touch({ subjectType: 'restriction', subjectId: id, patientId: row.patientId })
    return toRestriction(row)
  },
})

export const decideRestriction = action({
  id: 'restrictions.decide',
  scope: 'consents:write',
  input: DecideRestriction,
  run: async (ctx, { id, outcome, reason }) => {
    const found = await findRestriction(ctx, id)
    checkVersion(ctx, found.version)
    if (found.status !== 'requested')
      throw new AppError('transition_not_allowed', `The restriction is ${found.status}.`)
    const row = await changeRestriction(ctx, found, {
      status: outcome,
      decidedAt: ctx.now,
      decisionReason: reason ?? null,
    })
    tellOfRestriction(ctx, `restriction.${outcome}`, row)
    if (outcome === 'agreed') await bind(ctx, row)
    return toRestriction(row)
  },
})

export const endRestriction = action({
  id: 'restrictions.end',
  scope: 'consents:write',
  portal: ['patient'],
  input: EndRestriction,
  run: async (ctx, { id, basis }) => {
    const found = await findRestriction(ctx, id)
    checkVersion(ctx, found.version)
    ctx.beyondPerson()
    if (found.status !== 'requested' && found.status !== 'agreed')
      throw new AppError('transition_not_allowed', `The restriction is ${found.status}.`)
    if (basis !== 'patient_request' && (found.selfPay || ctx.person))
      throw new AppError('transition_not_allowed', 'Only the patient ends this one, by asking for it.')
    const row = await changeRestriction(ctx, found, {
      status: 'ended',
      endedAt: ctx.now,
      endedBasis: basis,
    })
    tellOfRestriction(ctx, 'restriction.ended', row)
    await release(ctx, row)
    return toRestriction(row)
  },
})
