import { and, eq } from 'drizzle-orm'
import { z } from 'zod'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { AppError, invalidInput, notFound } from '../../core/errors.ts'
import { Id } from '../../core/id.ts'
import { toInstant } from '../../core/wire.ts'
import { keyOf } from '../../db/sealing.ts'
import { groundsOf } from '../decisions/grounds.ts'
import { discloseOne } from '../disclosures/store.ts'
import { type ClosingVoice, SayClosingVoice } from './contract.ts'
import { findMentorship, type MentorshipRow } from './store.ts'
import { closingVoices, sealedVoices } from './table.ts'

/**
 * At the end both are asked, each for themselves. A coordinator may write down what was said to them; a portal
 * token speaks for its own person only. Said again, the later word counts.
 */
export const sayClosingVoice = action({
  id: 'mentorships.sayClosingVoice',
  scope: 'mentorships:write',
  portal: ['mentor', 'patient'],
  input: SayClosingVoice,
  run: async (ctx, { id, voice: named, ...said }) => {
    const mentorship = await findMentorship(ctx, id)
    const voice = ctx.person?.type ?? named
    requireOwnVoice(ctx, mentorship, named)
    if (voice === undefined)
      throw invalidInput({ path: ['voice'], code: 'required', detail: 'Whose voice is it?' })
    if (mentorship.status !== 'closed')
      throw new AppError('transition_not_allowed', 'Both are heard when the mentorship has closed.')
    ctx.beyondPerson()
    const { networkId, organizationId, patientId, mentorId } = mentorship
    const answers = { feltAccompanied: null, wouldAgain: null, text: null, ...said, saidAt: ctx.now }
    const plain = { networkId, mentorshipId: id, voice, organizationId, patientId, mentorId, ...answers }
    const row = sealedVoices.row(keyOf(mentorship), plain)
    await saving(ctx, mentorship, () =>
      ctx.db
        .insert(closingVoices)
        .values(row)
        .onConflictDoUpdate({
          target: [closingVoices.networkId, closingVoices.mentorshipId, closingVoices.voice],
          set: row,
        }),
    )
    ctx.emit({
      type: 'mentorship.voice_heard',
      subjectType: 'mentorship',
      subjectId: id,
      patientId,
      organizationId,
      codes: { voice },
    })
    ctx.touch({ subjectType: 'mentorship', subjectId: id, patientId })
    // To a person goes back what they have just said, and nothing that is kept on the other side of the wall.
    const own = { mentorshipId: id, voice, ...answers, saidAt: toInstant(answers.saidAt) }
    return { id, data: ctx.person ? [own] : await readVoices(ctx, mentorship) }
  },
})

function requireOwnVoice(ctx: TxCtx, mentorship: MentorshipRow, named: 'patient' | 'mentor' | undefined) {
  if (!ctx.person && mentorship.organizationId !== ctx.organizationId) throw notFound('mentorship')
  if (ctx.person && named !== undefined && named !== ctx.person.type)
    throw invalidInput({
      path: ['voice'],
      code: 'not_your_voice',
      detail: 'A portal token speaks for its own person.',
    })
}

/** What a patient says with a token of their clinic is kept by the mentor's organization, on the other side of the wall. */
function saving<T>(ctx: TxCtx, { organizationId }: MentorshipRow, work: () => Promise<T>): Promise<T> {
  return organizationId === ctx.organizationId ? work() : ctx.acrossOrganizations(work)
}

export const getClosingVoices = action({
  id: 'mentorships.closingVoices',
  scope: 'mentorships:read',
  portal: ['mentor', 'patient'],
  input: z.strictObject({ id: Id }),
  alone: true,
  run: async (ctx, { id }) => {
    const mentorship = await findMentorship(ctx, id)
    if (!ctx.person && mentorship.organizationId !== ctx.organizationId) throw notFound('mentorship')
    ctx.beyondPerson()
    const grounds = await groundsOf(ctx, mentorship.patientId)
    const { attached } = discloseOne(ctx, {
      grounds,
      holderId: mentorship.organizationId,
      patientId: mentorship.patientId,
      subjectType: 'mentorship',
      subjectId: id,
      dataClasses: ['contact_notes'],
    })
    ctx.touch({ subjectType: 'mentorship', subjectId: id, patientId: mentorship.patientId })
    const heard = await readVoices(ctx, mentorship)
    return { id, data: heard.filter(({ voice }) => !ctx.person || voice === ctx.person.type), ...attached }
  },
})

function readVoices(ctx: TxCtx, mentorship: MentorshipRow): Promise<ClosingVoice[]> {
  return saving(ctx, mentorship, async () => {
    const rows = await ctx.db
      .select(sealedVoices.columns)
      .from(closingVoices)
      .where(and(eq(closingVoices.networkId, ctx.networkId), eq(closingVoices.mentorshipId, mentorship.id)))
      .orderBy(closingVoices.voice)
    const opened = await sealedVoices.open(ctx, rows)
    return opened.map(({ mentorshipId, voice, feltAccompanied, wouldAgain, text, saidAt }) => ({
      mentorshipId,
      voice,
      feltAccompanied,
      wouldAgain,
      text,
      saidAt: toInstant(saidAt),
    }))
  })
}
