import { and, desc, eq, isNull } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { AppError, invalidInput, notFound } from '../../core/errors.ts'
import { newId } from '../../core/id.ts'
import { checkVersion } from '../../core/version.ts'
import { LostRace } from '../../db/transaction.ts'
import { findMentor } from '../mentors/store.ts'
import { standingConsent } from '../recognition-consents/store.ts'
import { ById, EvaluateRecognition, NewRecognitionScheme, RevokeCredential } from './contract.ts'
import { evaluate } from './evaluate.ts'
import { factOf, smallestGroup } from './facts.ts'
import type { Rule } from './rules.ts'
import { type CredentialRow, findRecognition, findScheme, type SchemeRow } from './store.ts'
import { recognitionCredentials, recognitionSchemes } from './table.ts'
import { toEvaluation, toRecognition, toScheme } from './view.ts'

/**
 * By the network's office. What is published is never changed: publishing it again makes the next revision, by which
 * everybody is measured from their next evaluation on.
 */
export const publishScheme = action({
  id: 'recognitionSchemes.publish',
  scope: 'network:write',
  input: NewRecognitionScheme,
  run: (ctx, { rules, ...said }) =>
    ctx.acrossOrganizations(async () => {
      const { networkId, now } = ctx
      const [last] = await ctx.db
        .select()
        .from(recognitionSchemes)
        .where(and(eq(recognitionSchemes.networkId, networkId), eq(recognitionSchemes.code, said.code)))
        .orderBy(desc(recognitionSchemes.revision))
        .limit(1)
      if (last && last.subject !== said.subject)
        throw new AppError(
          'natural_key_taken',
          `The network has a scheme of this code for ${last.subject}s. Choose another code.`,
        )
      if (last && last.retiredAt === null) await retire(ctx, last)
      const row: SchemeRow = {
        ...said,
        networkId,
        id: newId(now),
        revision: (last?.revision ?? 0) + 1,
        rules: rules.map(
          (rule): Rule => ({
            ...rule,
            minimumGroup: factOf(rule.fact).group === 'none' ? null : (rule.minimumGroup ?? smallestGroup),
            windowDays: rule.windowDays ?? null,
            accreditation: rule.accreditation ?? null,
          }),
        ),
        retiredAt: null,
        version: 1,
        createdAt: now,
        updatedAt: now,
      }
      await ctx.db.insert(recognitionSchemes).values(row)
      tellOfScheme(ctx, 'recognition_scheme.published', row)
      return toScheme(row)
    }),
})

/** Credentials that were issued stay good until they end; nobody is evaluated by it any more. */
export const retireScheme = action({
  id: 'recognitionSchemes.retire',
  scope: 'network:write',
  input: ById,
  run: (ctx, { id }) =>
    ctx.acrossOrganizations(async () => {
      const found = await findScheme(ctx, id)
      checkVersion(ctx, found.version)
      if (found.retiredAt !== null) return toScheme(found)
      const row = await retire(ctx, found)
      tellOfScheme(ctx, 'recognition_scheme.retired', row)
      return toScheme(row)
    }),
})

async function retire({ db, networkId, now }: TxCtx, { id, version }: SchemeRow): Promise<SchemeRow> {
  const [row] = await db
    .update(recognitionSchemes)
    .set({ retiredAt: now, version: version + 1, updatedAt: now })
    .where(
      and(
        eq(recognitionSchemes.networkId, networkId),
        eq(recognitionSchemes.id, id),
        isNull(recognitionSchemes.retiredAt),
      ),
    )
    .returning()
  if (!row) throw new LostRace()
  return row
}

function tellOfScheme(
  ctx: TxCtx,
  type: `recognition_scheme.${'published' | 'retired'}`,
  { id, code, revision }: SchemeRow,
) {
  ctx.emit({
    type,
    subjectType: 'recognition_scheme',
    subjectId: id,
    networkWide: true,
    codes: { scheme: code, revision: String(revision) },
  })
  ctx.touch({ subjectType: 'recognition_scheme', subjectId: id })
}

/** Asked for by the organization itself, of itself or of a mentor of its own; afterwards it is made again by itself. */
export const evaluateRecognition = action({
  id: 'recognitionEvaluations.make',
  scope: 'recognition:write',
  input: EvaluateRecognition,
  run: async (ctx, { id, mentorId = null }) => {
    const [scheme, mentor] = await Promise.all([
      findScheme(ctx, id),
      mentorId ? findMentor(ctx, mentorId).catch(() => null) : null,
    ])
    if (scheme.retiredAt !== null)
      throw new AppError(
        'transition_not_allowed',
        'This revision is in force no more. Ask by the one that is.',
      )
    if ((scheme.subject === 'mentor') !== (mentorId !== null))
      throw invalidInput({
        path: ['mentorId'],
        code: mentorId === null ? 'required' : 'conflicting_members',
        detail:
          mentorId === null ? 'The scheme is for mentors: say which.' : 'The scheme is for organizations.',
      })
    if (mentorId !== null && mentor?.organizationId !== ctx.organizationId)
      throw invalidInput({
        path: ['mentorId'],
        code: 'unknown_mentor',
        detail: 'Your organization has no such mentor.',
      })
    if (mentorId !== null && !(await standingConsent(ctx, mentorId)))
      throw new AppError(
        'consent_not_in_force',
        'The mentor has not consented to be recognized in public, or has taken it back.',
      )
    const { organizationId } = ctx
    return toEvaluation(await evaluate(ctx, { organizationId, scheme, mentorId, occasion: 'asked' }))
  },
})

/** By its holder, or for any other reason by the network's office. From then on every verification says so. */
export const revokeRecognition = action({
  id: 'recognitionCredentials.revoke',
  scope: 'recognition:write',
  input: RevokeCredential,
  run: async (ctx, { id, because }) => {
    if (because === 'withdrawn_by_holder') return revoke(ctx, id, because)
    if (!ctx.scopes.has('network:write'))
      throw new AppError(
        'insufficient_scope',
        'The network’s office revokes for this reason: scope network:write.',
      )
    return ctx.acrossOrganizations(() => revoke(ctx, id, because))
  },
})

/** By the network's office: what was revoked for misuse stays revoked, and stands in the way of another no more. */
export const liftRecognitionBar = action({
  id: 'recognitionCredentials.liftBar',
  scope: 'network:write',
  input: ById,
  run: (ctx, { id }) =>
    ctx.acrossOrganizations(async () => {
      const found = await findRecognition(ctx, id)
      checkVersion(ctx, found.version)
      if (found.revokedBecause !== 'misuse')
        throw new AppError('transition_not_allowed', 'Only a misuse stands in the way of another credential.')
      if (found.barLiftedAt !== null) return toRecognition(found, ctx.now)
      const row = await changeCredential(ctx, found, { barLiftedAt: ctx.now })
      tellOfCredential(ctx, row, { type: 'recognition_credential.bar_lifted', codes: {} })
      return toRecognition(row, ctx.now)
    }),
})

type Reason = NonNullable<(typeof recognitionCredentials.$inferSelect)['revokedBecause']>

async function revoke(ctx: TxCtx, id: string, because: Reason) {
  const found = await findRecognition(ctx, id)
  if (because === 'withdrawn_by_holder' && found.organizationId !== ctx.organizationId)
    throw notFound('recognition credential')
  checkVersion(ctx, found.version)
  if (found.revokedAt !== null) return toRecognition(found, ctx.now)
  const row = await changeCredential(ctx, found, { revokedAt: ctx.now, revokedBecause: because })
  tellOfCredential(ctx, row, { type: 'recognition_credential.revoked', codes: { because } })
  return toRecognition(row, ctx.now)
}

async function changeCredential(
  { db, networkId, now }: TxCtx,
  { id, version }: CredentialRow,
  changes: Partial<CredentialRow>,
): Promise<CredentialRow> {
  const [row] = await db
    .update(recognitionCredentials)
    .set({ ...changes, version: version + 1, updatedAt: now })
    .where(
      and(
        eq(recognitionCredentials.networkId, networkId),
        eq(recognitionCredentials.id, id),
        eq(recognitionCredentials.version, version),
      ),
    )
    .returning()
  if (!row) throw new LostRace()
  return row
}

function tellOfCredential(
  ctx: TxCtx,
  { id, organizationId, subject, schemeCode: scheme }: CredentialRow,
  told: {
    readonly type: `recognition_credential.${'revoked' | 'bar_lifted'}`
    readonly codes: Readonly<Record<string, string>>
  },
) {
  ctx.emit({
    type: told.type,
    subjectType: 'recognition_credential',
    subjectId: id,
    organizationId,
    ...(subject === 'organization' && { networkWide: true as const }),
    codes: { scheme, ...told.codes },
  })
  ctx.touch({ subjectType: 'recognition_credential', subjectId: id })
}
