import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import {
  engagementStatuses,
  type RuleParameters,
  reasonCodes,
} from '../../../src/domains/engagement/contract.ts'
import {
  alertsAt,
  type EngagementFacts,
  eng1,
  type MentorshipFacts,
  movesAt,
  type RuleSet,
  retainedAt,
  retentionMarks,
  type Span,
  standingAt,
} from '../../../src/domains/engagement/rules.ts'
import { contactResults } from '../../../src/domains/mentorships/contract.ts'
import { cadences } from '../../../src/domains/programs/contract.ts'
import { outcomes } from '../../../src/domains/referrals/codes.ts'

const dayMs = 86_400_000
const ms = 1 / dayMs
const dayZero = Date.parse('2026-01-05T15:00:00Z')
/** Every time in this file is a number of days; the mentorship begins on day 0. */
const day = (days: number) => new Date(Math.round(dayZero + days * dayMs))
const toDays = (at: Date) => (at.getTime() - dayZero) / dayMs

type Result = (typeof contactResults)[number]
type Step = (facts: EngagementFacts) => EngagementFacts

const timeline = (...steps: Step[]): EngagementFacts =>
  steps.reduce<EngagementFacts>((facts, step) => step(facts), {
    requestedAt: day(-5),
    closedAt: null,
    holds: [],
    mentorships: [],
  })

const mentorFrom =
  (start: number, cadence: (typeof cadences)[number]): Step =>
  (facts) => ({
    ...facts,
    mentorships: [
      ...facts.mentorships,
      {
        startedAt: day(start),
        cadence,
        rhythmFrom: day(start),
        closedAt: null,
        pauses: [],
        reassignSince: null,
        outcome: null,
        nextSupportSettled: false,
        contacts: [],
      },
    ],
  })
const mentor = (cadence: (typeof cadences)[number]) => mentorFrom(0, cadence)
/** Changes the mentorship that came last. */
const turned =
  (change: (mentorship: MentorshipFacts) => Partial<MentorshipFacts>): Step =>
  (facts) => ({
    ...facts,
    mentorships: facts.mentorships.map((mentorship, index) =>
      index === facts.mentorships.length - 1 ? { ...mentorship, ...change(mentorship) } : mentorship,
    ),
  })
const met = (result: Result, ...days: number[]) =>
  turned(({ contacts }) => ({ contacts: [...contacts, ...days.map((at) => ({ at: day(at), result }))] }))
const ended = (spans: readonly Span[], at: number) =>
  spans.map(({ from, to }) => ({ from, to: to ?? day(at) }))

const weekly = mentor('telephone_weekly_12')
const stepped = mentor('stepped_default')
const quarterly = mentor('checkup_quarterly')
const afterOverdose = mentor('post_overdose_90')
const spoke = (...days: number[]) => met('two_way', ...days)
const tried = (...days: number[]) => met('no_answer', ...days)
const paused = (at: number) => turned(({ pauses }) => ({ pauses: [...pauses, { from: day(at), to: null }] }))
const resumed = (at: number) => turned(({ pauses }) => ({ pauses: ended(pauses, at) }))
const mentorGone = (at: number) => turned(() => ({ closedAt: day(at) }))
const onHold =
  (since: number): Step =>
  (facts) => ({ ...facts, holds: [...facts.holds, { from: day(since), to: null }] })
const released =
  (at: number): Step =>
  (facts) => ({ ...facts, holds: ended(facts.holds, at) })
const closed =
  (at: number): Step =>
  (facts) => ({ ...facts, closedAt: day(at) })

type Case = [
  promise: string,
  steps: Step[],
  now: number,
  status: (typeof engagementStatuses)[number],
  since: number,
  reason: (typeof reasonCodes)[number],
]

// biome-ignore format: a table reads by its lines
const table: Record<string, Case[]> = {
  'before anybody was reached': [
    ['a referral without a mentor awaits a match', [], 0, 'awaiting_match', -5, 'no_mentor_yet'],
    ['a matched person awaits the first contact', [weekly], 3, 'awaiting_first_contact', 0, 'mentor_assigned'],
    ['however long nobody calls', [weekly], 400, 'awaiting_first_contact', 0, 'mentor_assigned'],
    ['a call that comes later is not known yet', [weekly, tried(2)], 2 - ms, 'awaiting_first_contact', 0, 'mentor_assigned'],
    ['an attempt is an attempt from its instant', [weekly, tried(2)], 2, 'attempting', 2, 'contact_attempted'],
    ['attempting began with the first attempt', [weekly, tried(9, 2, 5)], 10, 'attempting', 2, 'contact_attempted'],
    ['a meeting that the mentor called off is no attempt', [weekly, met('cancelled_by_mentor', 2)], 3, 'awaiting_first_contact', 0, 'mentor_assigned'],
    ['a meeting that the person called off is one', [weekly, met('cancelled_by_person', 2)], 3, 'attempting', 2, 'contact_attempted'],
    ['attempts alone never lapse', [weekly, tried(1, 2)], 200, 'attempting', 1, 'contact_attempted'],
    ['after a pause the wait for a first contact begins with its end', [weekly, paused(5), resumed(20)], 21, 'awaiting_first_contact', 20, 'mentor_assigned'],
    ['after a pause attempting goes on from its end', [weekly, tried(1), paused(5), resumed(20)], 21, 'attempting', 20, 'contact_attempted'],
  ],
  'connected and engaged': [
    ['the first conversation connects', [weekly, tried(1), spoke(2)], 2, 'connected', 2, 'two_way_contact'],
    ['one further conversation is not enough', [weekly, spoke(2, 9)], 10, 'connected', 2, 'two_way_contact'],
    ['the second further conversation engages', [weekly, spoke(2, 9, 16)], 17, 'engaged', 16, 'three_contacts_in_34_days'],
    ['the second further conversation on day 34 exactly still engages', [quarterly, spoke(2, 9, 36)], 37, 'engaged', 36, 'three_contacts_in_34_days'],
    ['a moment after day 34 is too late', [quarterly, spoke(2, 9, 36 + ms)], 37, 'connected', 2, 'two_way_contact'],
    ['what was too late once stays so, however many follow', [quarterly, spoke(2, 9, 37, 38, 39)], 40, 'connected', 2, 'two_way_contact'],
    ['who is engaged stays so since then', [weekly, spoke(0, 7, 14, 21, 28, 35)], 40, 'engaged', 14, 'three_contacts_in_34_days'],
    ['attempts between conversations count for nothing', [weekly, spoke(2), tried(3, 4), met('voicemail', 5)], 6, 'connected', 2, 'two_way_contact'],
  ],
  'at risk: older than 1.5 intervals, and than 10 days': [
    ['twice a week: 10 days exactly is no risk yet', [stepped, spoke(0)], 10, 'connected', 0, 'two_way_contact'],
    ['twice a week: a moment more is', [stepped, spoke(0)], 10 + ms, 'at_risk', 10, 'contact_overdue'],
    ['weekly: 10.5 days exactly is no risk yet', [weekly, spoke(0)], 10.5, 'connected', 0, 'two_way_contact'],
    ['weekly: a moment more is', [weekly, spoke(0)], 10.5 + ms, 'at_risk', 10.5, 'contact_overdue'],
    ['an hour a week: as weekly', [mentor('mentoring_4h_month'), spoke(0)], 10.5 + ms, 'at_risk', 10.5, 'contact_overdue'],
    ['quarterly: 136.5 days exactly', [quarterly, spoke(0)], 136.5, 'connected', 0, 'two_way_contact'],
    ['quarterly: a moment more', [quarterly, spoke(0)], 136.5 + ms, 'at_risk', 136.5, 'contact_overdue'],
    ['who was engaged is at risk all the same', [weekly, spoke(0, 7, 14)], 25, 'at_risk', 24.5, 'contact_overdue'],
    ['an attempt does not end the silence', [weekly, spoke(0), tried(8, 9, 10)], 11, 'at_risk', 10.5, 'contact_overdue'],
    ['a conversation ends the risk, and the status begins anew with it', [weekly, spoke(0, 7, 14, 27)], 28, 'engaged', 27, 'three_contacts_in_34_days'],
    ['who was only connected is so again since the conversation that ended the risk', [weekly, spoke(0, 20)], 21, 'connected', 20, 'two_way_contact'],
  ],
  'lapsed: older than 3 intervals, and than 28 days': [
    ['twice a week: 28 days exactly is at risk only', [stepped, spoke(0)], 28, 'at_risk', 10, 'contact_overdue'],
    ['twice a week: a moment more', [stepped, spoke(0)], 28 + ms, 'lapsed', 28, 'contact_long_overdue'],
    ['weekly: 28 days exactly', [weekly, spoke(0)], 28, 'at_risk', 10.5, 'contact_overdue'],
    ['weekly: a moment more', [weekly, spoke(0)], 28 + ms, 'lapsed', 28, 'contact_long_overdue'],
    ['quarterly: 273 days exactly', [quarterly, spoke(0)], 273, 'at_risk', 136.5, 'contact_overdue'],
    ['quarterly: a moment more', [quarterly, spoke(0)], 273 + ms, 'lapsed', 273, 'contact_long_overdue'],
    ['lapsed stays lapsed until a conversation', [weekly, spoke(0), tried(30, 60)], 300, 'lapsed', 28, 'contact_long_overdue'],
  ],
  'the rhythm is that of the day of the last conversation': [
    ['stepped, before day 14: at risk after 10', [stepped, spoke(14 - ms)], 24, 'at_risk', 24 - ms, 'contact_overdue'],
    ['stepped, from day 14: after 10.5', [stepped, spoke(14)], 24.5, 'connected', 14, 'two_way_contact'],
    ['stepped, from day 14: a moment more', [stepped, spoke(14)], 24.5 + ms, 'at_risk', 24.5, 'contact_overdue'],
    ['stepped, before day 84: weekly still', [stepped, spoke(84 - ms)], 95, 'at_risk', 94.5 - ms, 'contact_overdue'],
    ['stepped, from day 84: after 21', [stepped, spoke(84)], 105, 'connected', 84, 'two_way_contact'],
    ['stepped, from day 84: lapsed after 42', [stepped, spoke(84)], 126 + ms, 'lapsed', 126, 'contact_long_overdue'],
    ['stepped, before day 182: fortnightly still', [stepped, spoke(182 - ms)], 204, 'at_risk', 203 - ms, 'contact_overdue'],
    ['stepped, from day 182: after 45', [stepped, spoke(182)], 227, 'connected', 182, 'two_way_contact'],
    ['stepped, from day 182: lapsed after 90', [stepped, spoke(182)], 272 + ms, 'lapsed', 272, 'contact_long_overdue'],
    ['after an overdose, before day 30: after 10', [afterOverdose, spoke(29)], 39 + ms, 'at_risk', 39, 'contact_overdue'],
    ['after an overdose, from day 30: after 10.5', [afterOverdose, spoke(30)], 40.5, 'connected', 30, 'two_way_contact'],
    ['after an overdose, from day 30: a moment more', [afterOverdose, spoke(30)], 40.5 + ms, 'at_risk', 40.5, 'contact_overdue'],
  ],
  're-engaged': [
    ['a conversation at 28 days exactly is no re-engagement', [weekly, spoke(0, 28)], 28, 'connected', 28, 'two_way_contact'],
    ['a moment later it is', [weekly, spoke(0, 28 + ms)], 29, 're_engaged', 28 + ms, 'contact_after_lapse'],
    ['the second conversation after it engages', [weekly, spoke(0, 40, 45)], 46, 'engaged', 45, 'second_contact_after_lapse'],
    ['a second lapse is a second re-engagement', [weekly, spoke(0, 40, 45, 80)], 81, 're_engaged', 80, 'contact_after_lapse'],
    ['a lapse right after a re-engagement too', [weekly, spoke(0, 40, 70)], 71, 're_engaged', 70, 'contact_after_lapse'],
    ['who was engaged before is re-engaged as well', [weekly, spoke(0, 7, 14, 50)], 51, 're_engaged', 50, 'contact_after_lapse'],
    ['re-engaged and silent is at risk', [weekly, spoke(0, 40)], 51, 'at_risk', 50.5, 'contact_overdue'],
    ['the second conversation engages out of the risk too', [weekly, spoke(0, 40, 55)], 56, 'engaged', 55, 'second_contact_after_lapse'],
    ['the rhythm decides: 40 days of silence are none of a quarterly one', [quarterly, spoke(0, 40)], 41, 'connected', 0, 'two_way_contact'],
  ],
  'pauses are no silence': [
    ['a paused mentorship is paused since then', [weekly, spoke(0), paused(5)], 100, 'paused', 5, 'mentorship_paused'],
    ['a pause before any contact is a pause', [weekly, paused(5)], 6, 'paused', 5, 'mentorship_paused'],
    ['a second pause is a pause since the second', [weekly, spoke(0), paused(10), resumed(20), paused(30)], 31, 'paused', 30, 'mentorship_paused'],
    ['resumed, the silence counts from then', [weekly, spoke(0), paused(5), resumed(60)], 70.5, 'connected', 60, 'two_way_contact'],
    ['a moment after 1.5 intervals from then it is a risk', [weekly, spoke(0), paused(5), resumed(60)], 70.5 + ms, 'at_risk', 70.5, 'contact_overdue'],
    ['28 days from then it is a risk only', [weekly, spoke(0), paused(5), resumed(60)], 88, 'at_risk', 70.5, 'contact_overdue'],
    ['a moment more and it has lapsed', [weekly, spoke(0), paused(5), resumed(60)], 88 + ms, 'lapsed', 88, 'contact_long_overdue'],
    ['a conversation after a long pause is no re-engagement', [weekly, spoke(0, 61), paused(5), resumed(60)], 62, 'connected', 60, 'two_way_contact'],
    ['engaged before the pause is engaged after it, since its end', [weekly, spoke(0, 3, 6), paused(8), resumed(60)], 61, 'engaged', 60, 'three_contacts_in_34_days'],
    ['a conversation in the pause counts from the end of it', [weekly, spoke(0, 10), paused(5), resumed(60)], 70, 'connected', 60, 'two_way_contact'],
    ['a pause does not undo an earlier re-engagement', [weekly, spoke(0, 60), paused(61), resumed(70)], 71, 're_engaged', 70, 'contact_after_lapse'],
    ['nor the engagement that followed it', [weekly, spoke(0, 60, 62), paused(63), resumed(70)], 71, 'engaged', 70, 'second_contact_after_lapse'],
    ['who had lapsed before the pause is re-engaged by the conversation after it', [weekly, spoke(0, 51), paused(40), resumed(50)], 52, 're_engaged', 51, 'contact_after_lapse'],
    ['a conversation in a long pause is no re-engagement', [weekly, spoke(0, 50), paused(5), resumed(60)], 55, 'paused', 5, 'mentorship_paused'],
    ['nor is it one after the pause', [weekly, spoke(0, 50), paused(5), resumed(60)], 61, 'connected', 60, 'two_way_contact'],
  ],
  'every pause counts, not only the last': [
    ['two pauses cut a silence into three pieces', [weekly, spoke(0, 65), paused(5), resumed(30), paused(40), resumed(60)], 66, 'connected', 60, 'two_way_contact'],
    ['a piece that lapsed between two pauses is a lapse', [weekly, spoke(0, 85), paused(5), resumed(30), paused(60), resumed(80)], 86, 're_engaged', 85, 'contact_after_lapse'],
    ['a pause of long ago is no silence for who is engaged since', [weekly, spoke(0, 40, 41, 42), paused(5), resumed(38), paused(50), resumed(60)], 61, 'connected', 60, 'two_way_contact'],
    ['silence counts from the end of the last pause', [weekly, spoke(0), paused(5), resumed(30), paused(40), resumed(60)], 70.5 + ms, 'at_risk', 70.5, 'contact_overdue'],
    ['and between pauses from the end of the one before', [weekly, spoke(0), paused(5), resumed(30), paused(50)], 40.5 + ms, 'at_risk', 40.5, 'contact_overdue'],
    ['a hold that is over is a pause like any other', [weekly, spoke(0, 61), onHold(5), released(60)], 62, 'connected', 60, 'two_way_contact'],
    ['a pause that overlaps a hold ends with the later of the two', [weekly, spoke(0, 66), paused(5), onHold(10), resumed(40), released(65)], 67, 'connected', 65, 'two_way_contact'],
    ['the wait for a match begins anew after a hold', [onHold(1), released(9)], 10, 'awaiting_match', 9, 'no_mentor_yet'],
    ['so does the wait for the next mentor', [weekly, mentorGone(20), onHold(25), released(30)], 31, 'awaiting_match', 30, 'mentorship_closed'],
  ],
  'asked about the past, it answers as it would have then': [
    ['before it closed', [weekly, spoke(0, 7), mentorGone(20), closed(20)], 10, 'connected', 0, 'two_way_contact'],
    ['before the hold', [weekly, spoke(0), onHold(40)], 5, 'connected', 0, 'two_way_contact'],
    ['in a pause that is over now', [weekly, spoke(0), paused(5), resumed(20)], 10, 'paused', 5, 'mentorship_paused'],
    ['before the match', [weekly, spoke(1)], -1, 'awaiting_match', -5, 'no_mentor_yet'],
    ['under the mentor before', [weekly, spoke(0, 3, 6), mentorGone(9), mentorFrom(12, 'telephone_weekly_12')], 8, 'engaged', 6, 'three_contacts_in_34_days'],
    ['between two mentors', [weekly, spoke(0, 3, 6), mentorGone(9), mentorFrom(12, 'telephone_weekly_12')], 10, 'awaiting_match', 9, 'mentorship_closed'],
  ],
  'the next mentor begins anew': [
    ['with the wait for a first contact', [weekly, spoke(0, 3, 6), mentorGone(9), mentorFrom(12, 'telephone_weekly_12')], 13, 'awaiting_first_contact', 12, 'mentor_assigned'],
    ['and a first conversation connects', [weekly, spoke(0, 3, 6), mentorGone(9), mentorFrom(12, 'telephone_weekly_12'), spoke(14)], 15, 'connected', 14, 'two_way_contact'],
  ],
  'a rhythm that was chosen anew': [
    ['counts from its choice', [stepped, spoke(100), turned(() => ({ rhythmFrom: day(99) }))], 110 + ms, 'at_risk', 110, 'contact_overdue'],
    ['and changes nothing of what was before', [stepped, spoke(90), turned(() => ({ rhythmFrom: day(99) }))], 111, 'connected', 90, 'two_way_contact'],
  ],
  'on hold, mentor gone, closed': [
    ['a hold stands before everything of the mentorship', [weekly, spoke(0), onHold(40)], 50, 'paused', 40, 'referral_on_hold'],
    ['a hold without a mentor is a hold', [onHold(1)], 2, 'paused', 1, 'referral_on_hold'],
    ['a hold stands before the pause of a mentorship', [weekly, paused(3), onHold(4)], 5, 'paused', 4, 'referral_on_hold'],
    ['an open referral whose mentor is gone awaits a match again', [weekly, spoke(0, 7, 14), mentorGone(20)], 90, 'awaiting_match', 20, 'mentorship_closed'],
    ['a hold stands before a mentor who is gone', [weekly, mentorGone(20), onHold(25)], 30, 'paused', 25, 'referral_on_hold'],
    ['a closed referral has ended', [weekly, spoke(0, 7), mentorGone(20), closed(20)], 90, 'ended', 20, 'referral_closed'],
    ['one closed before a match has ended', [closed(-1)], 3, 'ended', -1, 'referral_closed'],
    ['closing stands before a hold', [weekly, onHold(10), closed(12)], 13, 'ended', 12, 'referral_closed'],
  ],
}

for (const [chapter, cases] of Object.entries(table)) {
  t.test(chapter, async (t) => {
    for (const [promise, steps, now, status, since, reason] of cases) {
      const standing = standingAt(timeline(...steps), day(now), eng1)
      t.strictSame(
        [standing.status, toDays(standing.since), standing.reasons[0]?.code],
        [status, toDays(day(since)), reason],
        promise,
      )
    }
  })
}

t.test('every status of the vocabulary and every reason code is reached', async (t) => {
  const all = Object.values(table).flat()
  t.strictSame(new Set(all.map((row) => row[3])), new Set(engagementStatuses))
  const ofOtherRules = ['further_contacts_in_time']
  t.strictSame(new Set([...all.map((row) => row[5]), ...ofOtherRules]), new Set(reasonCodes))
})

t.test('the next contact is expected one interval after the last conversation', async (t) => {
  const expected = (now: number, ...steps: Step[]) => {
    const { nextExpectedBy } = standingAt(timeline(...steps), day(now), eng1)
    return nextExpectedBy && toDays(nextExpectedBy)
  }
  t.equal(expected(3, weekly, spoke(2)), 9)
  t.equal(expected(200, weekly, spoke(2)), 9, 'also when long overdue')
  t.equal(expected(3, stepped, spoke(2)), 5.5)
  t.equal(expected(100, stepped, spoke(2, 90)), 104)
  t.equal(expected(61, weekly, spoke(2), paused(5), resumed(60)), 67, 'or after the end of a pause')
  t.equal(expected(1, weekly, tried(1)), null)
  t.equal(expected(20, weekly, spoke(0), paused(5)), null, 'nothing is expected in a pause')
  t.equal(expected(20, weekly, spoke(0), onHold(5)), null, 'nor on hold')
  t.equal(expected(20, weekly, spoke(0), mentorGone(5)), null, 'nor without a mentor')
  t.equal(expected(20, weekly, spoke(0), closed(5)), null, 'nor after the end')
})

t.test('silence names the last conversation beside itself', async (t) => {
  const { reasons } = standingAt(timeline(weekly, spoke(0, 5)), day(34), eng1)
  t.strictSame(reasons, [
    { code: 'contact_long_overdue', at: day(33) },
    { code: 'two_way_contact', at: day(5) },
  ])
})

t.test('retention at day N is a conversation in the 14 days up to it', async (t) => {
  for (const n of [30, 60, 90]) {
    const at = (now: number, ...spoken: number[]) => retainedAt(n, day(0), spoken.map(day), day(now), eng1)
    t.equal(at(n - ms, n - 1), null, `day ${n}: a moment before, it is too early to say`)
    t.equal(at(n), false, `day ${n}: nobody spoke`)
    t.equal(at(n, n - 14), true, `day ${n}: the first moment of the window counts`)
    t.equal(at(n, n - 14 - ms), false, `day ${n}: a moment before the window does not`)
    t.equal(at(n, n), true, `day ${n}: the last moment of the window counts`)
    t.equal(at(n + 50, n + ms, n + 40), false, `day ${n}: what comes after does not`)
    t.equal(at(n + 400, 1, n - 7, n + 200), true, `day ${n}: one within is enough, however late one asks`)
  }
})

const halfDays = (min: number, max: number) =>
  fc.oneof(
    fc.integer({ min: min * 2, max: max * 2 }).map((halves) => halves / 2),
    fc.integer({ min: min * dayMs, max: max * dayMs }).map((moment) => moment * ms),
  )
const instants = (min: number, max: number) => halfDays(min, max).map(day)
const contactsBetween = (min: number, max: number) =>
  fc.array(
    fc.record({
      at: instants(min, max),
      result: fc.oneof(fc.constant('two_way' as const), fc.constantFrom(...contactResults)),
    }),
    { maxLength: 14 },
  )

const spans = fc.array(fc.record({ from: instants(-50, 400), to: fc.option(instants(-50, 400)) }), {
  maxLength: 3,
})

/** Whatever a database could hold, sensible or not. */
const anyFacts = fc.record<EngagementFacts>({
  requestedAt: instants(-50, 400),
  closedAt: fc.option(instants(-50, 400)),
  holds: spans,
  mentorships: fc.array(
    fc.record<MentorshipFacts>({
      startedAt: instants(-50, 400),
      cadence: fc.constantFrom(...cadences),
      rhythmFrom: instants(-50, 400),
      closedAt: fc.option(instants(-50, 400)),
      pauses: spans,
      reassignSince: fc.option(instants(-50, 400)),
      outcome: fc.option(fc.constantFrom(...outcomes)),
      nextSupportSettled: fc.boolean(),
      contacts: contactsBetween(-50, 400),
    }),
    { maxLength: 3 },
  ),
})

const deeds = ['match', 'pause', 'resume', 'hold', 'release', 'leave', 'close'] as const
type Deed = (typeof deeds)[number]

/** Does what is possible at that moment; anything else leaves the life as it is. */
function lived(
  facts: EngagementFacts,
  deed: Deed,
  cadence: (typeof cadences)[number],
  at: number,
): EngagementFacts {
  const last = facts.mentorships.at(-1)
  const living = last !== undefined && last.closedAt === null
  const isHeld = facts.holds.some(({ to }) => to === null)
  const isPaused = living && last.pauses.some(({ to }) => to === null)
  if (facts.closedAt) return facts
  const steps: Record<Deed, Step[]> = {
    match: living || isHeld ? [] : [mentorFrom(at, cadence)],
    pause: living && !isPaused ? [paused(at)] : [],
    resume: isPaused ? [resumed(at)] : [],
    hold: isHeld ? [] : [onHold(at)],
    release: isHeld ? [released(at)] : [],
    leave: living ? [resumed(at), mentorGone(at)] : [],
    close: [...(living ? [resumed(at), mentorGone(at)] : []), released(at), closed(at)],
  }
  return steps[deed].reduce((before, step) => step(before), facts)
}

/** Lives as they happen: asked for, matched, perhaps paused, held, left, matched again, closed; asked about at any time. */
const lives = fc
  .record({
    deeds: fc.array(
      fc.record({
        deed: fc.oneof(
          { weight: 8, arbitrary: fc.constantFrom<Deed[]>('match', 'pause', 'resume', 'hold', 'release') },
          { weight: 1, arbitrary: fc.constantFrom<Deed[]>('leave', 'close') },
        ),
        cadence: fc.constantFrom(...cadences),
        after: halfDays(0, 60),
      }),
      { maxLength: 9 },
    ),
    contacts: fc.oneof(contactsBetween(0, 60), contactsBetween(0, 250)),
    now: halfDays(1, 300),
  })
  .map(({ deeds, contacts, now }) => {
    let at = -5
    let facts = timeline()
    for (const { deed, cadence, after } of [
      { deed: 'match' as const, cadence: deeds[0]?.cadence ?? 'stepped_default', after: 5 },
      ...deeds,
    ]) {
      at += after
      facts = lived(facts, deed, cadence, at)
    }
    const within = ({ startedAt, closedAt }: MentorshipFacts) =>
      contacts.filter(({ at }) => at >= startedAt && (closedAt === null || at <= closedAt))
    const mentorships = facts.mentorships.map((one) => ({ ...one, contacts: within(one) }))
    return { facts: { ...facts, mentorships }, now: day(now) }
  })

const limits = fc
  .record({ intervals: fc.integer({ min: 2, max: 20 }), leastDays: fc.integer({ min: 1, max: 60 }) })
  .map(({ intervals, leastDays }) => ({ intervals: intervals / 2, leastDays }))
/** Any rule set that would be accepted. */
const anyRules = fc
  .record({
    engagedWithinDays: fc.integer({ min: 1, max: 100 }),
    engagedFurtherContacts: fc.integer({ min: 1, max: 5 }),
    atRisk: limits,
    later: limits,
    retentionWindowDays: fc.integer({ min: 1, max: 30 }),
  })
  .map(
    ({ later, ...rest }): RuleSet => ({
      ...rest,
      name: 'eng-any',
      lapsed: {
        intervals: rest.atRisk.intervals + later.intervals,
        leastDays: rest.atRisk.leastDays + later.leastDays,
      },
    }),
  )
const rules = fc.oneof(fc.constant(eng1), anyRules)

const fixed = { seed: 20_261_118, numRuns: 2_000 }

t.test('any facts at all have one status, with a reason, under any rules', async () => {
  fc.assert(
    fc.property(anyFacts, instants(-50, 500), rules, (facts, now, rules) => {
      const { status, since, reasons } = standingAt(facts, now, rules)
      return (
        engagementStatuses.includes(status) &&
        !Number.isNaN(since.getTime()) &&
        reasons.length > 0 &&
        reasons.every(({ code }) => reasonCodes.includes(code))
      )
    }),
    fixed,
  )
})

t.test('no status begins in the future', async () => {
  fc.assert(
    fc.property(lives, rules, ({ facts, now }, rules) => standingAt(facts, now, rules).since <= now),
    fixed,
  )
})

t.test('the order in which contacts and pauses are read makes no difference', async () => {
  const shuffled = <Item>(items: readonly Item[]) =>
    fc.shuffledSubarray([...items], { minLength: items.length })
  fc.assert(
    fc.property(
      lives.chain(({ facts, now }) =>
        fc.record({
          facts: fc.constant(facts),
          now: fc.constant(now),
          holds: shuffled(facts.holds),
          mentorships: fc.tuple(
            ...facts.mentorships.map((one) =>
              fc
                .tuple(shuffled(one.contacts), shuffled(one.pauses))
                .map(([contacts, pauses]) => ({ ...one, contacts, pauses })),
            ),
          ),
        }),
      ),
      rules,
      ({ facts, now, ...otherOrder }, rules) =>
        isDeepStrictEqual(standingAt({ ...facts, ...otherOrder }, now, rules), standingAt(facts, now, rules)),
    ),
    fixed,
  )
})

/** What was known at that moment. */
function until({ requestedAt, closedAt, holds, mentorships }: EngagementFacts, now: Date): EngagementFacts {
  const known = (at: Date | null) => (at && at <= now ? at : null)
  const spansKnown = (all: readonly Span[]) =>
    all.filter(({ from }) => from <= now).map(({ from, to }) => ({ from, to: known(to) }))
  return {
    requestedAt,
    closedAt: known(closedAt),
    holds: spansKnown(holds),
    mentorships: mentorships
      .filter(({ startedAt }) => startedAt <= now)
      .map((one) => ({
        ...one,
        closedAt: known(one.closedAt),
        reassignSince: known(one.reassignSince),
        pauses: spansKnown(one.pauses),
        contacts: one.contacts.filter(({ at }) => at <= now),
      })),
  }
}

t.test('what has not happened yet changes nothing', async () => {
  fc.assert(
    fc.property(lives, rules, ({ facts, now }, rules) =>
      isDeepStrictEqual(
        [standingAt(facts, now, rules), alertsAt(facts, now)],
        [standingAt(until(facts, now), now, rules), alertsAt(until(facts, now), now)],
      ),
    ),
    fixed,
  )
})

t.test('who speaks with the mentor now is neither at risk nor lapsed', async () => {
  fc.assert(
    fc.property(lives, rules, ({ facts, now }, rules) => {
      const mentorships = facts.mentorships.map((one) => ({
        ...one,
        contacts: [...one.contacts, { at: now, result: 'two_way' as const }],
      }))
      return !['at_risk', 'lapsed'].includes(standingAt({ ...facts, mentorships }, now, rules).status)
    }),
    fixed,
  )
})

/** Every instant at which something was done. */
const doings = ({ closedAt, holds, mentorships }: EngagementFacts): Date[] =>
  [
    closedAt,
    ...[...holds, ...mentorships.flatMap(({ pauses }) => pauses)].flatMap(({ from, to }) => [from, to]),
    ...mentorships.flatMap(({ startedAt, closedAt, contacts }) => [
      startedAt,
      closedAt,
      ...contacts.map(({ at }) => at),
    ]),
  ].filter((at) => at !== null)

t.test('a status holds from the moment it began until now', async () => {
  fc.assert(
    fc.property(lives, fc.double({ min: 0, max: 1, noNaN: true }), rules, ({ facts, now }, share, rules) => {
      const { status, since } = standingAt(facts, now, rules)
      // Silence is "older than" its limit: it begins with the moment after it.
      const began = since.getTime() + Number(status === 'at_risk' || status === 'lapsed')
      const between = new Date(Math.round(began + (now.getTime() - began) * share))
      return [new Date(began), between, ...doings(facts)]
        .filter((at) => at.getTime() >= began && at <= now)
        .every((at) => standingAt(facts, at, rules).status === status)
    }),
    fixed,
  )
})

t.test('nothing that goes on began before the last pause or hold ended', async () => {
  fc.assert(
    fc.property(lives, rules, ({ facts, now }, rules) => {
      const { status, since } = standingAt(facts, now, rules)
      if (status === 'ended' || status === 'paused') return true
      return [...facts.holds, ...facts.mentorships.flatMap(({ pauses }) => pauses)].every(
        ({ to }) => to === null || to > now || to <= since,
      )
    }),
    fixed,
  )
})

t.test('between now and the next move time changes nothing, and then it does', async () => {
  const holds = (facts: EngagementFacts, now: Date, rules: RuleSet, shares: readonly number[]) => {
    const { status } = standingAt(facts, now, rules)
    const next = movesAt(facts, now, rules)
    const end = next ?? new Date(now.getTime() + 1_000 * dayMs)
    const span = end.getTime() - now.getTime()
    const between = [
      ...shares.map((share) => new Date(now.getTime() + Math.floor(share * span))),
      ...doings(facts).flatMap((at) => [at, new Date(at.getTime() + 1)]),
      new Date(end.getTime() - 1),
    ].filter((at) => at >= now && at < end)
    if (between.some((at) => standingAt(facts, at, rules).status !== status)) return false
    const marks = retentionMarks(facts).filter((mark) => mark > now)
    if (!next) return marks.length === 0
    if (marks.some((mark) => mark < next)) return false
    return (
      next > now &&
      (standingAt(facts, next, rules).status !== status || marks.some((mark) => +mark === +next))
    )
  }
  const shares = fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), {
    minLength: 3,
    maxLength: 6,
  })
  fc.assert(
    fc.property(lives, rules, shares, ({ facts, now }, rules, shares) => holds(facts, now, rules, shares)),
    fixed,
  )
  fc.assert(
    fc.property(anyFacts, instants(-50, 500), rules, shares, (facts, now, rules, shares) =>
      holds(facts, now, rules, shares),
    ),
    fixed,
  )
})

t.test('the next move is the moment after a limit, or a retention day', async (t) => {
  const next = (now: number, ...steps: Step[]) => {
    const at = movesAt(timeline(...steps), day(now), eng1)
    return at && toDays(at)
  }
  const soon = (days: number) => toDays(day(days + ms))
  t.equal(next(1, weekly, spoke(0)), soon(10.5), 'at risk')
  t.equal(next(11, weekly, spoke(0)), soon(28), 'lapsed')
  t.equal(next(29, weekly, spoke(0)), 30, 'retention at day 30')
  t.equal(next(30, weekly, spoke(0)), 60)
  t.equal(next(89, weekly, spoke(0)), 90)
  t.equal(next(90, weekly, spoke(0)), null, 'lapsed, and every retention day is over')
  t.equal(next(20, weekly, spoke(0), paused(5)), 30, 'in a pause only retention days pass')
  t.equal(next(20, weekly), 30, 'without a conversation too')
  t.equal(next(1), null, 'who has no mentor waits for a fact')
  t.equal(
    next(1, weekly, spoke(0, 1 + 4 / 1440)),
    1 + 4 / 1440 + 10.5 + ms,
    'a contact of a clock that is ahead',
  )
})

t.test('other numbers make other statuses', async (t) => {
  const strict: RuleSet = {
    name: 'eng-strict',
    engagedWithinDays: 20,
    engagedFurtherContacts: 1,
    atRisk: { intervals: 1, leastDays: 1 },
    lapsed: { intervals: 2, leastDays: 2 },
    retentionWindowDays: 7,
  }
  const facts = timeline(weekly, spoke(0, 6))
  const under = (rules: RuleSet, now: number) => standingAt(facts, day(now), rules)
  t.match(under(strict, 7), { status: 'engaged', reasons: [{ code: 'further_contacts_in_time' }] })
  t.match(under(eng1, 7), { status: 'connected' })
  t.equal(under(strict, 13 + ms).status, 'at_risk')
  t.equal(under(strict, 20 + ms).status, 'lapsed')
  t.equal(under(eng1, 20).status, 'at_risk')
  t.equal(retainedAt(30, day(0), [day(20)], day(31), eng1), true)
  t.equal(retainedAt(30, day(0), [day(20)], day(31), strict), false)
})

t.test('the built-in rules are the published ones', async (t) => {
  const published: RuleParameters = {
    engagedWithinDays: 34,
    engagedFurtherContacts: 2,
    atRisk: { intervals: 1.5, leastDays: 10 },
    lapsed: { intervals: 3, leastDays: 28 },
    retentionWindowDays: 14,
  }
  t.strictSame(eng1, { name: 'eng-1', ...published })
})

t.test('a mentor who is away leaves the status as it is and an alert beside it', async (t) => {
  const facts = timeline(
    weekly,
    spoke(0),
    turned(() => ({ reassignSince: day(3) })),
  )
  t.equal(standingAt(facts, day(5), eng1).status, 'connected')
  t.strictSame(alertsAt(facts, day(5)), [{ code: 'needs_reassignment', since: day(3) }])
  t.strictSame(alertsAt(facts, day(2)), [])
})

t.test('an ending that leads nowhere is an alert, unless nobody is left alone by it', async (t) => {
  const endedWith = (changes: Partial<MentorshipFacts>, ...after: Step[]) =>
    alertsAt(
      timeline(
        weekly,
        mentorGone(9),
        turned(() => changes),
        ...after,
      ),
      day(20),
    )
  const alone = [{ code: 'unaccompanied', since: day(9) }]
  for (const outcome of outcomes) {
    const cared = ['deceased', 'admin_error', 'transferred'].includes(outcome)
    t.strictSame(endedWith({ outcome }), cared ? [] : alone, outcome)
    t.strictSame(endedWith({ outcome, nextSupportSettled: true }), [], `${outcome}, next support settled`)
  }
  t.strictSame(endedWith({ outcome: 'lost_contact' }, closed(9)), alone, 'closing the referral mends nothing')
  t.strictSame(
    endedWith({ outcome: 'lost_contact' }, mentorFrom(12, 'telephone_weekly_12')),
    [],
    'the next mentor does',
  )
  t.strictSame(
    alertsAt(timeline(closed(1)), day(20)),
    [],
    'who was never accompanied is told by the referral',
  )
})

t.test('the calendar does not matter, only the spans between', async () => {
  const mover = (by: number) => {
    const moved = (at: Date) => new Date(at.getTime() + by)
    const orNull = (at: Date | null) => at && moved(at)
    const spansMoved = (all: readonly Span[]) =>
      all.map(({ from, to }) => ({ from: moved(from), to: orNull(to) }))
    return {
      moved,
      movedFacts: (facts: EngagementFacts): EngagementFacts => ({
        requestedAt: moved(facts.requestedAt),
        closedAt: orNull(facts.closedAt),
        holds: spansMoved(facts.holds),
        mentorships: facts.mentorships.map((one) => ({
          ...one,
          startedAt: moved(one.startedAt),
          rhythmFrom: moved(one.rhythmFrom),
          closedAt: orNull(one.closedAt),
          pauses: spansMoved(one.pauses),
          reassignSince: orNull(one.reassignSince),
          contacts: one.contacts.map(({ at, result }) => ({ at: moved(at), result })),
        })),
      }),
    }
  }
  fc.assert(
    fc.property(
      lives,
      fc.integer({ min: -4_000 * dayMs, max: 4_000 * dayMs }),
      rules,
      ({ facts, now }, by, rules) => {
        const { moved, movedFacts } = mover(by)
        const before = standingAt(facts, now, rules)
        const after = standingAt(movedFacts(facts), moved(now), rules)
        const [next, nextMoved] = [movesAt(facts, now, rules), movesAt(movedFacts(facts), moved(now), rules)]
        return (
          after.status === before.status &&
          after.since.getTime() === moved(before.since).getTime() &&
          nextMoved?.getTime() === (next ? moved(next).getTime() : undefined)
        )
      },
    ),
    fixed,
  )
})
