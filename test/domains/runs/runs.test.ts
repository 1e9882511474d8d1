import { createHash } from 'node:crypto'
import t from 'tap'
import type { AssignmentProblem } from '../../../src/domains/matching/assignment/problem.ts'
import { solve } from '../../../src/domains/matching/assignment/solve.ts'
import { matchingRun } from '../../../src/jobs/matching.ts'
import { runJob } from '../../../src/jobs/run.ts'
import { sampleMentor, sampleReferral } from '../../support/samples.ts'
import { startService } from '../../support/service.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }

async function ready(t: Parameters<typeof startService>[0]) {
  const started = await startService(t)
  const world = await started.createWorld()
  const clinic = await started.as(world.clinic)
  const operator = await started.as(world.operator)
  const mentor = async (changes: object = {}) => {
    const { id } = (await operator.post('/v1/mentors', sampleMentor(changes))).body
    await operator.post(`/v1/mentors/${id}/status`, { status: 'active' })
    return id as string
  }
  const waiting = async (preferences: object = {}) => {
    const { id } = (await clinic.post('/v1/referrals', sampleReferral(world.programId, { preferences }))).body
    await operator.post(`/v1/referrals/${id}/accept`, {})
    return id as string
  }
  /** Asks for a run and carries out the job that it enqueued, as the queue would. */
  const run = async (options: object = {}) => {
    const asked = await operator.post('/v1/matching-runs', { programId: world.programId, ...options })
    const [job] = await started.stored<{ data: unknown }>(
      `select data from pgboss.job where name = 'matching.run' order by created_on desc limit 1`,
    )
    const deps = { service: started.service, time: started.time, log: silent }
    await runJob(matchingRun, deps, job?.data)
    return {
      asked,
      id: asked.body.id as string,
      done: (await operator.get(`/v1/matching-runs/${asked.body.id}`)).body,
    }
  }
  return { ...started, world, clinic, operator, mentor, waiting, run }
}

t.test('a whole waitlist is matched at once: the best total, not the best pair first', async (t) => {
  const { operator, mentor, waiting, run } = await ready(t)
  const both = await mentor({ capacity: 1, substances: ['alcohol', 'opioids'], pathways: ['smart'] })
  const one = await mentor({ capacity: 1, substances: ['alcohol'] })
  // Whoever takes the best pair first gives the one mentor who fits both to the person whom either fits.
  const flexible = await waiting({ substances: ['alcohol'] })
  const particular = await waiting({ substances: ['opioids'], must: { substances: ['opioids'] } })
  const { asked, id, done } = await run()
  t.match(asked, {
    status: 202,
    headers: { location: `/v1/matching-runs/${id}` },
    body: { status: 'queued' },
  })
  t.match(done, {
    status: 'completed',
    proposed: 2,
    summary: {
      waiting: 2,
      mentors: 2,
      assigned: 2,
      optimal: true,
      gap: 0,
      stoppedBy: 'optimal',
      ruleSet: 'match-1',
    },
  })
  t.ok(done.summary.totalScore >= done.summary.greedy.totalScore, 'never below the greedy result')
  const { data } = (await operator.get(`/v1/matching-runs/${id}/pairs`)).body
  t.same(
    new Map(data.map((pair: { referralId: string; mentorId: string }) => [pair.referralId, pair.mentorId])),
    new Map([
      [flexible, one],
      [particular, both],
    ]),
  )
  const applied = await operator.post(`/v1/matching-runs/${id}/apply`, {})
  t.match(applied, { status: 200, body: { run: { status: 'applied', applied: 2, proposed: 0, refused: 0 } } })
  for (const referral of [flexible, particular])
    t.match((await operator.get(`/v1/referrals/${referral}/offers`)).body.data, [
      { status: 'pending', chosenBy: 'matching_run' },
    ])
})

t.test('a run is applied in part, and refuses what has changed since', async (t) => {
  const { operator, mentor, waiting, run } = await ready(t)
  const mentors = [await mentor(), await mentor()]
  const [first, moved, third, gone] = [await waiting(), await waiting(), await waiting(), await waiting()]
  const { id } = await run()
  const pairs = (await operator.get(`/v1/matching-runs/${id}/pairs`)).body.data
  t.equal(pairs.length, 4)
  const pairOf = (referral: string) =>
    pairs.find(({ referralId }: { referralId: string }) => referralId === referral)
  const name = ({ referralId, mentorId }: { referralId: string; mentorId: string }) => ({
    referralId,
    mentorId,
  })
  t.match(
    await operator.post(`/v1/matching-runs/${id}/apply`, { pairs: [] }),
    { body: { pairs: [], run: { proposed: 4 } } },
    'none',
  )
  t.match(await operator.post(`/v1/matching-runs/${id}/apply`, { pairs: [name(pairOf(first))] }), {
    body: { pairs: [{ referralId: first, status: 'applied' }], run: { applied: 1, proposed: 3 } },
  })
  await operator.post(`/v1/referrals/${moved}/hold`, { reason: 'incarcerated', resumeBy: '2026-12-15' })
  await operator.post(`/v1/referrals/${gone}/cancel`, { reason: 'person_declined' })
  await operator.post(`/v1/mentors/${pairOf(third).mentorId}/status`, { status: 'paused' })
  const { body } = await operator.post(`/v1/matching-runs/${id}/apply`, {})
  t.same(
    new Map(
      body.pairs.map((pair: { referralId: string; refusal: string }) => [pair.referralId, pair.refusal]),
    ),
    new Map([
      [moved, 'referral_changed'],
      [gone, 'referral_changed'],
      [third, 'mentor_not_available'],
    ]),
  )
  t.match(body.run, { applied: 1, refused: 3, proposed: 0 })
  t.match(await operator.post(`/v1/matching-runs/${id}/apply`, { pairs: [name(pairOf(first))] }), {
    status: 422,
    body: { errors: [{ pointer: '#/pairs/0', code: 'unknown_pair' }] },
  })
  t.equal(mentors.length, 2)
})

t.test('the input is kept, and solved again it gives the same pairs', async (t) => {
  const { operator, mentor, waiting, run } = await ready(t)
  for (const capacity of [1, 2]) await mentor({ capacity, substances: ['alcohol'] })
  for (let person = 0; person < 5; person += 1) await waiting({ substances: ['alcohol'] })
  const { id, done } = await run({ maxOffersPerMentor: 1 })
  t.match(done.summary, { assigned: 2, unassigned: 3 })
  const { input, inputSha256 } = (await operator.get(`/v1/matching-runs/${id}/input`)).body
  t.equal(inputSha256, done.inputSha256)
  t.equal(createHash('sha256').update(JSON.stringify(input)).digest('hex'), inputSha256)
  const again = await solve(input as AssignmentProblem)
  const pairs = (await operator.get(`/v1/matching-runs/${id}/pairs`)).body.data
  const named = (list: readonly { mentorId: string }[], of: string) =>
    list.map((pair) => `${(pair as unknown as Record<string, string>)[of]} ${pair.mentorId}`).sort()
  t.same(named(again.pairs, 'waitingId'), named(pairs, 'referralId'))
})

t.test('one run of a program at a time, by those whose program it is', async (t) => {
  const { operator, as, world, run, mentor, waiting } = await ready(t)
  await mentor()
  await waiting()
  const programId = world.programId
  const asked = await Promise.all([1, 2, 3].map(() => operator.post('/v1/matching-runs', { programId })))
  t.same(asked.map(({ status }) => status).sort(), [202, 409, 409])
  t.match(asked.find(({ status }) => status === 409)?.body, { code: 'matching_run_under_way' })
  const other = await as(world.otherOperator)
  t.match(await other.post('/v1/matching-runs', { programId }), {
    status: 422,
    body: { errors: [{ pointer: '#/programId', code: 'unknown_program' }] },
  })
  const { id } = asked.find(({ status }) => status === 202)?.body ?? {}
  t.match(await operator.post(`/v1/matching-runs/${id}/apply`, {}), {
    status: 409,
    body: { code: 'transition_not_allowed' },
  })
  for (const path of ['', '/pairs', '/input'])
    t.equal((await other.get(`/v1/matching-runs/${id}${path}`)).status, 404)
  t.equal((await other.post(`/v1/matching-runs/${id}/apply`, {})).status, 404)
  t.same((await other.get('/v1/matching-runs')).body.data, [])
  t.equal(typeof run, 'function')
})
