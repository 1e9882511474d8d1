import { and, eq, inArray } from 'drizzle-orm'
import type { z } from 'zod'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { invalidInput } from '../../core/errors.ts'
import { newId } from '../../core/id.ts'
import { checkVersion } from '../../core/version.ts'
import { insertRows } from '../../db/insert.ts'
import { keyOf } from '../../db/sealing.ts'
import { goOnByThemselves } from '../referrals/self-referral.ts'
import { RevokeConsent } from './contract.ts'
import { requireStep } from './effect.ts'
import { changeConsent } from './keep.ts'
import { readersOf, speaksOf } from './parties.ts'
import { settle, withdraw } from './settle.ts'
import { type ConsentRow, findConsent, findOwnConsent, type PartyRow, type StoredConsent } from './store.ts'
import { consentParties, consentRevocations, sealedRevocations } from './table.ts'
import { toConsent } from './view.ts'

type Scope = z.output<typeof RevokeConsent>['scope']

/**
 * Of the whole or of a part, on behalf of the patient or by their own token; it counts from the moment it is received.
 * Repeating the revocation of the whole changes nothing: what is revoked stays revoked, since the first time.
 */
export const revokeConsent = action({
  id: 'consents.revoke',
  scope: 'consents:write',
  portal: ['patient'],
  input: RevokeConsent,
  run: async (ctx, { id, reason, form, scope, continueAsSelfReferral }) => {
    if (ctx.person) await findConsent(ctx, id)
    ctx.beyondPerson()
    const stored = await findOwnConsent(ctx, id)
    checkVersion(ctx, stored.row.version)
    if (stored.row.status === 'revoked') return toConsent(stored, ctx.now)
    requireStep(stored, 'revoke')
    refuseUnnamed(stored, scope)
    const left = leftOf(stored, scope, ctx.now)
    const row = await changeConsent(ctx, stored.row, left.changes(ctx, reason))
    await markParties(ctx, id, scope)
    keepRevocation(ctx, row, { reason, form, scope })
    const readerIds = scope?.recipientOrganizationIds ?? readersOf(stored.parties, row.organizationId)
    ctx.emit({
      type: 'consent.revoked',
      subjectType: 'consent',
      subjectId: id,
      patientId: row.patientId,
      readerIds,
      codes: { extent: left.whole ? 'whole' : 'part' },
    })
    ctx.touch({ subjectType: 'consent', subjectId: id, patientId: row.patientId })
    await settle(ctx, row.patientId, {
      from: takenFrom(stored, scope, left.whole),
      part: continueAsSelfReferral ? goOnByThemselves : withdraw,
    })
    return toConsent({ row, parties: left.parties }, ctx.now)
  },
})

function refuseUnnamed({ parties, row }: StoredConsent, scope: Scope): void {
  const named = new Set(parties.map(({ partyOrganizationId }) => partyOrganizationId))
  const unnamed = (scope?.recipientOrganizationIds ?? []).flatMap((id, index) =>
    named.has(id)
      ? []
      : [{ path: ['scope', 'recipientOrganizationIds', index], code: 'recipient_not_named' }],
  )
  const uncovered = (scope?.dataClasses ?? []).flatMap((dataClass, index) =>
    row.dataClasses.includes(dataClass)
      ? []
      : [{ path: ['scope', 'dataClasses', index], code: 'class_not_covered' }],
  )
  const detail = 'The consent does not say this, so it cannot be taken back.'
  const issues = [...unnamed, ...uncovered].map((issue) => ({ ...issue, detail }))
  if (issues.length > 0) throw invalidInput(...issues)
}

/** What stays in force. Where nothing would, the whole consent is revoked. */
function leftOf({ row, parties }: StoredConsent, scope: Scope, now: Date) {
  const gone = new Set<string | null>(scope?.recipientOrganizationIds)
  const partiesLeft: PartyRow[] = parties.map((party) =>
    party.role === 'recipient' && gone.has(party.partyOrganizationId)
      ? { ...party, revokedAt: party.revokedAt ?? now }
      : party,
  )
  const revoked = [...new Set([...row.revokedDataClasses, ...(scope?.dataClasses ?? [])])]
  const someoneLeft = partiesLeft.some(({ role, revokedAt }) => role === 'recipient' && revokedAt === null)
  const somethingLeft = row.dataClasses.some((dataClass) => !revoked.includes(dataClass))
  const whole = scope === undefined || !someoneLeft || !somethingLeft
  return {
    whole,
    parties: partiesLeft,
    changes: ({ now: at }: TxCtx, reason: string | undefined): Partial<ConsentRow> => ({
      revokedDataClasses: revoked,
      ...(whole && {
        status: 'revoked',
        revokedAt: at,
        revocationReason: reason ?? null,
        suspendedAt: null,
        suspensionReason: null,
        readerIds: [],
      }),
    }),
  }
}

/**
 * Whom a revocation takes it from: who is named in it, with the members of an intermediary that is. Some classes alone
 * take a referral only where the class that tells of it is among them.
 */
function takenFrom({ parties }: StoredConsent, scope: Scope, whole: boolean): (id: string) => boolean {
  if (whole || scope?.dataClasses?.includes('referral_status')) return speaksOf(parties)
  const named = new Set<string | null>(scope?.recipientOrganizationIds)
  const gone = parties.filter(
    ({ role, partyOrganizationId }) => role === 'recipient' && named.has(partyOrganizationId),
  )
  const positions = new Set<number | null>(gone.map(({ position }) => position))
  const members = parties.filter(
    ({ viaPosition, designation }) => designation === 'member' && positions.has(viaPosition),
  )
  return speaksOf([...gone, ...members])
}

async function markParties({ db, networkId, now }: TxCtx, consentId: string, scope: Scope): Promise<void> {
  const ids = scope?.recipientOrganizationIds
  if (!ids) return
  await db
    .update(consentParties)
    .set({ revokedAt: now })
    .where(
      and(
        eq(consentParties.networkId, networkId),
        eq(consentParties.consentId, consentId),
        eq(consentParties.role, 'recipient'),
        inArray(consentParties.partyOrganizationId, ids),
      ),
    )
}

interface Received {
  readonly reason: string | undefined
  readonly form: z.output<typeof RevokeConsent>['form']
  readonly scope: Scope
}

function keepRevocation(ctx: TxCtx, consent: ConsentRow, { reason, form, scope }: Received): void {
  const { networkId, organizationId, patientId, id: consentId } = consent
  const row = {
    networkId,
    id: newId(ctx.now),
    organizationId,
    patientId,
    consentId,
    at: ctx.now,
    receivedByClientId: ctx.clientId,
    byPatient: ctx.person?.type === 'patient',
    form,
    recipientOrganizationIds: scope?.recipientOrganizationIds ?? [],
    dataClasses: scope?.dataClasses ?? [],
    reason: reason ?? null,
  }
  ctx.write(insertRows(consentRevocations, sealedRevocations.row(keyOf(consent), row)))
}
