import { action } from '../../core/action.ts'
import type { Person, TxCtx } from '../../core/context.ts'
import { AppError, absentIfNotFound, invalidInput } from '../../core/errors.ts'
import { decide } from '../decisions/decision.ts'
import { groundsOf } from '../decisions/grounds.ts'
import { findMentor } from '../mentors/store.ts'
import { findVisiblePatient } from '../patients/store.ts'
import { NewPortalToken, portalScopes } from './contract.ts'

/** What the system that asks must itself be allowed to change, to speak for such a person. */
const needs = { mentor: 'mentors:write', patient: 'patients:write' } as const

/**
 * A token for one person. The system that asks has signed them in; the service makes sure that the person is the
 * organization's to speak for, and that the token opens nothing but their own.
 */
export const createPortalToken = action({
  id: 'portalTokens.create',
  scope: 'mentorships:read',
  input: NewPortalToken,
  run: async (ctx, { subject, scopes }) => {
    if (!ctx.scopes.has(needs[subject.type]))
      throw new AppError(
        'insufficient_scope',
        `A token for a ${subject.type} needs the scope ${needs[subject.type]}.`,
      )
    await requireKnown(ctx, subject)
    const allowed: readonly string[] = portalScopes[subject.type]
    const tooMuch = (scopes ?? []).flatMap((scope, index) => (allowed.includes(scope) ? [] : [index]))
    if (tooMuch.length > 0)
      throw invalidInput(
        ...tooMuch.map((index) => ({
          path: ['scopes', index],
          code: 'scope_not_for_portal',
          detail: `A portal token of a ${subject.type} has ${allowed.join(', ')} at most.`,
        })),
      )
    if (!ctx.issueToken) throw new Error('Portal tokens are issued where access tokens are')
    const granted = scopes ?? allowed
    const { networkId, organizationId, clientId } = ctx
    const issued = await ctx.issueToken({
      networkId,
      organizationId,
      clientId,
      scopes: granted,
      person: subject,
    })
    ctx.touch({
      subjectType: subject.type,
      subjectId: subject.id,
      patientId: subject.type === 'patient' ? subject.id : undefined,
    })
    return {
      accessToken: issued.accessToken,
      tokenType: 'Bearer' as const,
      expiresIn: issued.expiresInSeconds,
      scopes: [...granted],
      subject,
    }
  },
})

async function requireKnown(ctx: TxCtx, { type, id }: Person): Promise<void> {
  const known = type === 'mentor' ? await isMentorHere(ctx, id) : await isPatientKnown(ctx, id)
  if (!known)
    throw invalidInput({
      path: ['subject', 'id'],
      code: `unknown_${type}`,
      detail: `There is no such ${type}, or they are not yours to speak for.`,
    })
}

async function isMentorHere(ctx: TxCtx, id: string): Promise<boolean> {
  const mentor = await findMentor(ctx, id).catch(absentIfNotFound)
  return mentor !== undefined && mentor.status !== 'ended'
}

async function isPatientKnown(ctx: TxCtx, id: string): Promise<boolean> {
  const [patient, grounds] = await Promise.all([
    findVisiblePatient(ctx, id).catch(absentIfNotFound),
    groundsOf(ctx, id),
  ])
  if (!patient) return false
  const { permittedClasses } = decide(grounds, {
    discloserId: patient.organizationId,
    recipientId: ctx.organizationId,
    patientId: id,
    purpose: 'treatment',
    dataClasses: ['identity'],
    at: ctx.now,
  })
  return permittedClasses.length > 0
}
