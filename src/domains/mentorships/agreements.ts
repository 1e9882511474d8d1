import { and, desc, eq, lt, sql } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import { AppError, invalidInput, notFound } from '../../core/errors.ts'
import { newId } from '../../core/id.ts'
import { pageById } from '../../core/page.ts'
import { only } from '../../db/rows.ts'
import { keyOf } from '../../db/sealing.ts'
import { AgreementFilter, NewAgreement } from './contract.ts'
import { findMentorship, findOwn } from './store.ts'
import { mentorshipAgreements, sealedAgreements } from './table.ts'
import { toAgreement } from './view.ts'

/** Each agreement is a new version: what was agreed before stays as it was. */
export const agree = action({
  id: 'agreements.create',
  scope: 'mentorships:write',
  portal: ['mentor'],
  input: NewAgreement,
  run: async (ctx, { id, signedByMentorAt, signedByPatientAt, ...said }) => {
    const { mentorship } = await findOwn({ ...ctx, expectedVersion: undefined }, id)
    if (mentorship.status === 'closed')
      throw new AppError('transition_not_allowed', 'The mentorship is closed.')
    const signed = {
      signedByMentorAt: instantOf(signedByMentorAt),
      signedByPatientAt: instantOf(signedByPatientAt),
    }
    for (const [member, at] of Object.entries(signed))
      if (at && at > ctx.now)
        throw invalidInput({
          path: [member],
          code: 'signed_in_future',
          detail: 'A signature is recorded after it was given.',
        })
    const { networkId, organizationId, now } = ctx
    const stored = await ctx.db
      .insert(mentorshipAgreements)
      .values(
        sealedAgreements.row(keyOf(mentorship), {
          ...said,
          ...signed,
          networkId,
          id: newId(now),
          organizationId,
          mentorshipId: id,
          patientId: mentorship.patientId,
          mentorId: mentorship.mentorId,
          version: sql`(select coalesce(max(a.version), 0) + 1 from mentorship_agreements a
            where a.network_id = ${networkId} and a.mentorship_id = ${id})`,
          createdAt: now,
        }),
      )
      .returning(sealedAgreements.columns)
    const row = only(await sealedAgreements.open(ctx, stored))
    const { patientId } = mentorship
    ctx.emit({ type: 'mentorship.agreed', subjectType: 'mentorship', subjectId: id, patientId })
    ctx.touch({ subjectType: 'mentorship', subjectId: id, patientId })
    return toAgreement(row)
  },
})

const instantOf = (text: string | undefined) => (text === undefined ? null : new Date(text))

export const listAgreements = action({
  id: 'agreements.list',
  scope: 'mentorships:read',
  portal: ['mentor', 'patient'],
  input: AgreementFilter,
  run: async (ctx, { id, limit, cursor }) => {
    const mentorship = await findMentorship(ctx, id)
    // What the two agreed stays between them and the mentor's organization.
    if (mentorship.organizationId !== ctx.organizationId && !ctx.person) throw notFound('mentorship')
    const page = await pageById(ctx, { list: 'agreements', filters: id, limit, cursor }, (after, rows) =>
      ctx.db
        .select(sealedAgreements.columns)
        .from(mentorshipAgreements)
        .where(
          and(
            eq(mentorshipAgreements.networkId, ctx.networkId),
            eq(mentorshipAgreements.mentorshipId, id),
            after ? lt(mentorshipAgreements.id, after) : undefined,
          ),
        )
        .orderBy(desc(mentorshipAgreements.id))
        .limit(rows),
    )
    ctx.touch({ subjectType: 'mentorship', subjectId: id, patientId: mentorship.patientId })
    return {
      data: (await sealedAgreements.open(ctx, page.rows)).map(toAgreement),
      nextCursor: page.nextCursor,
    }
  },
})
