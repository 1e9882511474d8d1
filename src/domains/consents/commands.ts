import type { z } from 'zod'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { AppError, absentIfNotFound } from '../../core/errors.ts'
import { parseInput } from '../../core/input.ts'
import { checkVersion } from '../../core/version.ts'
import { defined } from '../../core/wire.ts'
import { castShadow } from '../decisions/shadow.ts'
import { findOwnPatient } from '../patients/store.ts'
import {
  ConsentChanges,
  ConsentCommand,
  ReviewConsent,
  SignConsent,
  SuspendConsent,
  WholeConsent,
} from './contract.ts'
import { keepDocument } from './document.ts'
import { saidIn } from './draft.ts'
import { findSuperseded, judgeSigned, requireStep, takeEffect } from './effect.ts'
import {
  type ConsentEvent,
  changeConsent,
  digestOfConsent,
  elementsOf,
  refuseFaults,
  storeParties,
  tell,
} from './keep.ts'
import { partyFaults, partyRows, readersOf, speaksOf } from './parties.ts'
import type { ConsentCommand as Step } from './rules.ts'
import { settle } from './settle.ts'
import { type ConsentRow, findOwnConsent, type StoredConsent } from './store.ts'
import { toConsent } from './view.ts'

/** The consent that a command is about: the caller's own, as it was read last, and where the command may follow. */
async function findForStep(ctx: TxCtx, id: string, command: Step): Promise<StoredConsent> {
  const stored = await findOwnConsent(ctx, id)
  checkVersion(ctx, stored.row.version)
  requireStep(stored, command)
  return stored
}

/** Kept as a draft, whatever is missing still; what is signed is never changed. */
export const changeConsentDraft = action({
  id: 'consents.update',
  scope: 'consents:write',
  input: ConsentChanges,
  run: async (ctx, { id, document: _, ...changes }) => {
    const { row } = await findForStep(ctx, id, 'change')
    const said = { ...saidIn(row), ...defined(changes) } as z.output<typeof WholeConsent>
    const disclosers = said.disclosers ?? []
    const recipients = said.recipients ?? []
    refuseFaults(await partyFaults(ctx, said, []))
    const changed = await changeConsent(ctx, row, {
      ...elementsOf(said),
      draftParties: { disclosers, recipients },
      documentSha256: digestOfConsent({ patientId: row.patientId, consent: said, disclosers, recipients }),
    })
    tell(ctx, 'consent.drafted', changed)
    return toConsent({ row: changed, parties: partyRows(id, disclosers, recipients) }, ctx.now)
  },
})

/** Every element has to be there now. It counts at once, or after a review of who signed for a minor. */
export const signConsent = action({
  id: 'consents.sign',
  scope: 'consents:write',
  input: SignConsent,
  run: async (ctx, { id, ...signed }) => {
    const { row } = await findForStep(ctx, id, 'sign')
    const consent = parseInput(WholeConsent, { ...saidIn(row), ...defined(signed) })
    const { disclosers = [], recipients = [] } = consent
    const [patient, faults, { superseded, issues }] = await Promise.all([
      findOwnPatient(ctx, row.patientId).catch(absentIfNotFound),
      partyFaults(ctx, consent, []),
      findSuperseded(ctx, row.supersedesId ?? undefined, row.patientId),
    ])
    refuseFaults([...faults, ...issues])
    const review = await judgeSigned(ctx, consent, patient?.birthDate, [])
    const active = review === 'not_needed'
    const parties = partyRows(id, disclosers, recipients)
    const changed = await changeConsent(ctx, row, {
      ...elementsOf(consent),
      status: active ? 'active' : 'signed',
      review,
      draftParties: null,
      activatedAt: active ? ctx.now : null,
      readerIds: active ? readersOf(parties, row.organizationId) : [],
      documentSha256: digestOfConsent({ patientId: row.patientId, consent, disclosers, recipients }),
    })
    storeParties(ctx, changed, parties)
    if (consent.document) keepDocument(ctx, changed, consent.document)
    tell(ctx, active ? 'consent.granted' : 'consent.signed', changed)
    const stored = { row: changed, parties }
    if (active) await takeEffect(ctx, stored, superseded)
    return toConsent(stored, ctx.now)
  },
})

/** Somebody has looked at who signed for a minor. That it is somebody else than who brought it is the clinic's to see to. */
export const reviewConsent = action({
  id: 'consents.review',
  scope: 'consents:write',
  input: ReviewConsent,
  run: async (ctx, { id, outcome }) => {
    const stored = await findForStep(ctx, id, 'review')
    if (outcome === 'rejected')
      return step(ctx, stored, 'consent.entered_in_error', { status: 'entered_in_error', review: outcome })
    const readerIds = readersOf(stored.parties, stored.row.organizationId)
    const { superseded, issues } = await findSuperseded(
      ctx,
      stored.row.supersedesId ?? undefined,
      stored.row.patientId,
    )
    refuseFaults(issues)
    const active = { status: 'active', review: outcome, activatedAt: ctx.now, readerIds } as const
    const row = await changeConsent(ctx, stored.row, active)
    tell(ctx, 'consent.granted', row)
    await takeEffect(ctx, { ...stored, row }, superseded)
    return toConsent({ ...stored, row }, ctx.now)
  },
})

/** One step that needs no more than the status to change; recipients learn of it by id, and find no more than they may. */
async function step(ctx: TxCtx, stored: StoredConsent, type: ConsentEvent, changes: Partial<ConsentRow>) {
  const row = await changeConsent(ctx, stored.row, changes)
  tell(ctx, type, { ...row, readerIds: readersOf(stored.parties, row.organizationId) })
  await castShadow(ctx, row.patientId)
  return toConsent({ ...stored, row }, ctx.now)
}

export const suspendConsent = action({
  id: 'consents.suspend',
  scope: 'consents:write',
  input: SuspendConsent,
  run: async (ctx, { id, reason }) =>
    step(ctx, await findForStep(ctx, id, 'suspend'), 'consent.suspended', {
      status: 'suspended',
      suspendedAt: ctx.now,
      suspensionReason: reason,
    }),
})

export const reinstateConsent = action({
  id: 'consents.reinstate',
  scope: 'consents:write',
  input: ConsentCommand,
  run: async (ctx, { id }) =>
    step(ctx, await findForStep(ctx, id, 'reinstate'), 'consent.reinstated', {
      status: 'active',
      suspendedAt: null,
      suspensionReason: null,
    }),
})

/** The event on which it was to end has occurred (42 CFR 2.31(a)(7)). A date ends it without anybody saying so. */
export const expireConsent = action({
  id: 'consents.expire',
  scope: 'consents:write',
  input: ConsentCommand,
  run: async (ctx, { id }) => {
    const stored = await findForStep(ctx, id, 'expire')
    if (stored.row.expirationEvent === null)
      throw new AppError('transition_not_allowed', 'It ends on a date or not at all, not by an event.')
    return step(ctx, stored, 'consent.expired', {
      status: 'expired',
      expiredAt: ctx.now,
      suspendedAt: null,
      suspensionReason: null,
    })
  },
})

/** It should never have counted: what is open under it parts, as after a revocation. */
export const enterConsentInError = action({
  id: 'consents.enterInError',
  scope: 'consents:write',
  input: ConsentCommand,
  run: async (ctx, { id }) => {
    const stored = await findForStep(ctx, id, 'enter_in_error')
    const drafted = stored.row.draftParties
    const row = await changeConsent(ctx, stored.row, {
      status: 'entered_in_error',
      suspendedAt: null,
      suspensionReason: null,
      ...(drafted && { draftParties: null }),
    })
    tell(ctx, 'consent.entered_in_error', { ...row, readerIds: stored.row.readerIds })
    await settle(ctx, row.patientId, { from: speaksOf(stored.parties), sparesExpired: true })
    return toConsent({ ...stored, row }, ctx.now)
  },
})
