import { and, eq, inArray } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { noGrounds } from '../decisions/facts.ts'
import { offers } from '../offers/table.ts'
import { partiesOf } from '../referrals/rules.ts'
import { advance, selectReferrals, toFound } from '../referrals/store.ts'
import { referrals } from '../referrals/table.ts'
import { searching } from './departure.ts'
import { closeLiving, withdrawOffers } from './store.ts'
import { mentorships } from './table.ts'

/**
 * The person does not want this mentor. What lives between the two closes, an offer to the mentor is withdrawn, and a
 * coordinator has to find the next one: the person is rid of the mentor, not of being accompanied. The mentorship may be
 * another organization's than the one that was told, so it reaches across the organization wall.
 */
export async function partWithMentor(ctx: TxCtx, patientId: string, mentorId: string): Promise<void> {
  await ctx.acrossOrganizations(async () => {
    const open = await selectReferrals(
      ctx,
      and(
        eq(referrals.patientId, patientId),
        inArray(referrals.status, ['accepted', 'in_progress', 'on_hold']),
      ),
      { limit: 1_000 },
    )
    const referralIds = open.map(({ row }) => row.id)
    if (referralIds.length === 0) return
    const [closed, withdrawn] = await Promise.all([
      closeLiving(ctx, and(eq(mentorships.patientId, patientId), eq(mentorships.mentorId, mentorId)), {
        outcome: 'person_ended',
        nextSupport: 'Another mentor of the program',
        because: 'restricted_by_person',
      }),
      withdrawOffers(ctx, and(eq(offers.mentorId, mentorId), inArray(offers.referralId, referralIds))),
    ])
    const left = new Set([...closed, ...withdrawn].map(({ referralId }) => referralId))
    for (const selected of open.filter(({ row }) => left.has(row.id))) {
      const found = toFound(selected)
      await advance(
        ctx,
        { ...found, grounds: noGrounds, parties: partiesOf(found.row, ctx.organizationId) },
        {
          command: 'restrict_mentor',
          status: found.row.status === 'on_hold' ? 'in_progress' : found.row.status,
          businessStatus: 'awaiting_match',
          turn: searching(ctx, found, 'reassign_mentor'),
        },
      )
    }
  })
}
