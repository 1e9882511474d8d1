import { and, eq, inArray, isNotNull, ne, or, sql } from 'drizzle-orm'
import { Temporal } from 'temporal-polyfill'
import type { TxCtx } from '../../core/context.ts'
import { onceForIds } from '../../db/once.ts'
import { conflictsOf, declarationsOf } from '../conflicts/store.ts'
import type { DataClass } from '../consents/codes.ts'
import { decide } from '../decisions/decision.ts'
import type { Grounds } from '../decisions/facts.ts'
import { weeklyHours, wishedHours } from '../mentors/availability.ts'
import { type ReleasableField, releasableFields } from '../mentors/codes.ts'
import { isReleased } from '../mentors/releases.ts'
import { isEligible } from '../mentors/rules.ts'
import { type MentorRow, mentorsById } from '../mentors/store.ts'
import { mentors, sealedMentors } from '../mentors/table.ts'
import { points } from '../mentorships/intensity.ts'
import { mentorships } from '../mentorships/table.ts'
import { offers } from '../offers/table.ts'
import { patients, sealedPatients } from '../patients/table.ts'
import type { ProgramRow } from '../programs/store.ts'
import { programs } from '../programs/table.ts'
import type { ReferralRecord } from '../referrals/store.ts'
import type { MentorFacts, Seeker } from './facts.ts'

/** What matching would like to know of a person: how to speak, when, where, and what they wish for. */
export const matchingClasses: readonly DataClass[] = [
  'referral_status',
  'referral_reason',
  'identity',
  'contact',
]

/** What matching reads of a mentor; the rest of the row is for those who are shown. */
export type Weighable = Pick<
  MentorRow,
  | 'id'
  | 'type'
  | 'status'
  | 'capacity'
  | 'load'
  | 'languages'
  | 'modes'
  | 'serviceArea'
  | 'timeZone'
  | 'mustNot'
  | 'practitionerReferences'
  | 'substances'
  | 'pathways'
  | 'lifeSituations'
  | 'interests'
  | 'demographics'
  | 'availability'
  | 'releases'
  | 'eligibleUntil'
>

const networkId = sql.placeholder('networkId')

/** Mentors as they are stored, by id: for the few that are shown or asked. */
export const mentorRows = async (ctx: TxCtx, ids: readonly string[]): Promise<Map<string, MentorRow>> =>
  new Map((await mentorsById(ctx, ids)).map((row) => [row.id, row]))

const { id, type, releases, boundaries, sealed, wrappedKey, ...others } = sealedMentors.columns
const releasable = Object.fromEntries(releasableFields.map((field) => [field, others[field]])) as Pick<
  typeof others,
  ReleasableField
>

const shownById = onceForIds((db, isOneOf) =>
  db
    .select({ id, type, releases, boundaries, sealed, wrappedKey, ...releasable })
    .from(mentors)
    .where(and(eq(mentors.networkId, networkId), isOneOf(mentors.id))),
)

/** A mentor as far as candidates are told of them. */
export type ShownMentor = Pick<MentorRow, 'id' | 'type' | 'releases' | 'boundaries' | ReleasableField>

/** Those who are told of, by id: the columns that are shown, and of what is sealed no more. */
export async function shownMentors(ctx: TxCtx, ids: readonly string[]): Promise<Map<string, ShownMentor>> {
  if (ids.length === 0) return new Map()
  const rows = await sealedMentors.open(ctx, await shownById(ctx, { ids }))
  return new Map(rows.map((row) => [row.id, row]))
}

/** Minutes ahead of UTC in a zone at a moment. */
const offsets = new Map<string, number>()
function offsetOf(timeZone: string, at: Date): number {
  const hour = Math.floor(at.getTime() / 3_600_000)
  const key = `${timeZone}|${hour}`
  const known = offsets.get(key)
  if (known !== undefined) return known
  const offset =
    Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(timeZone).offsetNanoseconds / 60e9
  if (offsets.size > 1_000) offsets.clear()
  offsets.set(key, offset)
  return offset
}

export function toMentorFacts(row: Weighable, now: Date): MentorFacts {
  const released = <T>(field: Parameters<typeof isReleased>[1], value: T): T | null =>
    isReleased(row, field, 'coordinator') ? value : null
  return {
    id: row.id,
    type: row.type,
    status: row.status,
    eligible: isEligible(row, now),
    capacity: row.capacity,
    load: row.load,
    languages: row.languages,
    modes: row.modes,
    serviceArea: row.serviceArea,
    offsetMinutes: offsetOf(row.timeZone, now),
    mustNot: row.mustNot,
    practitionerReferences: row.practitionerReferences,
    spoken: released('languages', row.languages),
    substances: released('substances', row.substances),
    pathways: released('pathways', row.pathways),
    lifeSituations: released('lifeSituations', row.lifeSituations),
    interests: released('interests', row.interests),
    demographics: released('demographics', row.demographics),
    hours:
      row.availability.length > 0
        ? released('availability', weeklyHours(row.availability, row.timeZone, now))
        : null,
  }
}

/** How closings of a pair speak for or against another try. */
const wentWrong: readonly string[] = ['person_ended', 'program_ended_relationship']
const wentWell: readonly string[] = ['goals_met', 'planned_end']

/** A referral with its seeker and the program whose rules weigh the candidates. */
export interface Seeking {
  readonly record: ReferralRecord
  readonly seeker: Seeker
  readonly program: ProgramRow | undefined
  /** What of the person's data the receiving organization may use. */
  readonly permitted: ReadonlySet<DataClass>
}

const peopleById = onceForIds((db, isOneOf) =>
  db
    .select(sealedPatients.columns)
    .from(patients)
    .where(and(eq(patients.networkId, networkId), isOneOf(patients.id))),
)

const programsById = onceForIds((db, isOneOf) =>
  db
    .select()
    .from(programs)
    .where(and(eq(programs.networkId, networkId), isOneOf(programs.id))),
)

/** Whom each person has, and had, as their mentor. */
const pairsOf = onceForIds((db, isOneOf) =>
  db
    .select({
      patientId: mentorships.patientId,
      referralId: mentorships.referralId,
      mentorId: mentorships.mentorId,
      status: mentorships.status,
      outcome: mentorships.outcome,
      because: mentorships.closedBecause,
    })
    .from(mentorships)
    .where(
      and(
        eq(mentorships.networkId, networkId),
        isOneOf(mentorships.patientId),
        or(isNotNull(mentorships.outcome), ne(mentorships.status, 'closed')),
      ),
    ),
)

/** Who was asked for each referral and does not come. */
const unansweredOf = onceForIds((db, isOneOf) =>
  db
    .select({ referralId: offers.referralId, mentorId: offers.mentorId })
    .from(offers)
    .where(
      and(
        eq(offers.networkId, networkId),
        isOneOf(offers.referralId),
        inArray(offers.status, ['declined', 'expired']),
      ),
    ),
)

/**
 * What matching may know of each referral: of the person only the classes that a consent lets the receiving
 * organization have. A fixed number of statements, however many referrals there are.
 */
export async function seekersOf(ctx: TxCtx, records: readonly ReferralRecord[]): Promise<Seeking[]> {
  const patientIds = [...new Set(records.map(({ row }) => row.patientId))]
  const referralIds = records.map(({ row }) => row.id)
  const programIds = [...new Set(records.flatMap(({ row }) => row.programId ?? []))]
  if (records.length === 0) return []
  const [people, programRows, past, asked, declared] = await Promise.all([
    peopleById(ctx, { ids: patientIds }).then((rows) => sealedPatients.open(ctx, rows)),
    programIds.length === 0 ? [] : programsById(ctx, { ids: programIds }),
    pairsOf(ctx, { ids: patientIds }),
    unansweredOf(ctx, { ids: referralIds }),
    declarationsOf(ctx, patientIds),
  ])
  const personOf = new Map(people.map((row) => [row.id, row]))
  const permittedOf = new Map(records.map((record) => [record.row.id, permittedTo(ctx, record)]))
  const conflicts = await conflictsOf(
    ctx,
    people.map(({ id, name, birthDate }) => ({ id, name, birthDate })),
    declared,
  )
  return records.map((record): Seeking => {
    const { row } = record
    const permitted = permittedOf.get(row.id) ?? new Set<DataClass>()
    const person = personOf.get(row.patientId)
    const contact = permitted.has('contact') ? person : undefined
    const {
      must = {},
      mustNot = {},
      availability = [],
      interpreter = false,
      ...wishes
    } = permitted.has('referral_reason') ? row.preferences : {}
    const program = programRows.find(({ id }) => id === row.programId)
    const pairs = past.filter(({ patientId }) => patientId === row.patientId)
    const mentorsWhere = (holds: (pair: (typeof pairs)[number]) => boolean) =>
      new Set(pairs.filter(holds).map(({ mentorId }) => mentorId))
    const timeZone = contact?.timeZone ?? null
    return {
      record,
      program,
      permitted,
      seeker: {
        wishes,
        must,
        mustNot,
        language: contact?.language ?? null,
        interpreter,
        hours:
          availability.length > 0
            ? wishedHours(availability, timeZone ?? record.deadlines.timeZone, ctx.now)
            : null,
        offsetMinutes: timeZone === null ? null : offsetOf(timeZone, ctx.now),
        postalCode: contact?.postalCode ?? null,
        reasons: permitted.has('referral_reason') ? row.reasons : [],
        program: { mentorTypes: program?.mentorTypes ?? [], modes: program?.modes ?? [] },
        points: points[program?.startingIntensity[row.priority] ?? 'standard'],
        barred: barredFor(conflicts.get(row.patientId)?.barred, record.grounds),
        cautions: conflicts.get(row.patientId)?.cautions ?? new Map(),
        onPanelOf: conflicts.get(row.patientId)?.onPanelOf ?? new Set(),
        failedWith: mentorsWhere(
          ({ outcome, because }) => because === 'recused' || wentWrong.includes(outcome ?? ''),
        ),
        wellWith: mentorsWhere(({ outcome }) => wentWell.includes(outcome ?? '')),
        askedAlready: new Set(
          asked.filter(({ referralId }) => referralId === row.id).map(({ mentorId }) => mentorId),
        ),
        notAgain:
          pairs.find(({ status, referralId }) => status !== 'closed' && referralId === row.id)?.mentorId ??
          null,
      },
    }
  })
}

/** The classes of the person's data that the receiving organization may use, at this moment. */
export function permittedTo(ctx: TxCtx, { row, grounds }: ReferralRecord): ReadonlySet<DataClass> {
  const { permittedClasses } = decide(grounds, {
    discloserId: row.organizationId,
    recipientId: row.receivingOrganizationId,
    patientId: row.patientId,
    purpose: 'treatment',
    dataClasses: matchingClasses,
    at: ctx.now,
  })
  return new Set(permittedClasses)
}

/** Whom the person does not want is barred as a relation would bar them, and nobody is told which of the two it is. */
function barredFor(declared: Seeker['barred'] | undefined, { restrictions }: Grounds): Seeker['barred'] {
  const barred = new Map(declared)
  for (const { mentorId } of restrictions) if (mentorId) barred.set(mentorId, barred.get(mentorId) ?? [])
  return barred
}
