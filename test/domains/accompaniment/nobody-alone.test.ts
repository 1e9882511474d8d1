import fc from 'fast-check'
import t from 'tap'
import { openSystemContext } from '../../../src/db/access.ts'
import { findViolations } from '../../../src/domains/accompaniment/violations.ts'
import { runSweep } from '../../../src/jobs/run.ts'
import { sweeps } from '../../../src/jobs/sweeps.ts'
import { serverUrl } from '../../support/database.ts'
import { sampleMentor, sampleReferral } from '../../support/samples.ts'
import { type Api, type Started, startService } from '../../support/service.ts'

/** WALK_STEPS=20000 WALK_SEED=7 for a long walk by hand; a failure names its seed. */
const steps = Number(process.env.WALK_STEPS ?? (serverUrl ? 600 : 300))
const seed = Number(process.env.WALK_SEED ?? 20_261_122)

interface Walk {
  readonly started: Started
  readonly networkId: string
  readonly programId: string
  readonly clinic: Api
  readonly operator: Api
  readonly mentors: string[]
}

const outcomes = [
  'goals_met',
  'planned_end',
  'person_ended',
  'lost_contact',
  'mentor_unavailable',
  'deceased',
]
const results = ['two_way', 'two_way', 'no_answer', 'voicemail', 'declined', 'cancelled_by_mentor']
const holds = ['person_requested_pause', 'in_hospital_or_residential']

type Step = (walk: Walk, pick: (count: number) => number) => Promise<number>

/** One of what is stored now, so that most commands meet something they can move. */
async function oneOf(
  { started }: Walk,
  pick: (count: number) => number,
  sql: string,
): Promise<string | undefined> {
  const rows = await started.stored<{ id: string }>(`${sql} order by id`)
  return rows[pick(rows.length)]?.id
}

const openReferral = (walk: Walk, pick: (count: number) => number, statuses: string) =>
  oneOf(walk, pick, `select id from referrals where status in (${statuses})`)
const mentorship = (walk: Walk, pick: (count: number) => number) =>
  oneOf(walk, pick, `select id from mentorships where status <> 'closed'`)
const day = (walk: Walk, days: number) =>
  new Date(walk.started.time.now().getTime() + days * 86_400_000).toISOString().slice(0, 10)
const on = async (id: string | undefined, work: (id: string) => Promise<{ status: number }>) =>
  id === undefined ? 0 : (await work(id)).status

/** Every command there is, every silence and every departure; what is refused is refused, and changes nothing. */
const walkSteps: Record<string, Step> = {
  refer: async (walk, pick) =>
    (
      await walk.clinic.post(
        '/v1/referrals',
        sampleReferral(walk.programId, { priority: ['routine', 'urgent', 'asap', 'stat'][pick(4)] }),
      )
    ).status,
  accept: async (walk, pick) =>
    on(await openReferral(walk, pick, `'requested'`), (id) =>
      walk.operator.post(`/v1/referrals/${id}/accept`, {}),
    ),
  reject: async (walk, pick) =>
    pick(4) > 0
      ? 0
      : on(await openReferral(walk, pick, `'requested'`), (id) =>
          walk.operator.post(`/v1/referrals/${id}/reject`, { reason: 'no_capacity' }),
        ),
  cancel: async (walk, pick) =>
    pick(6) > 0
      ? 0
      : on(await openReferral(walk, pick, `'requested', 'accepted', 'in_progress', 'on_hold'`), (id) =>
          walk.clinic.post(`/v1/referrals/${id}/cancel`, { reason: 'person_declined' }),
        ),
  hold: async (walk, pick) =>
    on(await openReferral(walk, pick, `'accepted', 'in_progress'`), (id) =>
      walk.operator.post(`/v1/referrals/${id}/hold`, {
        reason: holds[pick(2)],
        resumeBy: day(walk, 1 + pick(20)),
      }),
    ),
  resume: async (walk, pick) =>
    on(await openReferral(walk, pick, `'on_hold'`), (id) =>
      walk.operator.post(`/v1/referrals/${id}/resume`, {}),
    ),
  waitlist: async (walk, pick) =>
    on(await openReferral(walk, pick, `'accepted'`), (id) =>
      walk.operator.post(`/v1/referrals/${id}/waitlist`, { reviewBy: day(walk, 1 + pick(30)) }),
    ),
  complete: async (walk, pick) =>
    pick(5) > 0
      ? 0
      : on(await openReferral(walk, pick, `'accepted', 'in_progress'`), (id) =>
          walk.operator.post(`/v1/referrals/${id}/complete`, { outcome: 'goals_met' }),
        ),
  fail: async (walk, pick) =>
    pick(8) > 0
      ? 0
      : on(await openReferral(walk, pick, `'accepted', 'in_progress', 'on_hold'`), (id) =>
          walk.operator.post(`/v1/referrals/${id}/fail`, { reason: 'moved_away' }),
        ),
  withdrawConsent: async (walk, pick) =>
    pick(15) > 0
      ? 0
      : on(await oneOf(walk, pick, `select id from consents where status = 'active'`), (id) =>
          walk.clinic.post(`/v1/consents/${id}/revoke`, {}),
        ),
  offerToBest: async (walk, pick) =>
    on(await openReferral(walk, pick, `'accepted', 'in_progress'`), (id) =>
      walk.operator.post(`/v1/referrals/${id}/offers`, { auto: true }),
    ),
  offerToOne: async (walk, pick) =>
    on(await openReferral(walk, pick, `'accepted', 'in_progress'`), (id) =>
      walk.operator.post(`/v1/referrals/${id}/offers`, {
        mentorId: walk.mentors[pick(walk.mentors.length)],
        overrideReason: 'Sample reason',
        ...(pick(3) === 0 && { handOver: true }),
      }),
    ),
  acceptOffer: async (walk, pick) =>
    on(await oneOf(walk, pick, `select id from offers where status = 'pending'`), (id) =>
      walk.operator.post(`/v1/offers/${id}/accept`, {}),
    ),
  declineOffer: async (walk, pick) =>
    on(await oneOf(walk, pick, `select id from offers where status = 'pending'`), (id) =>
      walk.operator.post(`/v1/offers/${id}/decline`, {}),
    ),
  contact: async (walk, pick) =>
    on(await mentorship(walk, pick), (id) =>
      walk.operator.post(`/v1/mentorships/${id}/contacts`, {
        at: walk.started.time.now().toISOString(),
        mode: ['phone', 'text'][pick(2)],
        result: results[pick(results.length)],
        needs: pick(4) === 0 ? ['housing'] : [],
      }),
    ),
  correct: async (walk, pick) =>
    on(await oneOf(walk, pick, 'select id from contacts'), (id) =>
      walk.operator.post(
        `/v1/contacts/${id}/correct`,
        pick(2) === 0 ? { enteredInError: true } : { result: results[pick(results.length)] },
      ),
    ),
  pause: async (walk, pick) =>
    on(await mentorship(walk, pick), (id) =>
      walk.operator.post(`/v1/mentorships/${id}/pause`, { resumeBy: day(walk, 1 + pick(20)) }),
    ),
  goOn: async (walk, pick) =>
    on(await oneOf(walk, pick, `select id from mentorships where status = 'paused'`), (id) =>
      walk.operator.post(`/v1/mentorships/${id}/resume`, {}),
    ),
  intensify: async (walk, pick) =>
    on(await mentorship(walk, pick), async (id) => {
      const { headers } = await walk.operator.get(`/v1/mentorships/${id}`)
      return walk.operator.patch(
        `/v1/mentorships/${id}`,
        {
          intensity: ['high', 'standard', 'maintenance'][pick(3)],
          cadence: ['stepped_default', 'checkup_adaptive'][pick(2)],
        },
        { 'if-match': String(headers.etag) },
      )
    }),
  close: async (walk, pick) =>
    pick(3) > 0
      ? 0
      : on(await mentorship(walk, pick), (id) =>
          walk.operator.post(`/v1/mentorships/${id}/close`, { outcome: outcomes[pick(outcomes.length)] }),
        ),
  recuse: async (walk, pick) =>
    pick(3) > 0
      ? 0
      : on(await mentorship(walk, pick), (id) => walk.operator.post(`/v1/mentorships/${id}/recuse`, {})),
  mentorMoves: async (walk, pick) =>
    on(walk.mentors[pick(walk.mentors.length)], (id) =>
      walk.operator.post(`/v1/mentors/${id}/status`, { status: pick(3) === 0 ? 'paused' : 'active' }),
    ),
  mentorLeaves: async (walk, pick) => {
    if (pick(10) > 0) return 0
    const at = pick(walk.mentors.length)
    const [gone] = walk.mentors.splice(at, 1, await newMentor(walk.operator, 1 + pick(4)))
    return on(gone, (id) => walk.operator.post(`/v1/mentors/${id}/status`, { status: 'ended' }))
  },
  conflict: async (walk, pick) => {
    if (pick(6) > 0) return 0
    const patientId = await oneOf(walk, pick, 'select id from patients')
    return on(walk.mentors[pick(walk.mentors.length)], (id) =>
      walk.operator.post(`/v1/mentors/${id}/conflicts`, { patientId, kind: 'treating' }),
    )
  },
  race: async (walk, pick) => {
    const names = [
      'acceptOffer',
      'declineOffer',
      'recuse',
      'close',
      'mentorMoves',
      'hold',
      'contact',
      'cancel',
      'offerToBest',
    ]
    const some = [0, 1, 2].map(() => walkSteps[names[pick(names.length)] ?? ''])
    const statuses = await Promise.all(some.map(async (step) => step?.(walk, pick) ?? 0))
    return Math.max(...statuses)
  },
  timePasses: async (walk, pick) => {
    walk.started.time.forward({ hours: 1 + pick(72) })
    return 0
  },
  longSilence: async (walk, pick) => {
    if (pick(4) > 0) return 0
    walk.started.time.forward({ days: 7 + pick(30) })
    return 0
  },
  sweep: async ({ started }) => {
    const deps = { service: started.service, time: started.time, log: silent }
    for (const sweep of sweeps) await runSweep(sweep, deps)
    return 0
  },
}

const silent = { debug() {}, info() {}, warn() {}, error() {} }

async function newMentor(operator: Api, capacity: number): Promise<string> {
  const { id } = (await operator.post('/v1/mentors', sampleMentor({ capacity }))).body
  await operator.post(`/v1/mentors/${id}/status`, { status: 'active' })
  return id
}

/** What the promise says, asked of the rows themselves and not of the code that keeps it. */
const promise = `
  select r.id from referrals r where r.open and (
    select count(*) from clocks c where c.subject_id = r.id and c.stopped_at is null
      and c.owner_organization_id is not null and c.owner_role <> '' and c.action <> '' and c.due_at is not null) <> 1
  union all
  select m.id from mentorships m join referrals r on r.id = m.referral_id where m.status <> 'closed' and not r.open
  union all
  select x.id from mentors x where x.load > x.capacity
  union all
  select min(o.id::text)::uuid from offers o where o.status = 'pending' group by o.referral_id having count(*) > 1`

t.test(
  'no sequence of commands, silences and departures leaves anybody without owner, next action and clock',
  async (t) => {
    const started = await startService(t)
    const world = await started.createWorld()
    const operator = await started.as(world.operator)
    const walk: Walk = {
      started,
      networkId: world.networkId,
      programId: world.programId,
      clinic: await started.as(world.clinic),
      operator,
      mentors: [],
    }
    for (const capacity of [1, 2, 3, 2]) walk.mentors.push(await newMentor(operator, capacity))
    const counted = new Map<string, number>()
    const names = Object.keys(walkSteps)
    const step = fc.record({
      name: fc.constantFrom(...names),
      choices: fc.array(fc.nat(), { minLength: 12, maxLength: 12 }),
    })
    const check = async (name: string) => {
      const broken = await started.stored<{ id: string }>(promise)
      if (broken.length > 0) throw new Error(`after ${name}: ${JSON.stringify(broken)} is left alone`)
      const violations = await openSystemContext(started.service, world.networkId, {
        requestId: 'walk',
        now: started.time.now(),
      }).transaction(findViolations, { action: 'walk' })
      if (violations.length > 0) throw new Error(`after ${name}: ${JSON.stringify(violations)}`)
    }
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: steps, maxLength: steps, size: 'max' }), async (taken) => {
        for (const { name, choices } of taken) {
          let at = 0
          const pick = (count: number) => (count === 0 ? 0 : (choices[at++ % choices.length] ?? 0) % count)
          const status = (await walkSteps[name]?.(walk, pick)) ?? 0
          if (status >= 500) throw new Error(`${name} answered ${status}`)
          const key = `${name} ${status < 300 ? 'done' : 'refused'}`
          counted.set(key, (counted.get(key) ?? 0) + 1)
          await check(name)
        }
      }),
      { seed, numRuns: 1, endOnFailure: true },
    )
    // A walk that was refused everywhere would prove nothing.
    for (const name of [
      'refer',
      'accept',
      'offerToBest',
      'acceptOffer',
      'contact',
      'recuse',
      'mentorMoves',
      'sweep',
    ])
      t.ok((counted.get(`${name} done`) ?? 0) > 0, `${name} was done`)
    t.comment(Object.fromEntries(counted))
  },
)
