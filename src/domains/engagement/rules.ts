import type { z } from 'zod'
import { expectedIntervalDays } from '../mentorships/cadence.ts'
import type { ContactResult } from '../mentorships/contract.ts'
import type { Cadence } from '../programs/contract.ts'
import type { Outcome } from '../referrals/codes.ts'
import type { EngagementStatus, OwnAlertCode, RuleParameters, reasonCodes } from './contract.ts'

export type ReasonCode = (typeof reasonCodes)[number]

/** The numbers of the rules below under a name. Each answer names the one that it was computed with. */
export interface RuleSet extends RuleParameters {
  readonly name: string
}

/**
 * The built-in rule set; any other is a network's own. Two further conversations in 34 days mirror the
 * initiation-and-engagement measure.
 */
export const eng1: RuleSet = {
  name: 'eng-1',
  engagedWithinDays: 34,
  engagedFurtherContacts: 2,
  atRisk: { intervals: 1.5, leastDays: 10 },
  lapsed: { intervals: 3, leastDays: 28 },
  retentionWindowDays: 14,
}

/** From an instant on, up to the next one, which is no longer part of it. Null: it has not ended. */
export interface Span {
  readonly from: Date
  readonly to: Date | null
}

export interface ContactFact {
  readonly at: Date
  readonly result: ContactResult
}

export interface MentorshipFacts {
  readonly startedAt: Date
  readonly cadence: z.output<typeof Cadence>
  /** From when the rhythm counts: the start, or when it was chosen anew. */
  readonly rhythmFrom: Date
  readonly closedAt: Date | null
  readonly pauses: readonly Span[]
  /** Since when its mentor is away. */
  readonly reassignSince: Date | null
  readonly outcome: Outcome | null
  /** A next support is named, or the person wanted none. */
  readonly nextSupportSettled: boolean
  /** In any order, without those that were entered in error. */
  readonly contacts: readonly ContactFact[]
}

/**
 * Everything that the status depends on, as a history: asked about any moment, what began after it has not happened.
 * The status is a function of these, of the rule set and of the moment, of nothing else.
 */
export interface EngagementFacts {
  readonly requestedAt: Date
  readonly closedAt: Date | null
  readonly holds: readonly Span[]
  /** One after the other, the oldest first. */
  readonly mentorships: readonly MentorshipFacts[]
}

export interface Standing {
  readonly status: EngagementStatus
  readonly since: Date
  readonly reasons: readonly { readonly code: ReasonCode; readonly at: Date }[]
  readonly nextExpectedBy: Date | null
}

const dayMs = 86_400_000
const daysAfter = (at: Date, days: number) => new Date(at.getTime() + days * dayMs)
const happened = (at: Date | null, now: Date): at is Date => at !== null && at.getTime() <= now.getTime()
const byTime = (a: Date, b: Date) => a.getTime() - b.getTime()
const isOn = ({ from, to }: Span, now: Date) => from <= now && !happened(to, now)

/** The one that lives at that moment, or the last one before it. */
export const mentorshipAt = ({ mentorships }: EngagementFacts, now: Date): MentorshipFacts | undefined =>
  mentorships.findLast(({ startedAt }) => startedAt <= now)

/** The status of one referral at one moment. */
export const standingAt = (facts: EngagementFacts, now: Date, rules: RuleSet): Standing =>
  standings(facts, rules)(now)

/**
 * The status of one referral as a function of the moment. Total: every combination of facts has a status. Conversations
 * are walked once, however many moments are asked about.
 */
export function standings(facts: EngagementFacts, rules: RuleSet): (now: Date) => Standing {
  const { closedAt, requestedAt, holds } = facts
  const courses = new Map<MentorshipFacts, Course>()
  const courseOf = (mentorship: MentorshipFacts) => {
    const course = courses.get(mentorship) ?? walk(mentorship, holds, rules)
    courses.set(mentorship, course)
    return course
  }
  const only = (status: EngagementStatus, code: ReasonCode, at: Date, since = at): Standing => ({
    status,
    since,
    reasons: [{ code, at }],
    nextExpectedBy: null,
  })
  return (now) => {
    if (happened(closedAt, now)) return only('ended', 'referral_closed', closedAt)
    const hold = holds.find((span) => isOn(span, now))
    if (hold) return only('paused', 'referral_on_hold', hold.from)
    const mentorship = mentorshipAt(facts, now)
    if (!mentorship)
      return only('awaiting_match', 'no_mentor_yet', requestedAt, resumedAfter(holds, requestedAt, now))
    if (happened(mentorship.closedAt, now)) {
      const since = resumedAfter(holds, mentorship.closedAt, now)
      return only('awaiting_match', 'mentorship_closed', mentorship.closedAt, since)
    }
    const pause = mentorship.pauses.find((span) => isOn(span, now))
    if (pause) return only('paused', 'mentorship_paused', pause.from)
    return accompanied(courseOf(mentorship), now)
  }
}

/** A cancelled meeting is not an attempt when the mentor called it off. */
export const isAttempt = ({ result }: ContactFact) => result !== 'cancelled_by_mentor'

interface Phase {
  readonly status: 'connected' | 'engaged' | 're_engaged'
  readonly since: Date
  readonly code: ReasonCode
  /** The fact behind the code; `since` is later where a silence or a pause came between. */
  readonly at: Date
}

/** A mentorship in order. */
interface Course {
  readonly mentorship: MentorshipFacts
  readonly rules: RuleSet
  /** Pauses and holds: silence during one is no silence, and after it silence counts anew from its end. */
  readonly breaks: readonly Span[]
  readonly firstAttemptAt: Date | undefined
  readonly spoken: readonly Date[]
  /** What each of the conversations made of the person, had nothing followed. */
  readonly phases: readonly Phase[]
}

function walk(mentorship: MentorshipFacts, holds: readonly Span[], rules: RuleSet): Course {
  const contacts = mentorship.contacts.toSorted((a, b) => byTime(a.at, b.at))
  const spoken = contacts.filter(({ result }) => result === 'two_way').map(({ at }) => at)
  const breaks = [...mentorship.pauses, ...holds].sort((a, b) => byTime(a.from, b.from))
  const firstAttemptAt = contacts.find(isAttempt)?.at
  const course = { mentorship, rules, breaks, firstAttemptAt, spoken }
  return { ...course, phases: phasesOf(course) }
}

function accompanied(course: Course, now: Date): Standing {
  const { mentorship, breaks, firstAttemptAt, spoken, phases } = course
  // Compared as numbers: as dates it was most of the cost of a simulation.
  const moment = now.getTime()
  const latest = spoken.findLastIndex((at) => at.getTime() <= moment)
  const [phase, last] = [phases[latest], spoken[latest]]
  if (phase && last) return withSilence(course, phase, last, now)
  const attempted = happened(firstAttemptAt ?? null, now)
  const from = attempted && firstAttemptAt ? firstAttemptAt : mentorship.startedAt
  return {
    status: attempted ? 'attempting' : 'awaiting_first_contact',
    since: resumedAfter(breaks, from, now),
    reasons: [{ code: attempted ? 'contact_attempted' : 'mentor_assigned', at: from }],
    nextExpectedBy: null,
  }
}

/**
 * Walks the conversations once. A gap that reached "lapsed" before the next conversation makes that one a
 * re-engagement; the second after it makes the person engaged again.
 */
function phasesOf(course: Omit<Course, 'phases'>): Phase[] {
  const { rules, spoken } = course
  const [first, ...further] = spoken
  if (!first) return []
  let phase: Phase = { status: 'connected', since: first, code: 'two_way_contact', at: first }
  let previous = first
  let early = 0
  const phases = [phase]
  for (const at of further) {
    if (at <= daysAfter(first, rules.engagedWithinDays)) early += 1
    if (wentSilent(course, previous, at, rules.lapsed))
      phase = { status: 're_engaged', since: at, code: 'contact_after_lapse', at }
    else if (phase.status === 're_engaged')
      phase = { status: 'engaged', since: at, code: 'second_contact_after_lapse', at }
    else if (phase.status === 'connected' && early >= rules.engagedFurtherContacts)
      phase = { status: 'engaged', since: at, code: inTimeCode(rules), at }
    else if (wentSilent(course, previous, at, rules.atRisk)) phase = { ...phase, since: at }
    phases.push(phase)
    previous = at
  }
  return phases
}

/** The code with numbers in it stays true: only rules with these numbers give it. */
const inTimeCode = ({ engagedWithinDays, engagedFurtherContacts }: RuleSet): ReasonCode =>
  engagedWithinDays === 34 && engagedFurtherContacts === 2
    ? 'three_contacts_in_34_days'
    : 'further_contacts_in_time'

function withSilence(course: Course, phase: Phase, last: Date, now: Date): Standing {
  const { expectedFrom, atRiskAfter, lapsedAfter } = silenceFrom(course, last, now)
  const nextExpectedBy = daysAfter(expectedFrom, intervalAt(course.mentorship, expectedFrom))
  const silent = (status: EngagementStatus, code: ReasonCode, since: Date): Standing => ({
    status,
    since,
    reasons: [
      { code, at: since },
      { code: 'two_way_contact', at: last },
    ],
    nextExpectedBy,
  })
  if (now > lapsedAfter) return silent('lapsed', 'contact_long_overdue', lapsedAfter)
  if (now > atRiskAfter) return silent('at_risk', 'contact_overdue', atRiskAfter)
  return {
    status: phase.status,
    since: resumedAfter(course.breaks, phase.since, now),
    reasons: [{ code: phase.code, at: phase.at }],
    nextExpectedBy,
  }
}

/** The silence that runs since the last conversation, and the instants after which it has a name. */
function silenceFrom(course: Pick<Course, 'mentorship' | 'breaks' | 'rules'>, last: Date, now: Date) {
  const expectedFrom = resumedAfter(course.breaks, last, now)
  return {
    expectedFrom,
    atRiskAfter: limitFrom(course.mentorship, expectedFrom, course.rules.atRisk),
    lapsedAfter: limitFrom(course.mentorship, expectedFrom, course.rules.lapsed),
  }
}

/** The end of the last break after `at`, or `at`. */
function resumedAfter(breaks: readonly Span[], at: Date, now: Date): Date {
  return breaks.reduce((latest, { to }) => (happened(to, now) && to > latest ? to : latest), at)
}

/** The rhythm is that of the day that silence counts from; before it was chosen anew, that of the start. */
const intervalAt = ({ cadence, startedAt, rhythmFrom }: MentorshipFacts, from: Date) =>
  expectedIntervalDays(cadence, from >= rhythmFrom ? rhythmFrom : startedAt, from)

type Limit = RuleSet['atRisk']

function limitFrom(mentorship: MentorshipFacts, from: Date, { intervals, leastDays }: Limit): Date {
  return daysAfter(from, Math.max(leastDays, intervals * intervalAt(mentorship, from)))
}

/** Whether the silence between two conversations had passed a limit; breaks cut it into pieces. */
function wentSilent(
  { mentorship, breaks }: Pick<Course, 'mentorship' | 'breaks'>,
  last: Date,
  until: Date,
  limit: Limit,
): boolean {
  let from = last
  for (const { from: begins, to } of breaks) {
    if (begins >= until) break
    if (to !== null && to <= from) continue
    if (begins > limitFrom(mentorship, from, limit)) return true
    if (to === null || to >= until) return false
    from = to
  }
  return until > limitFrom(mentorship, from, limit)
}

export const retentionDays = [30, 60, 90] as const

/** At day N after the start: was there a two-way contact in the days up to it? Null until day N is over. */
export function retainedAt(
  day: number,
  startedAt: Date,
  spoken: readonly Date[],
  now: Date,
  { retentionWindowDays }: RuleSet,
): boolean | null {
  const end = daysAfter(startedAt, day)
  if (now < end) return null
  const start = daysAfter(end, -retentionWindowDays)
  return spoken.some((at) => at >= start && at <= end)
}

/** The instants from which retention at day 30, 60 and 90 is known. */
export function retentionMarks({ mentorships: [first] }: EngagementFacts): Date[] {
  return first ? retentionDays.map((day) => daysAfter(first.startedAt, day)) : []
}

/**
 * The next instant at which time alone changes the answer: another status, or a retention day that is over. Null if
 * nothing changes until a fact does. From `now` up to it the status is the one of `now`.
 */
export function movesAt(facts: EngagementFacts, now: Date, rules: RuleSet): Date | null {
  const at = standings(facts, rules)
  const { status } = at(now)
  const marks = retentionMarks(facts).filter((mark) => mark > now)
  // Facts lie ahead where clocks differ: a contact may be recorded five minutes early. Each moves the limits.
  const ahead = instantsOf(facts).filter((instant) => instant > now)
  for (let from = now; ; ) {
    const next = earliest([...marks, ...ahead, ...limitsAt(facts, from, rules)], from)
    if (!next) return null
    if (marks.some((mark) => mark <= next) || at(next).status !== status) return next
    from = next
  }
}

const earliest = (instants: readonly Date[], after: Date): Date | undefined =>
  instants.filter((at) => at > after).sort(byTime)[0]

function instantsOf({ requestedAt, closedAt, holds, mentorships }: EngagementFacts): Date[] {
  const ends = (spans: readonly Span[]) => spans.flatMap(({ from, to }) => [from, to])
  const all = [
    requestedAt,
    closedAt,
    ...ends(holds),
    ...mentorships.flatMap(({ startedAt, closedAt: ended, pauses, contacts }) => [
      startedAt,
      ended,
      ...ends(pauses),
      ...contacts.map(({ at }) => at),
    ]),
  ]
  return all.filter((at) => at !== null)
}

/** When the silence that runs gets its names: with the first moment after each limit. */
function limitsAt(facts: EngagementFacts, now: Date, rules: RuleSet): Date[] {
  const mentorship = mentorshipAt(facts, now)
  if (!mentorship) return []
  const last = mentorship.contacts
    .filter(({ at, result }) => result === 'two_way' && at <= now)
    .map(({ at }) => at)
    .sort(byTime)
    .at(-1)
  if (!last) return []
  const silence = silenceFrom(
    { mentorship, breaks: [...mentorship.pauses, ...facts.holds], rules },
    last,
    now,
  )
  return [silence.atRiskAfter, silence.lapsedAfter].map((limit) => new Date(limit.getTime() + 1))
}

export interface Alert {
  readonly code: OwnAlertCode
  readonly since: Date
}

/** After these nobody is left to be accompanied, or somebody else does it. */
const needNoNextSupport: ReadonlySet<Outcome | null> = new Set(['deceased', 'admin_error', 'transferred'])

/** What somebody should see to, beside the clock: a mentor who is away, an ending that leads nowhere. */
export function alertsAt(facts: EngagementFacts, now: Date): Alert[] {
  const mentorship = mentorshipAt(facts, now)
  if (!mentorship) return []
  const { closedAt, reassignSince, outcome, nextSupportSettled } = mentorship
  if (happened(closedAt, now)) {
    if (nextSupportSettled || needNoNextSupport.has(outcome)) return []
    return [{ code: 'unaccompanied', since: closedAt }]
  }
  return happened(reassignSince, now) ? [{ code: 'needs_reassignment', since: reassignSince }] : []
}
