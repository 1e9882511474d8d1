import fc from 'fast-check'
import t from 'tap'
import { priorities } from '../../../src/domains/clocks/contract.ts'
import { admits, ageOn } from '../../../src/domains/programs/rules.ts'
import { referralReasons } from '../../../src/domains/referrals/codes.ts'
import { sampleConsent, sampleMinorPolicy, samplePatient, sampleReferral } from '../../support/samples.ts'
import { done, ready } from '../offers/ready.ts'

const someone = { reasons: ['isolation'], priority: 'routine' } as const

t.test('a birthday counts from its own day on, in calendar days', async (t) => {
  const bornOn = '2008-11-18'
  const ages = { '2026-11-17T23:59:59.999Z': 17, '2026-11-18T00:00:00Z': 18, '2027-11-17T12:00:00Z': 18 }
  for (const [at, age] of Object.entries(ages)) t.equal(ageOn(bornOn, new Date(at)), age, at)
  t.equal(ageOn('2008-02-29', new Date('2026-02-28T12:00:00Z')), 17, 'who was born on a leap day')
  t.equal(ageOn('2008-02-29', new Date('2026-03-01T00:00:00Z')), 18)
  t.equal(ageOn('2026-11-18', new Date('2026-11-18T12:00:00Z')), 0)
})

t.test('both bounds of an age belong to it', async () => {
  fc.assert(
    fc.property(fc.nat({ max: 100 }), fc.nat({ max: 100 }), fc.nat({ max: 40_000 }), (one, other, days) => {
      const [minimumAge, maximumAge] = [Math.min(one, other), Math.max(one, other)]
      const now = new Date('2026-11-18T12:00:00Z')
      const birthDate = new Date(now.getTime() - days * 86_400_000).toISOString().slice(0, 10)
      const age = ageOn(birthDate, now)
      const admitted = admits({ minimumAge, maximumAge }, { ...someone, birthDate }, now).length === 0
      return admitted === (age >= minimumAge && age <= maximumAge)
    }),
  )
})

t.test('what is unknown of a person excludes nobody', async (t) => {
  for (const birthDate of [undefined, null])
    t.same(admits({ minimumAge: 18, maximumAge: 20 }, { ...someone, birthDate }, new Date()), [])
})

t.test('one reason of several is enough; the priority must be one of those taken', async () => {
  const reasons = fc.uniqueArray(fc.constantFrom(...referralReasons), { minLength: 1 })
  fc.assert(
    fc.property(
      fc.option(reasons, { nil: undefined }),
      reasons,
      fc.option(fc.uniqueArray(fc.constantFrom(...priorities), { minLength: 1 }), { nil: undefined }),
      fc.constantFrom(...priorities),
      (taken, asked, takenPriorities, priority) => {
        const why = admits(
          { reasons: taken, priorities: takenPriorities },
          { reasons: asked, priority },
          new Date(),
        )
        return (
          why.includes('reason') ===
            (taken !== undefined && taken.filter((one) => asked.includes(one)).length === 0) &&
          why.includes('priority') === (takenPriorities !== undefined && !takenPriorities.includes(priority))
        )
      },
    ),
  )
})

t.test('a named program that would not take the person says so, by its own pointer', async (t) => {
  const { operator, clinic, stored } = await ready(t)
  const program = async (name: string, eligibility: object) =>
    (await done(operator.post('/v1/programs', { name, modes: ['phone'], eligibility }))).id as string
  const adults = await program('Adults', { minimumAge: 18, maximumAge: 64 })
  const refer = (programId: string, changes: object) =>
    clinic.post('/v1/referrals', sampleReferral(programId, changes))
  const bornOn = (birthDate: string | undefined) => ({ patient: samplePatient({ birthDate }) })
  const refused = { status: 422, body: { errors: [{ pointer: '#/programId', code: 'not_eligible' }] } }
  t.match(await refer(adults, bornOn('2008-11-19')), refused, 'eighteen tomorrow')
  t.equal((await refer(adults, bornOn('2008-11-18'))).status, 201, 'eighteen today')
  t.equal((await refer(adults, bornOn('1961-11-19'))).status, 201, 'sixty-four, for the last day')
  t.match(await refer(adults, bornOn('1961-11-18')), refused, 'sixty-five today')
  t.equal((await refer(adults, bornOn(undefined))).status, 201, 'of whom nobody knows')
  const narrow = await program('Narrow', { reasons: ['post_overdose'], priorities: ['stat', 'asap'] })
  const why = await refer(narrow, {})
  t.match(why, refused)
  t.match(why.body.errors[0].detail, /reason.*priority/)
  t.match(await refer(narrow, { reason: ['post_overdose'] }), refused)
  t.equal((await refer(narrow, { reason: ['isolation', 'post_overdose'], priority: 'stat' })).status, 201)
  t.same(
    await stored('select count(*)::int as n from referrals'),
    [{ n: 4 }],
    'what was refused left nothing',
  )
})

t.test('a person whom the clinic knows already is as old as the clinic knows', async (t) => {
  const { operator, clinic, world, as } = await ready(t)
  await done((await as(world.admin)).post('/v1/minor-policy', sampleMinorPolicy))
  const { id: adults } = await done(
    operator.post('/v1/programs', { name: 'Adults', modes: ['phone'], eligibility: { minimumAge: 18 } }),
  )
  const young = samplePatient({ birthDate: '2010-05-05' })
  const consent = sampleConsent({ jurisdiction: 'CO' })
  const known = await done(
    clinic.post('/v1/referrals', sampleReferral(world.programId, { patient: young, consent })),
  )
  const refused = { status: 422, body: { errors: [{ pointer: '#/programId', code: 'not_eligible' }] } }
  t.match(
    await clinic.post(
      '/v1/referrals',
      sampleReferral(adults, { patient: undefined, patientId: known.patientId }),
    ),
    refused,
  )
  const { birthDate: _, ...unsaid } = young
  t.match(
    await clinic.post('/v1/referrals', sampleReferral(adults, { patient: unsaid })),
    refused,
    'found by their number, without the birth date said again',
  )
})

t.test('an age range in which nobody is, is refused', async (t) => {
  const { operator } = await ready(t)
  t.match(
    await operator.post('/v1/programs', {
      name: 'Nobody',
      modes: ['phone'],
      eligibility: { minimumAge: 30, maximumAge: 20 },
    }),
    { status: 422, body: { errors: [{ pointer: '#/eligibility/maximumAge', code: 'age_range_empty' }] } },
  )
})
