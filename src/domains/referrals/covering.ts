import type { TxCtx } from '../../core/context.ts'
import type { PersonKey } from '../../core/data-keys.ts'
import { invalidInput } from '../../core/errors.ts'
import { tellDenied } from '../../core/watched.ts'
import { readersOnceStored, storeConsent } from '../consents/keep.ts'
import type { Review } from '../consents/signers.ts'
import { type StoredConsent, toFacts } from '../consents/store.ts'
import { decide } from '../decisions/decision.ts'
import { type AgreementFacts, type Grounds, noGrounds } from '../decisions/facts.ts'
import { limitsOf } from '../decisions/grounds.ts'
import type { NewReferral } from './contract.ts'

interface Choice {
  readonly patientId: string
  readonly key: PersonKey | null
  readonly isKnown: boolean
  readonly receiver: string
  /** The consent that the request names, as it is stored. */
  readonly named: StoredConsent | undefined
  readonly review: Review | undefined
}

export interface Covering {
  readonly consent: StoredConsent | undefined
  readonly agreement?: AgreementFacts | undefined
}

/**
 * The consent that covers a referral: sent along or named. None is needed where the referral stays in one organization, or
 * goes to one that serves the program under an agreement. What the person has ruled out is asked before anything is sent.
 */
export async function coveringConsent(
  ctx: TxCtx,
  request: Pick<NewReferral, 'consent' | 'consentId'>,
  choice: Choice,
): Promise<Covering> {
  const { receiver, patientId, isKnown } = choice
  const chosen = request.consent ? storeInline(ctx, request.consent, choice) : nameOne(ctx, request, choice)
  if (receiver === ctx.organizationId) return { consent: chosen }
  // A person who is new here has ruled nothing out yet.
  const limits = isKnown || !chosen ? await limitsOf(ctx, isKnown ? [patientId] : []) : noGrounds
  const grounds = { ...limits, consents: chosen ? [toFacts(chosen)] : [] }
  const agreement = requireCovered(ctx, grounds, choice, request.consent || !chosen ? 'consent' : 'consentId')
  return { consent: chosen, agreement }
}

/** Organizations that find the person from now on: the one that is asked, and those that the consent lets find it. */
export function findersOf(
  ctx: TxCtx,
  { consent }: Pick<NewReferral, 'consent'>,
  { receiver, named, review }: Pick<Choice, 'receiver' | 'named' | 'review'>,
): string[] {
  const consented = consent
    ? readersOnceStored(ctx, { ...partiesOf(ctx, consent, receiver), review })
    : (named?.row.readerIds ?? [])
  return [...new Set([receiver, ...consented])].filter((id) => id !== ctx.organizationId)
}

/** Where the request names none, its consent stands between the two organizations of the referral. */
const partiesOf = (ctx: TxCtx, consent: NonNullable<NewReferral['consent']>, receiver: string) => ({
  disclosers: consent.disclosers ?? [{ organizationId: ctx.organizationId }],
  recipients: consent.recipients ?? [{ designation: 'named' as const, organizationId: receiver }],
})

const storeInline = (
  ctx: TxCtx,
  consent: NonNullable<NewReferral['consent']>,
  { patientId, key, receiver, review }: Choice,
): StoredConsent =>
  storeConsent(ctx, { patientId, key, consent, ...partiesOf(ctx, consent, receiver), review })

function nameOne(
  ctx: TxCtx,
  { consentId }: Pick<NewReferral, 'consentId'>,
  { patientId, named }: Choice,
): StoredConsent | undefined {
  if (consentId === undefined) return undefined
  if (named && named.row.organizationId === ctx.organizationId && named.row.patientId === patientId)
    return named
  throw invalidInput({
    path: ['consentId'],
    code: 'unknown_consent',
    detail: 'This patient has no such consent with you.',
  })
}

function requireCovered(
  ctx: TxCtx,
  grounds: Grounds,
  { receiver, patientId }: Choice,
  member: 'consent' | 'consentId',
): AgreementFacts | undefined {
  const { reasons, decision, agreement } = decide(grounds, {
    discloserId: ctx.organizationId,
    recipientId: receiver,
    patientId,
    purpose: 'treatment',
    dataClasses: ['referral_status'],
    at: ctx.now,
  })
  if (decision !== 'deny') return agreement
  tellDenied(reasons)
  if (grounds.consents.length === 0)
    throw invalidInput({
      path: ['consent'],
      code: 'required',
      detail: 'Another organization is asked only under a consent: send consent or consentId.',
    })
  const detail = 'The consent does not let this referral go to the receiving organization.'
  throw invalidInput(...reasons.map((code) => ({ path: [member], code, detail })))
}
