import { eq, sql } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { AppError, type Issue } from '../../core/errors.ts'
import { newId } from '../../core/id.ts'
import { dueAt } from '../clocks/rules.ts'
import { startClock } from '../clocks/store.ts'
import { type ConsentFacts, decide } from '../consents/decision.ts'
import { findConsent, type StoredConsent, storeConsent, toFacts } from '../consents/store.ts'
import { organizationsAmong } from '../organizations/store.ts'
import { findByIdentifier, findOwnPatient, sharePatient, upsertPatient } from '../patients/store.ts'
import {
  type Destination,
  findDestination,
  type ProgramRow,
  type RoutingWish,
  route,
} from '../programs/store.ts'
import type { NewReferral } from './contract.ts'
import { partiesOf } from './rules.ts'
import { findReferral, type ReferralRecord, type ReferralRow, recordTransition } from './store.ts'
import { referrals } from './table.ts'

type Request = NewReferral & { readonly replacesId?: string }

/** The referral that already has this order number of the caller's organization. */
async function findByPlacer(ctx: TxCtx, placerId: string | undefined): Promise<ReferralRecord | undefined> {
  if (placerId === undefined) return undefined
  const own = sql`${eq(referrals.organizationId, ctx.organizationId)} and ${eq(referrals.placerId, placerId)}`
  return findReferral(ctx, own).catch(ignoreNotFound)
}

/** Everything that the request refers to, looked up together: one round trip. */
async function lookUp(ctx: TxCtx, request: Request) {
  const { patient, patientId, consentId, programId } = request
  const [existing, destination, knownId, own, consent, named] = await Promise.all([
    findByPlacer(ctx, request.placerId),
    programId === undefined ? route(ctx, wishOf(request)) : findDestination(ctx, programId),
    patient && findByIdentifier(ctx, patient.identifier),
    patientId === undefined ? undefined : findOwnPatient(ctx, patientId).catch(ignoreNotFound),
    consentId === undefined ? undefined : findConsent(ctx, consentId).catch(ignoreNotFound),
    organizationsAmong(ctx, namedIn(request)),
  ])
  return { existing, destination, knownId: own?.id ?? knownId, consent, named }
}

function ignoreNotFound(error: unknown): undefined {
  if (error instanceof AppError && error.code === 'not_found') return undefined
  throw error
}

/**
 * Makes a referral out of one request: patient by the clinic's own number, consent inline, program given or
 * found. The clinic's order number decides: sent again, the referral that is there is the answer. Everything
 * that is written travels with the commit.
 */
export async function requestReferral(
  ctx: TxCtx,
  request: Request,
): Promise<{ record: ReferralRecord; created: boolean }> {
  const { existing, destination, knownId, consent, named } = await lookUp(ctx, request)
  if (existing) return { record: existing, created: false }
  refuseUnknown(request, destination, knownId, named)
  const { program, timeZone } = openDestination(destination)
  const receiverId = program.organizationId
  const patientId = knownId ?? newId(ctx.now)
  if (request.patient) ctx.write(upsertPatient(ctx, request.patient, patientId, knownId === undefined))
  const stored = chooseConsent(ctx, request, patientId, receiverId, consent)
  const readerIds = [receiverId].filter((id) => id !== ctx.organizationId)
  if (readerIds.length > 0) ctx.write(sharePatient(ctx, patientId, readerIds))
  return {
    record: insertReferral(ctx, request, { patientId, program, timeZone, readerIds, stored }),
    created: true,
  }
}

function wishOf({ preferences, patient, organizationId }: Request): RoutingWish {
  return {
    organizationId,
    languages: preferences.must?.languages ?? preferences.languages ?? [],
    modes: preferences.must?.modes ?? preferences.modes ?? [],
    postalCode: patient?.postalCode,
  }
}

function openDestination(destination: Destination | undefined): Destination {
  if (destination?.program.status === 'active') return destination
  throw new AppError(
    'no_program_available',
    destination
      ? 'This program is not taking referrals.'
      : 'No active program of the network fits. Name a program, or widen the preferences.',
  )
}

/** Ids in the request that lead nowhere, all at once. */
function refuseUnknown(
  request: Request,
  destination: Destination | undefined,
  knownId: string | undefined,
  named: ReadonlyMap<string, unknown>,
) {
  const issues = [...unknownParties(request, named)]
  if (request.programId !== undefined && !destination) {
    issues.push({ path: ['programId'], code: 'unknown_program', detail: 'The network has no such program.' })
  }
  if (request.patientId !== undefined && knownId === undefined) {
    issues.push({
      path: ['patientId'],
      code: 'unknown_patient',
      detail: 'Your organization has no such patient.',
    })
  }
  if (issues.length > 0) throw invalid(issues)
}

function namedIn({ consent }: Request): string[] {
  return [...(consent?.disclosers ?? []), ...(consent?.recipients ?? [])].flatMap(
    ({ organizationId }) => organizationId ?? [],
  )
}

function unknownParties({ consent }: Request, known: ReadonlyMap<string, unknown>): Issue[] {
  return (['disclosers', 'recipients'] as const).flatMap((member) =>
    (consent?.[member] ?? []).flatMap(({ organizationId }, index) =>
      organizationId === undefined || known.has(organizationId)
        ? []
        : [
            {
              path: ['consent', member, index, 'organizationId'],
              code: 'unknown_organization',
              detail: 'The network has no such organization.',
            },
          ],
    ),
  )
}

/** The consent that covers this referral: sent along, named, or needless because it stays in one organization. */
function chooseConsent(
  ctx: TxCtx,
  { consent, consentId }: Request,
  patientId: string,
  receiver: string,
  named: StoredConsent | undefined,
): StoredConsent | undefined {
  if (consent) {
    const stored = storeConsent(ctx, {
      patientId,
      consent,
      disclosers: consent.disclosers ?? [{ organizationId: ctx.organizationId }],
      recipients: consent.recipients ?? [{ designation: 'named', organizationId: receiver }],
    })
    refuseUncovered(ctx, toFacts(stored), receiver, 'consent')
    return stored
  }
  if (consentId !== undefined) {
    const usable =
      named && named.row.organizationId === ctx.organizationId && named.row.patientId === patientId
    if (!usable)
      throw invalid([
        {
          path: ['consentId'],
          code: 'unknown_consent',
          detail: 'This patient has no such consent with you.',
        },
      ])
    refuseUncovered(ctx, toFacts(named), receiver, 'consentId')
    return named
  }
  if (receiver === ctx.organizationId) return undefined
  throw invalid([
    {
      path: ['consent'],
      code: 'required',
      detail: 'Another organization is asked only under a consent: send consent or consentId.',
    },
  ])
}

function refuseUncovered(
  ctx: TxCtx,
  consent: ConsentFacts,
  recipientId: string,
  member: 'consent' | 'consentId',
) {
  const { reasons, decision } = decide([consent], {
    discloserId: ctx.organizationId,
    recipientId,
    purpose: 'treatment',
    dataClasses: ['referral_status'],
    at: ctx.now,
  })
  if (decision !== 'deny') return
  throw invalid(
    reasons.map((code) => ({
      path: [member],
      code,
      detail: 'The consent does not let this referral go to the receiving organization.',
    })),
  )
}

const invalid = (issues: readonly Issue[]) =>
  new AppError('invalid_input', 'See errors: each fault is named by its pointer.', issues)

interface Settled {
  readonly patientId: string
  readonly program: ProgramRow
  readonly timeZone: string
  readonly readerIds: string[]
  readonly stored: StoredConsent | undefined
}

function insertReferral(
  ctx: TxCtx,
  request: Request,
  { patientId, program, timeZone, readerIds, stored }: Settled,
): ReferralRecord {
  const { networkId, organizationId, now } = ctx
  const { priority } = request
  const id = newId(now)
  const clock = startClock(
    ctx,
    { id, organizationId, readerIds },
    {
      action: 'acknowledge',
      ownerOrganizationId: program.organizationId,
      ownerRole: 'coordinator',
      dueAt: dueAt('acknowledge', priority, now, timeZone),
    },
  )
  const row: ReferralRow = {
    networkId,
    id,
    organizationId,
    readerIds,
    receivingOrganizationId: program.organizationId,
    programId: program.id,
    patientId,
    consentId: stored?.row.id ?? null,
    placerId: request.placerId ?? null,
    replacesId: request.replacesId ?? null,
    status: 'requested',
    businessStatus: 'received',
    statusReason: null,
    statusReasonText: null,
    outcome: null,
    priority,
    reasons: request.reason,
    preferences: request.preferences,
    note: request.note ?? null,
    resumeBy: null,
    clockId: clock.id,
    acceptedAt: null,
    closedAt: null,
    version: 1,
    createdAt: now,
    updatedAt: now,
  }
  ctx.write(ctx.db.insert(referrals).values(row))
  recordTransition(ctx, row, { command: request.replacesId === undefined ? 'request' : 'reopen' }, null)
  const consents = stored ? [toFacts(stored)] : []
  return { row, clock, timeZone, consents, parties: partiesOf(row, organizationId) }
}
