import t from 'tap'
import { sampleConsent, sampleMinorPolicy, samplePatient, sampleReferral } from '../../support/samples.ts'
import { done, ready } from '../offers/ready.ts'

/** A network in which only the programs made here take referrals. */
async function withPrograms(t: Parameters<typeof ready>[0]) {
  const world = await ready(t)
  const { operator, clinic, as, stored, world: members } = world
  const other = await as(members.otherOperator)
  for (const [api, id] of [
    [operator, members.programId],
    [other, members.otherProgramId],
  ] as const)
    await done(api.patch(`/v1/programs/${id}`, { status: 'closed' }, { 'if-match': '"v1"' }))
  let count = 0
  const program = async (changes: object = {}, api = operator) => {
    count += 1
    const sample = { name: `Sample Program ${count}`, modes: ['phone'], languages: ['en'] }
    return (await done(api.post('/v1/programs', { ...sample, ...changes }))).id as string
  }
  const report = (id: string, body: object, api = operator) => api.post(`/v1/programs/${id}/capacity`, body)
  const capacity = async (id: string) => (await clinic.get(`/v1/programs/${id}`)).body.capacity
  /** Where a referral without a program goes. */
  const refer = (changes: object = {}) => {
    const { programId: _, ...body } = sampleReferral('')
    return clinic.post('/v1/referrals', { ...body, ...changes })
  }
  const goesTo = async (changes: object = {}) => (await done(refer(changes))).programId as string
  return { ...world, other, program, report, capacity, refer, goesTo, stored }
}

t.test(
  'what a program says about its room is believed while it is fresh, and unknown afterwards',
  async (t) => {
    const { program, report, capacity, time } = await withPrograms(t)
    const id = await program()
    t.match(await capacity(id), {
      status: 'unknown',
      openSlots: null,
      asOf: null,
      freshUntil: null,
      stale: false,
    })
    const said = { status: 'capacity', openSlots: 4, waitlistLength: 2, medianWaitDays: 9, freshForHours: 72 }
    t.match(await report(id, said), {
      status: 200,
      body: { id, capacity: { status: 'capacity', openSlots: 4, stale: false } },
    })
    const fresh = {
      programId: id,
      status: 'capacity',
      openSlots: 4,
      waitlistLength: 2,
      medianWaitDays: 9,
      asOf: '2026-11-18T19:00:00.000Z',
      freshUntil: '2026-11-21T19:00:00.000Z',
      stale: false,
    }
    t.same(await capacity(id), fresh)
    time.set('2026-11-21T18:59:59.999Z')
    t.same(await capacity(id), fresh)
    time.set('2026-11-21T19:00:00Z')
    t.same(await capacity(id), {
      ...fresh,
      status: 'unknown',
      openSlots: null,
      waitlistLength: null,
      medianWaitDays: null,
      stale: true,
    })
  },
)

t.test('the last word counts, and every word is kept', async (t) => {
  const { program, report, capacity, time, stored } = await withPrograms(t)
  const id = await program()
  await done(report(id, { status: 'capacity', openSlots: 4 }))
  await done(report(id, { status: 'waitlist', waitlistLength: 3 }))
  t.match(await capacity(id), { status: 'waitlist', openSlots: null, waitlistLength: 3 })
  time.forward({ hours: 1 })
  await done(report(id, { status: 'capacity', openSlots: 1, freshForHours: 1 }))
  time.forward({ hours: 2 })
  t.match(
    await capacity(id),
    { status: 'unknown', stale: true },
    'a stale word does not bring back the one before',
  )
  t.same(await stored('select count(*)::int as n from program_capacities'), [{ n: 3 }])
})

t.test('room without an open slot is none', async (t) => {
  const { program, report, capacity, refer } = await withPrograms(t)
  const id = await program()
  await done(report(id, { status: 'capacity', openSlots: 0 }))
  t.match(await capacity(id), { status: 'no_capacity' })
  t.match(await refer(), { status: 422, body: { code: 'no_program_available' } })
})

t.test('only the program’s own organization speaks of its room', async (t) => {
  const { program, report, capacity, other, clinic } = await withPrograms(t)
  const id = await program()
  for (const api of [other, clinic])
    t.match(await report(id, { status: 'capacity' }, api), { status: 404, body: { code: 'not_found' } })
  t.match(await capacity(id), { status: 'unknown', asOf: null })
})

t.test(
  'a referral goes where there is room, then where nobody knows, then to a list, and never where there is none',
  async (t) => {
    const { program, report, goesTo, refer } = await withPrograms(t)
    const full = await program()
    const waiting = await program()
    const asking = await program()
    const silent = await program()
    const roomy = await program()
    await done(report(full, { status: 'no_capacity' }))
    await done(report(waiting, { status: 'waitlist' }))
    await done(report(asking, { status: 'additional_assessment_required' }))
    await done(report(roomy, { status: 'capacity', openSlots: 1 }))
    t.equal(await goesTo(), roomy)
    await done(report(roomy, { status: 'no_capacity' }))
    t.equal(await goesTo(), silent)
    await done(report(silent, { status: 'no_capacity' }))
    t.equal(await goesTo(), asking)
    await done(report(asking, { status: 'no_capacity' }))
    t.equal(await goesTo(), waiting)
    await done(report(waiting, { status: 'no_capacity' }))
    t.match(await refer(), { status: 422, body: { code: 'no_program_available' } })
    t.equal((await refer({ programId: full })).status, 201, 'who names a program asks that one')
  },
)

t.test(
  'fresh room goes before a better fit, and among equals the better fit, the more slots, the older',
  async (t) => {
    const { program, report, goesTo } = await withPrograms(t)
    const plain = await program()
    const spanish = await program({ languages: ['en', 'es'] })
    const wish = { preferences: { languages: ['es'] } }
    t.equal(await goesTo(wish), spanish)
    t.equal(await goesTo(), plain)
    await done(report(plain, { status: 'capacity', openSlots: 1 }))
    t.equal(await goesTo(wish), plain)
    await done(report(spanish, { status: 'capacity', openSlots: 9 }))
    t.equal(await goesTo(wish), spanish)
    t.equal(await goesTo(), spanish)
  },
)

t.test('a report that has run out weighs nothing, its numbers neither', async (t) => {
  const { program, report, goesTo, time } = await withPrograms(t)
  const older = await program()
  const boasting = await program()
  await done(report(boasting, { status: 'capacity', openSlots: 50, freshForHours: 1 }))
  t.equal(await goesTo(), boasting)
  time.forward({ hours: 2 })
  t.equal(await goesTo(), older, 'nothing is known of either, so the older is asked')
  await done(report(boasting, { status: 'no_capacity', freshForHours: 1 }))
  time.forward({ hours: 2 })
  const other = await program()
  t.equal(await goesTo(), older)
  t.ok(other)
})

t.test('routing passes over programs that would not take the person', async (t) => {
  const { program, goesTo, refer, clinic, as, world } = await withPrograms(t)
  await done((await as(world.admin)).post('/v1/minor-policy', sampleMinorPolicy))
  const consent = sampleConsent({ jurisdiction: 'CO' })
  const adults = await program({ eligibility: { minimumAge: 18 } })
  const youth = await program({ eligibility: { maximumAge: 17 } })
  const young = samplePatient({ birthDate: '2010-05-05' })
  t.equal(await goesTo({ patient: young, consent }), youth)
  t.equal(await goesTo({ patient: samplePatient({ birthDate: '1990-05-05' }) }), adults)
  t.equal(
    await goesTo({ patient: samplePatient({ birthDate: undefined }) }),
    adults,
    'the older, as nothing is known',
  )
  // The same person, by the id under which the clinic has them already.
  const { patientId } = (await refer({ patient: young, consent })).body
  t.equal(await goesTo({ patient: undefined, patientId, consent }), youth)
  t.match((await clinic.get(`/v1/patients/${patientId}`)).body, { birthDate: '2010-05-05' })
})

t.test('routing goes by where a known patient lives, too', async (t) => {
  const { program, refer, goesTo } = await withPrograms(t)
  const east = await program({ serviceArea: ['100'] })
  const west = await program({ serviceArea: ['802'] })
  const here = samplePatient({ postalCode: '80205' })
  const { patientId } = (await refer({ patient: here })).body
  t.equal(await goesTo({ patient: undefined, patientId }), west)
  t.equal(await goesTo({ patient: samplePatient({ postalCode: '10001' }) }), east)
})
