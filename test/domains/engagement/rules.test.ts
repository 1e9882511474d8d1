import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { engagementStatuses, reasonCodes } from '../../../src/domains/engagement/contract.ts'
import {
  type EngagementFacts,
  type MentorshipFacts,
  retainedAt,
  standingAt,
} from '../../../src/domains/engagement/rules.ts'
import { contactResults } from '../../../src/domains/mentorships/contract.ts'
import { cadences } from '../../../src/domains/programs/contract.ts'

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
    heldSince: null,
    mentorship: null,
    contacts: [],
  })

const mentor =
  (cadence: (typeof cadences)[number]): Step =>
  (facts) => ({
    ...facts,
    mentorship: {
      startedAt: day(0),
      cadence,
      status: 'active',
      pausedAt: null,
      resumedAt: null,
      closedAt: null,
    },
  })
const turned =
  (changes: Partial<MentorshipFacts>): Step =>
  (facts) => ({ ...facts, mentorship: facts.mentorship && { ...facts.mentorship, ...changes } })
const met =
  (result: Result, ...days: number[]): Step =>
  (facts) => ({ ...facts, contacts: [...facts.contacts, ...days.map((at) => ({ at: day(at), result }))] })

const weekly = mentor('telephone_weekly_12')
const stepped = mentor('stepped_default')
const quarterly = mentor('checkup_quarterly')
const afterOverdose = mentor('post_overdose_90')
const spoke = (...days: number[]) => met('two_way', ...days)
const tried = (...days: number[]) => met('no_answer', ...days)
const paused = (at: number) => turned({ status: 'paused', pausedAt: day(at) })
const resumed = (at: number) => turned({ status: 'active', resumedAt: day(at) })
const mentorGone = (at: number) => turned({ status: 'closed', closedAt: day(at) })
const onHold =
  (since: number): Step =>
  (facts) => ({ ...facts, heldSince: day(since) })
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
    ['a second pause is a pause since the second', [weekly, spoke(0), resumed(20), paused(30)], 31, 'paused', 30, 'mentorship_paused'],
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
      const standing = standingAt(timeline(...steps), day(now))
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
  t.strictSame(new Set(all.map((row) => row[5])), new Set(reasonCodes))
})

t.test('the next contact is expected one interval after the last conversation', async (t) => {
  const expected = (now: number, ...steps: Step[]) => {
    const { nextExpectedBy } = standingAt(timeline(...steps), day(now))
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
  const { reasons } = standingAt(timeline(weekly, spoke(0, 5)), day(34))
  t.strictSame(reasons, [
    { code: 'contact_long_overdue', at: day(33) },
    { code: 'two_way_contact', at: day(5) },
  ])
})

t.test('retention at day N is a conversation in the 14 days up to it', async (t) => {
  for (const n of [30, 60, 90]) {
    const at = (now: number, ...spoken: number[]) => retainedAt(n, day(0), spoken.map(day), day(now))
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

/** Whatever a database could hold, sensible or not. */
const anyFacts = fc.record<EngagementFacts>({
  requestedAt: instants(-50, 400),
  closedAt: fc.option(instants(-50, 400)),
  heldSince: fc.option(instants(-50, 400)),
  mentorship: fc.option(
    fc.record<MentorshipFacts>({
      startedAt: instants(-50, 400),
      cadence: fc.constantFrom(...cadences),
      status: fc.constantFrom('active', 'paused', 'closed'),
      pausedAt: fc.option(instants(-50, 400)),
      resumedAt: fc.option(instants(-50, 400)),
      closedAt: fc.option(instants(-50, 400)),
    }),
  ),
  contacts: contactsBetween(-50, 400),
})

type Course = 'no_mentor' | 'active' | 'paused' | 'resumed' | 'paused_again' | 'gone'

/** Lives as they happen: asked for, matched, perhaps paused and resumed, held or closed, and then asked about. */
const lives = fc
  .record({
    course: fc.oneof(
      { weight: 5, arbitrary: fc.constant<Course>('active') },
      { weight: 4, arbitrary: fc.constant<Course>('resumed') },
      { weight: 3, arbitrary: fc.constantFrom<Course[]>('no_mentor', 'paused', 'paused_again', 'gone') },
    ),
    cadence: fc.constantFrom(...cadences),
    moments: fc.array(halfDays(1, 200), { minLength: 4, maxLength: 4 }),
    end: fc.oneof(
      { weight: 8, arbitrary: fc.constant('open') },
      { weight: 2, arbitrary: fc.constantFrom('held', 'closed') },
    ),
    contacts: fc.oneof(contactsBetween(0, 60), contactsBetween(0, 250)),
  })
  .map(({ course, cadence, moments, end, contacts }) => {
    const [one = 1, two = 1, three = 1, now = 1] = moments.toSorted((a, b) => a - b)
    const pausing: Record<Course, Partial<MentorshipFacts>> = {
      no_mentor: {},
      active: {},
      paused: { status: 'paused', pausedAt: day(one) },
      resumed: { pausedAt: day(one), resumedAt: day(two) },
      paused_again: { status: 'paused', pausedAt: day(two), resumedAt: day(one) },
      gone: { status: 'closed', closedAt: day(two) },
    }
    const steps = [
      ...(course === 'no_mentor' ? [] : [mentor(cadence), turned(pausing[course])]),
      ...(end === 'held' ? [onHold(three)] : end === 'closed' ? [closed(three)] : []),
    ]
    return { facts: { ...timeline(...steps), contacts }, now: day(now) }
  })

const fixed = { seed: 20_261_118, numRuns: 2_000 }

t.test('any facts at all have one status, with a reason', async () => {
  fc.assert(
    fc.property(anyFacts, instants(-50, 500), (facts, now) => {
      const { status, since, reasons } = standingAt(facts, now)
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
    fc.property(lives, ({ facts, now }) => standingAt(facts, now).since <= now),
    fixed,
  )
})

t.test('the order in which contacts are read makes no difference', async () => {
  fc.assert(
    fc.property(
      lives.chain(({ facts, now }) =>
        fc.record({
          facts: fc.constant(facts),
          now: fc.constant(now),
          shuffled: fc.shuffledSubarray([...facts.contacts], { minLength: facts.contacts.length }),
        }),
      ),
      ({ facts, now, shuffled }) => {
        return isDeepStrictEqual(standingAt({ ...facts, contacts: shuffled }, now), standingAt(facts, now))
      },
    ),
    fixed,
  )
})

t.test('what has not happened yet changes nothing', async () => {
  fc.assert(
    fc.property(lives, ({ facts, now }) => {
      const happened = facts.contacts.filter(({ at }) => at <= now)
      return isDeepStrictEqual(standingAt(facts, now), standingAt({ ...facts, contacts: happened }, now))
    }),
    fixed,
  )
})

t.test('who speaks with the mentor now is neither at risk nor lapsed', async () => {
  fc.assert(
    fc.property(lives, ({ facts, now }) => {
      const contacts = [...facts.contacts, { at: now, result: 'two_way' as const }]
      return !['at_risk', 'lapsed'].includes(standingAt({ ...facts, contacts }, now).status)
    }),
    fixed,
  )
})

t.test('a status holds from the moment it began until now', async () => {
  fc.assert(
    fc.property(lives, fc.double({ min: 0, max: 1, noNaN: true }), ({ facts, now }, share) => {
      const { status, since } = standingAt(facts, now)
      // Silence is "older than" its limit: it begins with the moment after it.
      const began = since.getTime() + Number(status === 'at_risk' || status === 'lapsed')
      const between = new Date(Math.round(began + (now.getTime() - began) * share))
      const instantsOfIt = [new Date(began), between, ...facts.contacts.map(({ at }) => at)]
      for (const at of instantsOfIt.filter((at) => at.getTime() >= began && at <= now)) {
        if (standingAt(facts, at).status !== status) return false
      }
      return true
    }),
    fixed,
  )
})

t.test('no status of a mentorship that goes on began before its pause ended', async () => {
  fc.assert(
    fc.property(lives, ({ facts, now }) => {
      const { status, since } = standingAt(facts, now)
      const { mentorship } = facts
      const goesOn = mentorship?.status === 'active' && status !== 'ended' && !facts.heldSince
      return since >= ((goesOn && mentorship.resumedAt) || facts.requestedAt)
    }),
    fixed,
  )
})

t.test('the calendar does not matter, only the spans between', async () => {
  const move = (by: number) => {
    const moved = (at: Date) => new Date(at.getTime() + by)
    const orNull = (at: Date | null) => at && moved(at)
    return {
      moved,
      facts: ({
        requestedAt,
        closedAt,
        heldSince,
        mentorship,
        contacts,
      }: EngagementFacts): EngagementFacts => ({
        requestedAt: moved(requestedAt),
        closedAt: orNull(closedAt),
        heldSince: orNull(heldSince),
        mentorship: mentorship && {
          ...mentorship,
          startedAt: moved(mentorship.startedAt),
          pausedAt: orNull(mentorship.pausedAt),
          resumedAt: orNull(mentorship.resumedAt),
          closedAt: orNull(mentorship.closedAt),
        },
        contacts: contacts.map(({ at, result }) => ({ at: moved(at), result })),
      }),
    }
  }
  fc.assert(
    fc.property(lives, fc.integer({ min: -4_000 * dayMs, max: 4_000 * dayMs }), ({ facts, now }, by) => {
      const { moved, facts: movedFacts } = move(by)
      const before = standingAt(facts, now)
      const after = standingAt(movedFacts(facts), moved(now))
      return after.status === before.status && after.since.getTime() === moved(before.since).getTime()
    }),
    fixed,
  )
})
