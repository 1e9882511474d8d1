import { eq, sql } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { AppError, absentIfNotFound, invalidInput } from '../../core/errors.ts'
import { newId } from '../../core/id.ts'
import { type Deadlines, dueAt } from '../clocks/rules.ts'
import { startClock } from '../clocks/store.ts'
import { type ConsentFacts, decide, noGrounds } from '../consents/decision.ts'
import { dateFaults } from '../consents/elements.ts'
import {
  findConsent,
  refuseFaults,
  type StoredConsent,
  storeConsent,
  toFacts,
  unknownParties,
} from '../consents/store.ts'
import { accompaniedOf, markEngagementDue } from '../engagement/mark.ts'
import { findOrganization } from '../organizations/store.ts'
import {
  findByIdentifier,
  findOwnPatient,
  type KnownPatient,
  sharePatient,
  upsertPatient,
} from '../patients/store.ts'
import { type RoutingWish, route } from '../programs/routing.ts'
import { admits } from '../programs/rules.ts'
import { type Destination, findDestination, type ProgramRow } from '../programs/store.ts'
import type { NewReferral } from './contract.ts'
import { partiesOf } from './rules.ts'
import { findReferral, type ReferralRecord, type ReferralRow, recordTransition } from './store.ts'
import { referrals } from './table.ts'

type Request = NewReferral & { readonly replacesId?: string }

/** The referral that already has this order number of the caller's organization. */
async function findByPlacer(ctx: TxCtx, placerId: string | undefined): Promise<ReferralRecord | undefined> {
  if (placerId === undefined) return undefined
  const own = sql`${eq(referrals.organizationId, ctx.organizationId)} and ${eq(referrals.placerId, placerId)}`
  return findReferral(ctx, own).catch(absentIfNotFound)
}

type Found = Awaited<ReturnType<typeof lookUp>>

/** The patient of the request, if the calling organization knows them. */
function findKnown(ctx: TxCtx, { patient, patientId }: Request): Promise<KnownPatient | undefined> {
  if (patientId !== undefined) return findOwnPatient(ctx, patientId).catch(absentIfNotFound)
  return patient ? findByIdentifier(ctx, patient.identifier) : Promise.resolve(undefined)
}

/**
 * Everything that the request refers to, looked up together: one round trip. Routing looks at the person's age and
 * postal code; where the request leaves them out, they are read first.
 */
async function lookUp(ctx: TxCtx, request: Request) {
  const { patient, consentId, programId, organizationId } = request
  const complete = patient?.birthDate !== undefined && patient.postalCode !== undefined
  const readFirst = programId === undefined && !complete
  const before = readFirst ? await findKnown(ctx, request) : undefined
  const [existing, destination, known, consent, unknown, asked] = await Promise.all([
    findByPlacer(ctx, request.placerId),
    programId === undefined ? route(ctx, wishOf(request, before)) : findDestination(ctx, programId),
    readFirst ? before : findKnown(ctx, request),
    consentId === undefined ? undefined : findConsent(ctx, consentId).catch(absentIfNotFound),
    unknownParties(ctx, request.consent ?? {}, ['consent']),
    organizationId === undefined ? undefined : findOrganization(ctx, organizationId).catch(absentIfNotFound),
  ])
  return { existing, destination, known, knownId: known?.id, consent, unknown, asked }
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
  const found = await lookUp(ctx, request)
  const { existing, destination, knownId, consent } = found
  if (existing) return { record: existing, created: false }
  refuseUnknown(request, found)
  if (request.consent) refuseFaults(dateFaults(request.consent, ctx.now, ['consent']))
  const { program, deadlines } = openDestination(destination)
  refuseIneligible(request, found, program, ctx.now)
  const receiverId = program.organizationId
  const patientId = knownId ?? newId(ctx.now)
  if (request.patient) ctx.write(upsertPatient(ctx, request.patient, patientId, knownId === undefined))
  const stored = chooseConsent(ctx, request, patientId, receiverId, consent)
  const readerIds = [receiverId].filter((id) => id !== ctx.organizationId)
  const finders = [...new Set([...readerIds, ...(stored?.row.readerIds ?? [])])]
  if (finders.length > 0) ctx.write(sharePatient(ctx, patientId, finders))
  return {
    record: insertReferral(ctx, request, { patientId, program, deadlines, readerIds, stored }),
    created: true,
  }
}

function wishOf(
  { preferences, patient, organizationId, reason, priority }: Request,
  known: KnownPatient | undefined,
): RoutingWish {
  return {
    reasons: reason,
    priority,
    birthDate: patient?.birthDate ?? known?.birthDate,
    organizationId,
    languages: preferences.languages ?? [],
    modes: preferences.modes ?? [],
    mustLanguages: preferences.must?.languages ?? [],
    mustModes: preferences.must?.modes ?? [],
    postalCode: patient?.postalCode ?? known?.postalCode ?? undefined,
  }
}

function openDestination(destination: Destination | undefined): Destination {
  if (destination?.program.status === 'active') return destination
  throw new AppError(
    'no_program_available',
    destination
      ? 'This program is not taking referrals.'
      : 'No active program of the network speaks, meets and serves where the person must have it. Name a program, or demand less.',
  )
}

/** Ids in the request that lead nowhere, all at once. */
function refuseUnknown(request: Request, { destination, knownId, unknown, asked }: Found) {
  const issues = [...unknown]
  const refuse = (member: string, code: string, detail: string) =>
    issues.push({ path: [member], code, detail })
  const { programId, organizationId, patientId } = request
  if (programId !== undefined && !destination)
    refuse('programId', 'unknown_program', 'The network has no such program.')
  if (organizationId !== undefined && !asked)
    refuse('organizationId', 'unknown_organization', 'The network has no such organization.')
  if (programId !== undefined && asked && destination && destination.program.organizationId !== asked.id) {
    refuse(
      'organizationId',
      'conflicting_members',
      'The program belongs to another organization. Send programId alone.',
    )
  }
  if (patientId !== undefined && knownId === undefined)
    refuse('patientId', 'unknown_patient', 'Your organization has no such patient.')
  if (issues.length > 0) throw invalidInput(...issues)
}

/** A program that is named is asked what it demands; one that is found by routing was. */
function refuseIneligible(request: Request, { known }: Found, { eligibility }: ProgramRow, now: Date) {
  const birthDate = request.patient?.birthDate ?? known?.birthDate
  const why = admits(eligibility, { birthDate, reasons: request.reason, priority: request.priority }, now)
  if (why.length > 0)
    throw invalidInput({
      path: ['programId'],
      code: 'not_eligible',
      detail: `The program does not take this referral: ${why.join(', ')}. GET the program for its eligibility.`,
    })
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
    if (!usable) {
      throw invalidInput({
        path: ['consentId'],
        code: 'unknown_consent',
        detail: 'This patient has no such consent with you.',
      })
    }
    refuseUncovered(ctx, toFacts(named), receiver, 'consentId')
    return named
  }
  if (receiver === ctx.organizationId) return undefined
  throw invalidInput({
    path: ['consent'],
    code: 'required',
    detail: 'Another organization is asked only under a consent: send consent or consentId.',
  })
}

function refuseUncovered(
  ctx: TxCtx,
  consent: ConsentFacts,
  recipientId: string,
  member: 'consent' | 'consentId',
) {
  const { reasons, decision } = decide(
    { consents: [consent] },
    {
      discloserId: ctx.organizationId,
      recipientId,
      purpose: 'treatment',
      dataClasses: ['referral_status'],
      at: ctx.now,
    },
  )
  if (decision !== 'deny') return
  const detail = 'The consent does not let this referral go to the receiving organization.'
  throw invalidInput(...reasons.map((code) => ({ path: [member], code, detail })))
}

interface Settled {
  readonly patientId: string
  readonly program: ProgramRow
  readonly deadlines: Deadlines
  readonly readerIds: string[]
  readonly stored: StoredConsent | undefined
}

function insertReferral(
  ctx: TxCtx,
  request: Request,
  { patientId, program, deadlines, readerIds, stored }: Settled,
): ReferralRecord {
  const { networkId, organizationId, now } = ctx
  const { priority } = request
  const id = newId(now)
  const clock = startClock(
    ctx,
    { type: 'referral', id, organizationId, readerIds },
    {
      action: 'acknowledge',
      ownerOrganizationId: program.organizationId,
      ownerRole: 'coordinator',
      dueAt: dueAt('acknowledge', priority, now, deadlines),
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
    open: true,
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
  markEngagementDue(ctx, accompaniedOf(row))
  const grounds = stored ? { consents: [toFacts(stored)] } : noGrounds
  return { row, clock, deadlines, grounds, parties: partiesOf(row, organizationId) }
}
