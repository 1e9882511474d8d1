import t from 'tap'
import { barringKinds, cautionKinds } from '../../../src/domains/conflicts/contract.ts'
import { samplePatient } from '../../support/samples.ts'
import { done, ready } from '../offers/ready.ts'

/** One person who was referred, one mentor, and what may be declared between them. */
async function between(t: Parameters<typeof ready>[0]) {
  const world = await ready(t)
  const { operator, accepted, mentor, referral, candidates } = world
  const [referralId, mentorId] = [await accepted(), await mentor()]
  const { patientId } = await referral(referralId)
  const declare = (changes: object) =>
    operator.post(`/v1/mentors/${mentorId}/conflicts`, { patientId, kind: 'treating', ...changes })
  const withdraw = (id: string) => operator.post(`/v1/conflicts/${id}/withdraw`, {})
  const found = async () => (await candidates(referralId)).body
  return { ...world, referralId, mentorId, patientId, declare, withdraw, found }
}

t.test('each barring relation forbids the pair, whoever wishes it and whatever the reason', async (t) => {
  const { declare, withdraw, found, offer, auto, referralId, mentorId } = await between(t)
  t.ok(barringKinds.length >= 14)
  for (const kind of barringKinds) {
    const declared = await declare({ kind })
    t.match(declared, { status: 201, body: { kind, bars: true, mentorId, declaredBy: 'coordinator' } })
    t.match(await found(), {
      data: [],
      feasible: 0,
      excluded: [{ constraint: 'conflict_of_interest', mentors: 1, alone: 1 }],
      nearMisses: [],
    })
    for (const more of [{}, { overrideReason: 'They both wish it.' }])
      t.match(await offer(referralId, mentorId, more), {
        status: 409,
        body: { code: 'conflict_of_interest' },
      })
    t.match(await auto(referralId), { status: 409, body: { code: 'no_mentor_available' } })
    t.match(await withdraw(declared.body.id), { status: 200, body: { bars: false } })
    t.match(await found(), { data: [{ mentorId }] }, `${kind}, withdrawn, bars no longer`)
  }
})

t.test('a caution bars nothing, and who decides sees it', async (t) => {
  const { declare, withdraw, found, offer, referralId, mentorId, candidates, operator } = await between(t)
  for (const kind of cautionKinds) {
    const declared = await done(declare({ kind }))
    t.match(declared, { kind, bars: false })
    t.match(await found(), { data: [{ mentorId, cautions: [kind] }] })
    for (const audience of ['clinic', 'patient']) {
      const seen = (await candidates(referralId, `?audience=${audience}`)).body
      t.notMatch(JSON.stringify(seen), kind, `a ${audience} does not learn of it`)
      t.notOk('cautions' in seen.data[0])
    }
    await withdraw(declared.id)
    t.match(await found(), { data: [{ mentorId, cautions: [] }] })
  }
  await done(declare({ kind: 'sponsor' }))
  const asked = await offer(referralId, mentorId)
  t.equal(asked.status, 201)
  t.equal((await operator.post(`/v1/offers/${asked.body.id}/accept`, {})).status, 200)
})

t.test('a relation that ended bars for 24 months to the day, and not a day more', async (t) => {
  const { declare, withdraw, found, mentorId } = await between(t)
  const barsWhenEndedOn = async (endedOn: string, bars: boolean) => {
    const declared = await done(declare({ kind: 'supervising', endedOn }))
    t.equal(declared.bars, bars, `ended on ${endedOn}`)
    t.match((await found()).data, bars ? [] : [{ mentorId }])
    t.equal((await found()).feasible, bars ? 0 : 1)
    await withdraw(declared.id)
  }
  // It is 18 November 2026.
  await barsWhenEndedOn('2026-11-18', true)
  await barsWhenEndedOn('2024-11-19', true)
  await barsWhenEndedOn('2024-11-18', true)
  await barsWhenEndedOn('2024-11-17', false)
  await barsWhenEndedOn('2020-01-01', false)
})

t.test('what bars today bars no longer when the time is over, by itself', async (t) => {
  const { declare, found, operator, mentorId, time } = await between(t)
  await done(declare({ kind: 'prescribing', endedOn: '2025-03-31' }))
  time.set('2027-03-31T23:59:00Z')
  t.equal((await found()).feasible, 0)
  time.set('2027-04-01T00:01:00Z')
  t.match((await found()).data, [{ mentorId }])
  t.match((await operator.get(`/v1/mentors/${mentorId}/conflicts`)).body.data, [
    { bars: false, withdrawnAt: null },
  ])
})

t.test('the end of February is 24 months before the leap day too', async (t) => {
  const { declare, found, mentorId, time, withdraw } = await between(t)
  time.set('2028-02-29T12:00:00Z')
  const at = await done(declare({ endedOn: '2026-02-28' }))
  t.equal(at.bars, true)
  t.equal((await withdraw(at.id)).status, 200)
  t.equal((await done(declare({ endedOn: '2026-02-27' }))).bars, false)
  t.equal(typeof mentorId, 'string')
  t.ok(await found())
})

t.test('a relation that is still on bars, however long ago it began', async (t) => {
  const { declare, found } = await between(t)
  t.match(await declare({ kind: 'employer', beganOn: '1999-01-01' }), { status: 201, body: { bars: true } })
  t.equal((await found()).feasible, 0)
})

t.test('one barring relation among several is enough, and a withdrawn one counts for nothing', async (t) => {
  const { declare, withdraw, found, mentorId } = await between(t)
  const first = await done(declare({ kind: 'family' }))
  const second = await done(declare({ kind: 'household', endedOn: '2025-01-01' }))
  await done(declare({ kind: 'workplace' }))
  await withdraw(first.id)
  t.equal((await found()).feasible, 0)
  t.match(await withdraw(first.id), { status: 409, body: { code: 'transition_not_allowed' } })
  await withdraw(second.id)
  t.match(await found(), { data: [{ mentorId, cautions: ['workplace'] }] })
})

t.test('it bars this person and this mentor, nobody else', async (t) => {
  const { declare, mentor, accepted, candidates, referralId, mentorId } = await between(t)
  const other = await mentor()
  await done(declare({ kind: 'partner' }))
  t.match((await candidates(referralId)).body.data, [{ mentorId: other }])
  t.equal((await candidates(referralId)).body.feasible, 1)
  const elsewhere = (await candidates(await accepted())).body
  t.same(
    elsewhere.data.map(({ mentorId }: { mentorId: string }) => mentorId).sort(),
    [mentorId, other].sort(),
  )
})

t.test('a relation declared after the offer is in time: the acceptance is refused', async (t) => {
  const { declare, offer, accept, referralId, mentorId, referral, broken, stored, withdraw } =
    await between(t)
  const asked = await done(offer(referralId, mentorId))
  const declared = await done(declare({ kind: 'evaluating', declaredBy: 'patient' }))
  t.match(await accept(asked.id), { status: 409, body: { code: 'conflict_of_interest' } })
  t.same(await stored('select id from mentorships'), [])
  t.match(await referral(referralId), { nextAction: { code: 'answer_offer' } })
  t.same(await broken(), [])
  await withdraw(declared.id)
  t.equal((await accept(asked.id)).status, 200)
})

t.test('a declaration says whose word it is, and is believed on that word', async (t) => {
  const { declare, operator, mentorId } = await between(t)
  for (const declaredBy of ['mentor', 'patient', 'clinic', 'coordinator'])
    t.match((await declare({ kind: 'landlord', declaredBy })).body, { declaredBy, bars: true })
  t.same(
    (await operator.get(`/v1/mentors/${mentorId}/conflicts`)).body.data.map(
      ({ declaredBy }: { declaredBy: string }) => declaredBy,
    ),
    ['coordinator', 'clinic', 'patient', 'mentor'],
    'newest first',
  )
})

t.test(
  'only a known person and a known mentor can be named, and an end comes after its beginning',
  async (t) => {
    const { declare, operator, patientId, unknownId, clinic, as, world, mentorId, withdraw } =
      await between(t)
    t.match(await declare({ patientId: unknownId() }), {
      status: 422,
      body: { errors: [{ pointer: '#/patientId', code: 'unknown_patient' }] },
    })
    const unreferred = (await clinic.post('/v1/patients', samplePatient())).body.id
    t.match(await declare({ patientId: unreferred }), {
      status: 422,
      body: { errors: [{ code: 'unknown_patient' }] },
    })
    t.match(await declare({ beganOn: '2026-02-02', endedOn: '2026-02-01' }), {
      status: 422,
      body: { errors: [{ pointer: '#/endedOn', code: 'ends_before_start' }] },
    })
    t.equal((await declare({ beganOn: '2026-02-02', endedOn: '2026-02-02' })).status, 201)
    t.equal(
      (await operator.post(`/v1/mentors/${unknownId()}/conflicts`, { patientId, kind: 'family' })).status,
      404,
    )
    // A relation says that somebody is in treatment; another organization must not even find it.
    const stranger = await as(world.otherOperator)
    t.equal((await stranger.get(`/v1/mentors/${mentorId}/conflicts`)).status, 404)
    t.equal(
      (await stranger.post(`/v1/mentors/${mentorId}/conflicts`, { patientId, kind: 'family' })).status,
      404,
    )
    const { id } = (await declare({})).body
    t.equal((await stranger.post(`/v1/conflicts/${id}/withdraw`, {})).status, 404)
    t.equal((await withdraw(id)).status, 200)
  },
)
