import { and, desc, eq, lt, sql } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { AppError, invalidInput, notFound } from '../../core/errors.ts'
import { newId } from '../../core/id.ts'
import { pageById } from '../../core/page.ts'
import { checkVersion } from '../../core/version.ts'
import { keyOf, type Opened, withKey } from '../../db/sealing.ts'
import { LostRace } from '../../db/transaction.ts'
import { discloseOne, type Shown } from '../disclosures/store.ts'
import { type Sharer, sharers } from './codes.ts'
import { ById, type Milestone, NewMilestone, OfPlan, Share, Unshare } from './contract.ts'
import { maySee, type Side } from './rules.ts'
import {
  accompaniedNow,
  beyondOrganization,
  groundsFor,
  isTheirs,
  type PlanRow,
  reachPlan,
  reachToWrite,
  requirePerson,
  sideOf,
} from './store.ts'
import { milestones, recoveryPlans, sealedMilestones } from './table.ts'
import { toMilestone } from './view.ts'

type Row = Opened<typeof milestones>

const stillTheirs = async (ctx: TxCtx, answer: Milestone): Promise<Milestone> => {
  await reachMilestone(ctx, answer.id)
  return answer
}

/**
 * Private by default. What a mentor writes down is shared with that mentor, who knows it already; nobody else is told, and
 * no event says that there is one.
 */
export const recordMilestone = action({
  id: 'milestones.record',
  scope: 'plans:write',
  portal: ['mentor', 'patient'],
  input: NewMilestone,
  again: stillTheirs,
  run: async (ctx, { id, kind, note = null, reachedOn = null, personsWord }) => {
    const { row: plan, side, attached } = await reachToWrite(ctx, id, 'milestones')
    requireWord(side, personsWord)
    const { networkId, organizationId, patientId } = plan
    const plain = {
      ...{ networkId, id: newId(ctx.now), organizationId, patientId, planId: id },
      readerIds: [],
      kind,
      note,
      reachedOn,
      sharedWith: side === 'mentor' ? (['mentor'] as Sharer[]) : [],
      recordedBy: side,
      version: 1,
      createdAt: ctx.now,
      updatedAt: ctx.now,
    }
    await beyondOrganization(ctx, plan, async () => {
      await ctx.db.insert(milestones).values(sealedMilestones.row(keyOf(plan), plain))
    })
    ctx.touch({ subjectType: 'milestone', subjectId: plain.id, patientId })
    return { ...toMilestone(withKey(plain, keyOf(plan))), ...attached }
  },
})

/** The person says so themselves, or their mentor says that they did; nobody else speaks for them. */
function requireWord(side: Side, word: boolean | undefined): asserts side is 'patient' | 'mentor' {
  requirePerson(side)
  if (side === 'mentor' && word !== true)
    throw invalidInput({
      path: ['personsWord'],
      code: 'required',
      detail: 'A mentor does this only when the person has said so: send true.',
    })
}

export const listMilestones = action({
  id: 'milestones.list',
  scope: 'plans:read',
  portal: ['mentor', 'patient'],
  input: OfPlan,
  run: async (ctx, { id, limit, cursor }) => {
    const { side, attached } = await reachPlan(ctx, id, 'milestones')
    const seen = sharers.filter((one) => maySee(side, [one]))
    const page = await pageById(
      ctx,
      { list: 'milestones', filters: id, limit, cursor },
      async (after, wanted) => {
        const rows = await ctx.db
          .select(sealedMilestones.columns)
          .from(milestones)
          .where(
            and(
              eq(milestones.networkId, ctx.networkId),
              eq(milestones.planId, id),
              side === 'patient' ? undefined : sql`${milestones.sharedWith} && ${sql.param(seen)}::text[]`,
              after ? lt(milestones.id, after) : undefined,
            ),
          )
          .orderBy(desc(milestones.id))
          .limit(wanted)
        return sealedMilestones.open(ctx, rows)
      },
    )
    for (const { id: subjectId, patientId } of page.rows)
      ctx.touch({ subjectType: 'milestone', subjectId, patientId })
    return { data: page.rows.map(toMilestone), nextCursor: page.nextCursor, ...attached }
  },
})

interface ReachedMilestone {
  readonly row: Row
  readonly side: Side
  readonly attached: Shown['attached']
}

async function reachMilestone(ctx: TxCtx, id: string): Promise<ReachedMilestone> {
  const accompanied = await accompaniedNow(ctx)
  if (accompanied) ctx.beyondPerson()
  const rows = await ctx.db
    .select(sealedMilestones.columns)
    .from(milestones)
    .where(and(eq(milestones.networkId, ctx.networkId), eq(milestones.id, id)))
  const [row] = await sealedMilestones.open(ctx, rows)
  const side = row && sideOf(ctx, row.organizationId)
  if (!row || !side || !isTheirs(ctx, accompanied, row) || !maySee(side, row.sharedWith))
    throw notFound('milestone')
  ctx.beyondPerson()
  const { attached } = discloseOne(ctx, {
    grounds: await groundsFor(ctx, row),
    holderId: row.organizationId,
    patientId: row.patientId,
    subjectType: 'milestone',
    subjectId: id,
    dataClasses: ['milestones'],
  })
  ctx.touch({ subjectType: 'milestone', subjectId: id, patientId: row.patientId })
  return { row, side, attached }
}

export const getMilestone = action({
  id: 'milestones.get',
  scope: 'plans:read',
  portal: ['mentor', 'patient'],
  input: ById,
  run: async (ctx, { id }) => {
    const { row, attached } = await reachMilestone(ctx, id)
    return { ...toMilestone(row), ...attached }
  },
})

/** Only the person opens what is theirs: that they said so to somebody else is not enough. */
export const shareMilestone = action({
  id: 'milestones.share',
  scope: 'plans:write',
  portal: ['patient'],
  input: Share,
  again: stillTheirs,
  run: async (ctx, { id, with: others }) => {
    const { row, side, attached } = await reachMilestone(ctx, id)
    if (side !== 'patient')
      throw new AppError('person_decides', 'Only the person shares it: use a portal token of theirs.')
    checkVersion(ctx, row.version)
    const sharedWith = sharers.filter((one) => row.sharedWith.includes(one) || others.includes(one))
    const shared = await setShared(ctx, row, sharedWith)
    tell(ctx, 'milestone.shared', shared, shared.readerIds)
    return { ...toMilestone(shared), ...attached }
  },
})

/**
 * At once: the next read of whoever it was shared with finds nothing. It closes and opens nothing, so the person's word to
 * their mentor is enough.
 */
export const unshareMilestone = action({
  id: 'milestones.unshare',
  scope: 'plans:write',
  portal: ['mentor', 'patient'],
  input: Unshare,
  again: stillTheirs,
  run: async (ctx, { id, with: others, personsWord }) => {
    const { row, side, attached } = await reachMilestone(ctx, id)
    requireWord(side, personsWord)
    checkVersion(ctx, row.version)
    const sharedWith = others ? row.sharedWith.filter((one) => !others.includes(one)) : []
    const changed = await setShared(ctx, row, sharedWith)
    // To whom it was shared before, that it no longer is.
    tell(ctx, 'milestone.unshared', changed, row.readerIds)
    return { ...toMilestone(changed), ...attached }
  },
})

/** Others find it exactly as far as they find the plan, and only while it is shared with them. */
function setShared(ctx: TxCtx, found: Row, sharedWith: readonly Sharer[]): Promise<Row> {
  return beyondOrganization(ctx, found, async () => {
    const finders = sql`(select p.reader_ids from ${recoveryPlans} p where p.network_id = ${found.networkId} and p.id = ${found.planId})`
    const changed = await ctx.db
      .update(milestones)
      .set({
        sharedWith: [...sharedWith],
        readerIds: sharedWith.includes('clinic') ? finders : [],
        version: found.version + 1,
        updatedAt: ctx.now,
      })
      .where(
        and(
          eq(milestones.networkId, ctx.networkId),
          eq(milestones.id, found.id),
          eq(milestones.version, found.version),
        ),
      )
      .returning(sealedMilestones.columns)
    const [row] = await sealedMilestones.open(ctx, changed)
    if (!row) throw new LostRace()
    return row
  })
}

function tell(
  ctx: TxCtx,
  type: 'milestone.shared' | 'milestone.unshared',
  { id, patientId, organizationId }: Pick<PlanRow, 'id' | 'patientId' | 'organizationId'>,
  readerIds: readonly string[],
) {
  ctx.emit({ type, subjectType: 'milestone', subjectId: id, patientId, organizationId, readerIds })
  ctx.touch({ subjectType: 'milestone', subjectId: id, patientId })
}
