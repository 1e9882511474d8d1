import { and, desc, eq, isNull } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { AppError, absentIfNotFound, invalidInput } from '../../core/errors.ts'
import { newId } from '../../core/id.ts'
import { checkVersion } from '../../core/version.ts'
import { LostRace } from '../../db/transaction.ts'
import { isClinician } from '../mentors/codes.ts'
import { findMentor } from '../mentors/store.ts'
import { changePapers } from '../qualifications/remediation.ts'
import { ById, NewClinicianAcceptance, NewClinicianTerms } from './contract.ts'
import { type AcceptanceRow, findAcceptance, findTerms, standingAcceptance, type TermsRow } from './store.ts'
import { clinicianAcceptances, clinicianTerms } from './table.ts'
import { toAcceptance, toTerms } from './view.ts'
import { refuseOtherWord } from './word.ts'

/**
 * The next revision of what clinicians accept. It counts at once: who accepted the one before has to read this one, and takes
 * nobody new until then.
 */
export const publishTerms = action({
  id: 'clinicianTerms.publish',
  scope: 'mentors:write',
  input: NewClinicianTerms,
  run: async (ctx, said) => {
    const { networkId, organizationId, now } = ctx
    const row = await changePapers(ctx, { organizationId }, async () => {
      const [latest] = await ctx.db
        .select({ revision: clinicianTerms.revision })
        .from(clinicianTerms)
        .where(ofKind(ctx, said.kind))
        .orderBy(desc(clinicianTerms.revision))
        .limit(1)
      await ctx.db
        .update(clinicianTerms)
        .set({ supersededAt: now, updatedAt: now })
        .where(and(ofKind(ctx, said.kind), isNull(clinicianTerms.supersededAt)))
      const row: TermsRow = {
        ...said,
        networkId,
        id: newId(now),
        organizationId,
        revision: (latest?.revision ?? 0) + 1,
        supersededAt: null,
        version: 1,
        createdAt: now,
        updatedAt: now,
      }
      await ctx.db.insert(clinicianTerms).values(row)
      return row
    })
    const { id, kind } = row
    ctx.emit({
      type: 'clinician_terms.published',
      subjectType: 'clinician_terms',
      subjectId: id,
      codes: { kind },
    })
    ctx.touch({ subjectType: 'clinician_terms', subjectId: id })
    return toTerms(row)
  },
})

const ofKind = ({ networkId, organizationId }: TxCtx, kind: TermsRow['kind']) =>
  and(
    eq(clinicianTerms.networkId, networkId),
    eq(clinicianTerms.organizationId, organizationId),
    eq(clinicianTerms.kind, kind),
  )

/** By the mentor's own token, or as the organization has it on paper. Accepting the same words twice changes nothing. */
export const acceptTerms = action({
  id: 'clinicianAcceptances.record',
  scope: 'mentors:write',
  portal: ['mentor'],
  input: NewClinicianAcceptance,
  run: async (ctx, { id: mentorId, termsId, signedAt, evidenceHash }) => {
    const mentor = await findMentor(ctx, mentorId)
    // The mentor is the caller's own; what they accept is their organization's.
    ctx.beyondPerson()
    if (!isClinician(mentor.type))
      throw new AppError('transition_not_allowed', 'Only a clinician who mentors is asked to accept this.')
    refuseOtherWord(ctx, { signedAt, evidenceHash })
    const terms = await findTerms(ctx, termsId).catch(absentIfNotFound)
    if (!terms || terms.organizationId !== mentor.organizationId)
      throw invalidInput({
        path: ['termsId'],
        code: 'unknown_terms',
        detail: 'The mentor’s organization has published no such terms.',
      })
    if (terms.supersededAt)
      throw new AppError('transition_not_allowed', 'Another revision is in force: show that one.')
    const row = await changePapers(ctx, { mentorId }, async () => {
      const standing = await standingAcceptance(ctx, mentorId, termsId)
      if (standing) return standing
      const { networkId, organizationId, now } = ctx
      const row: AcceptanceRow = {
        networkId,
        id: newId(now),
        organizationId,
        mentorId,
        termsId,
        kind: terms.kind,
        revision: terms.revision,
        acceptedAt: signedAt === undefined ? now : new Date(signedAt),
        method: ctx.person ? 'portal' : 'recorded_signature',
        recordedBy: ctx.clientId,
        evidenceHash: evidenceHash ?? null,
        withdrawnAt: null,
        version: 1,
        createdAt: now,
        updatedAt: now,
      }
      await ctx.db.insert(clinicianAcceptances).values(row)
      tell(ctx, 'clinician_acceptance.recorded', row)
      return row
    })
    ctx.touch({ subjectType: 'clinician_acceptance', subjectId: row.id })
    return toAcceptance(row)
  },
})

/** Anybody may change their mind: from now on no new people. Those whom they accompany are not left by it. */
export const withdrawAcceptance = action({
  id: 'clinicianAcceptances.withdraw',
  scope: 'mentors:write',
  portal: ['mentor'],
  input: ById,
  run: async (ctx, { id }) => {
    const found = await findAcceptance(ctx, id)
    ctx.beyondPerson()
    checkVersion(ctx, found.version)
    if (found.withdrawnAt) return toAcceptance(found)
    const row = await changePapers(ctx, { mentorId: found.mentorId }, async () => {
      const [row] = await ctx.db
        .update(clinicianAcceptances)
        .set({ withdrawnAt: ctx.now, version: found.version + 1, updatedAt: ctx.now })
        .where(
          and(
            eq(clinicianAcceptances.networkId, ctx.networkId),
            eq(clinicianAcceptances.id, id),
            eq(clinicianAcceptances.version, found.version),
          ),
        )
        .returning()
      if (!row) throw new LostRace()
      return row
    })
    tell(ctx, 'clinician_acceptance.withdrawn', row)
    ctx.touch({ subjectType: 'clinician_acceptance', subjectId: id })
    return toAcceptance(row)
  },
})

function tell(
  ctx: TxCtx,
  type: `clinician_acceptance.${'recorded' | 'withdrawn'}`,
  { id, kind }: AcceptanceRow,
) {
  ctx.emit({ type, subjectType: 'clinician_acceptance', subjectId: id, codes: { kind } })
}
