import { and, eq, sql } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import type { PersonKey } from '../../core/data-keys.ts'
import { AppError, absentIfNotFound, invalidInput } from '../../core/errors.ts'
import { newId } from '../../core/id.ts'
import { insertRows } from '../../db/insert.ts'
import { once } from '../../db/once.ts'
import { newPersonKey } from '../../db/person-keys.ts'
import { keyOf, withKey } from '../../db/sealing.ts'
import { type Deadlines, dueAt } from '../clocks/rules.ts'
import { startClock } from '../clocks/store.ts'
import { judgeSigned } from '../consents/effect.ts'
import { partyFaults } from '../consents/parties.ts'
import { findConsent, type StoredConsent, toFacts } from '../consents/store.ts'
import { type AgreementFacts, noGrounds } from '../decisions/facts.ts'
import { accompaniedOf, markEngagementDue } from '../engagement/mark.ts'
import { findOrganization } from '../organizations/store.ts'
import {
  findByIdentifier,
  findOwnPatient,
  type KnownPatient,
  newPatient,
  retellPatient,
  sharePatient,
} from '../patients/store.ts'
import { patients } from '../patients/table.ts'
import { type RoutingWish, route } from '../programs/routing.ts'
import { admits } from '../programs/rules.ts'
import { type Destination, findDestination, type ProgramRow } from '../programs/store.ts'
import type { NewReferral } from './contract.ts'
import { coveringConsent, findersOf } from './covering.ts'
import { partiesOf } from './rules.ts'
import { findReferralById, type ReferralRecord, type ReferralRow, recordTransition } from './store.ts'
import { referrals, sealedReferrals } from './table.ts'

type Request = NewReferral & { readonly replacesId?: string }

const byPlacer = once<{ readonly organizationId: string; readonly placerId: string }, { id: string }>((db) =>
  db
    .select({ id: referrals.id })
    .from(referrals)
    .where(
      and(
        eq(referrals.networkId, sql.placeholder('networkId')),
        eq(referrals.organizationId, sql.placeholder('organizationId')),
        eq(referrals.placerId, sql.placeholder('placerId')),
      ),
    ),
)

/** The referral that already has this order number of the caller's organization. Most orders are new: then it is one look. */
async function findByPlacer(ctx: TxCtx, placerId: string | undefined): Promise<ReferralRecord | undefined> {
  if (placerId === undefined) return undefined
  const { organizationId } = ctx
  const [own] = await byPlacer(ctx, { organizationId, placerId })
  return own && findReferralById(ctx, own.id).catch(absentIfNotFound)
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
    partyFaults(ctx, request.consent ?? {}, ['consent']),
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
  const { existing, destination, known, consent } = found
  if (existing) return { record: existing, created: false }
  refuseUnknown(request, found)
  const { program, deadlines } = openDestination(destination)
  refuseIneligible(request, found, program, ctx.now)
  const review =
    request.consent &&
    (await judgeSigned(ctx, request.consent, birthDateOf(request, found.known), ['consent']))
  const receiverId = program.organizationId
  const finders = findersOf(ctx, request, { receiver: receiverId, named: consent, review })
  const { patientId, key } = await tellPatient(ctx, request, known, finders)
  const choice = {
    patientId,
    key,
    receiver: receiverId,
    named: consent,
    review,
    isKnown: known !== undefined,
  }
  const { consent: stored, agreement } = await coveringConsent(ctx, request, choice)
  const readerIds = [receiverId].filter((id) => id !== ctx.organizationId)
  return {
    record: insertReferral(ctx, request, {
      patientId,
      key,
      program,
      deadlines,
      readerIds,
      stored,
      agreement,
    }),
    created: true,
  }
}

/** Stores what the request says of its patient, and who finds them; whose key the referral is sealed under. */
async function tellPatient(
  ctx: TxCtx,
  { patient }: Request,
  known: KnownPatient | undefined,
  finders: readonly string[],
) {
  if (known) {
    if (patient) ctx.write(retellPatient(ctx, known, patient))
    if (finders.length > 0) ctx.write(sharePatient(ctx, known.id, finders))
    return { patientId: known.id, key: keyOf(known) }
  }
  const patientId = newId(ctx.now)
  const key = await newPersonKey(ctx, patientId)
  if (patient)
    ctx.write(insertRows(patients, { ...newPatient(ctx, patient, patientId, key), readerIds: [...finders] }))
  return { patientId, key }
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

const birthDateOf = ({ patient }: Request, known: KnownPatient | undefined) =>
  patient?.birthDate ?? known?.birthDate

/** A program that is named is asked what it demands; one that is found by routing was. */
function refuseIneligible(request: Request, { known }: Found, { eligibility }: ProgramRow, now: Date) {
  const birthDate = birthDateOf(request, known)
  const why = admits(eligibility, { birthDate, reasons: request.reason, priority: request.priority }, now)
  if (why.length > 0)
    throw invalidInput({
      path: ['programId'],
      code: 'not_eligible',
      detail: `The program does not take this referral: ${why.join(', ')}. GET the program for its eligibility.`,
    })
}

interface Settled {
  readonly patientId: string
  readonly key: PersonKey | null
  readonly program: ProgramRow
  readonly deadlines: Deadlines
  readonly readerIds: string[]
  readonly stored: StoredConsent | undefined
  readonly agreement: AgreementFacts | undefined
}

function insertReferral(
  ctx: TxCtx,
  request: Request,
  { patientId, key, program, deadlines, readerIds, stored, agreement }: Settled,
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
  const plain: ReferralRow = {
    networkId,
    id,
    organizationId,
    readerIds,
    receivingOrganizationId: program.organizationId,
    programId: program.id,
    patientId,
    consentId: stored?.row.id ?? null,
    agreementId: agreement?.id ?? null,
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
  const row = withKey(plain, key)
  ctx.write(insertRows(referrals, sealedReferrals.row(key, plain)))
  recordTransition(ctx, row, { command: request.replacesId === undefined ? 'request' : 'reopen' }, null)
  markEngagementDue(ctx, accompaniedOf(row))
  const grounds = {
    ...noGrounds,
    consents: stored ? [toFacts(stored)] : [],
    agreements: agreement ? [agreement] : [],
  }
  return { row, clock, deadlines, grounds, parties: partiesOf(row, organizationId) }
}
