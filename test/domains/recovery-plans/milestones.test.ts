import fc from 'fast-check'
import t from 'tap'
import { contactNeeds, contactResults } from '../../../src/domains/mentorships/contract.ts'
import { done, ready } from './ready.ts'

t.test('a milestone is the person’s alone until they share it, and again once they unshare it', async (t) => {
  const { person, companion, operator, clinic, path, stored } = await ready(t)
  const { id } = await done(person.post(`${path}/milestones`, { kind: 'housing', note: 'Sample: zzkey' }))
  const at = `/v1/milestones/${id}`
  const seenBy = async () => {
    const found = []
    for (const [who, api] of Object.entries({ person, companion, operator, clinic })) {
      const one = (await api.get(at)).status === 200
      const listed = (await api.get(`${path}/milestones`)).body.data ?? []
      t.equal(listed.length, Number(one), `${who}: the list says the same`)
      if (one) found.push(who)
    }
    return found
  }
  t.same(await seenBy(), ['person'])
  t.same(
    await stored(`select type from events where type like 'milestone.%'`),
    [],
    'and no event tells of it',
  )
  t.equal((await companion.post(`${at}/share`, { with: ['clinic'] })).status, 403)
  t.equal((await operator.post(`${at}/share`, { with: ['clinic'] })).status, 404)
  await done(person.post(`${at}/share`, { with: ['mentor'] }))
  t.same(await seenBy(), ['person', 'companion'])
  await done(person.post(`${at}/share`, { with: ['program', 'clinic'] }))
  t.same(await seenBy(), ['person', 'companion', 'operator', 'clinic'])
  t.match((await clinic.get(at)).body, { note: 'Sample: zzkey', disclosure: Object })
  t.match(await operator.post(`${at}/unshare`, {}), { status: 409, body: { code: 'person_decides' } })
  await done(person.post(`${at}/unshare`, { with: ['clinic'] }))
  t.same(await seenBy(), ['person', 'companion', 'operator'])
  await done(person.post(`${at}/unshare`, {}))
  t.same(await seenBy(), ['person'])
  t.notMatch(JSON.stringify(await stored('select * from milestones')), /zzkey/)
})

t.test('a mentor records only with the person’s word, and only the person shares', async (t) => {
  const { person, companion, operator, path, stored } = await ready(t)
  const record = (more: object) => companion.post(`${path}/milestones`, { kind: 'first_contact', ...more })
  t.match(await record({}), {
    status: 422,
    body: { errors: [{ pointer: '#/personsWord', code: 'required' }] },
  })
  t.match(await operator.post(`${path}/milestones`, { kind: 'housing', personsWord: true }), {
    status: 409,
    body: { code: 'person_decides' },
  })
  const made = await done(record({ personsWord: true }))
  t.match(made, { recordedBy: 'mentor', sharedWith: ['mentor'] })
  const at = `/v1/milestones/${made.id}`
  for (const others of [['program'], ['clinic'], ['mentor', 'program', 'clinic']])
    t.match(await companion.post(`${at}/share`, { with: others }), {
      status: 403,
      body: { code: 'insufficient_scope' },
    })
  t.match(await stored(`select shared_with from milestones where id = '${made.id}'`), [
    { shared_with: ['mentor'] },
  ])
  t.equal((await operator.get(at)).status, 404, 'nobody else sees what the mentor wrote down')
  t.match(await done(person.post(`${at}/share`, { with: ['program'] })), {
    sharedWith: ['mentor', 'program'],
  })
  t.match(await operator.post(`${at}/share`, { with: ['clinic'] }), {
    status: 409,
    body: { code: 'person_decides' },
  })
  t.equal((await companion.post(`${at}/unshare`, { with: ['program'] })).status, 422)
  t.match(await done(companion.post(`${at}/unshare`, { with: ['program'], personsWord: true })), {
    sharedWith: ['mentor'],
  })
})

t.test(
  'whatever happens in a mentorship, nothing of a plan and no milestone changes by itself',
  async (t) => {
    const { person, operator, contact, mentorshipId, path, change, referralId, clinic, time } = await ready(t)
    const goals = [{ domain: 'health', statement: 'Sample', achievement: 'achieved' }]
    await done(change({ goals }))
    await done(person.post(`${path}/milestones`, { kind: 'recovery_time', reachedOn: '2026-01-01' }))
    const state = async () => [(await person.get(path)).body, (await person.get(`${path}/milestones`)).body]
    const before = await state()
    const call = fc.record({
      result: fc.constantFrom(...contactResults),
      needs: fc.subarray([...contactNeeds], { maxLength: 4 }),
      summary: fc.constantFrom('Sample: used again last night.', 'Sample: a good week.'),
    })
    const happening = fc.oneof(
      call.map((one) => () => contact(mentorshipId, one)),
      fc.constant(() => operator.post(`/v1/mentorships/${mentorshipId}/pause`, { resumeBy: '2026-12-20' })),
      fc.constant(() => operator.post(`/v1/mentorships/${mentorshipId}/resume`, {})),
      fc.constant(() =>
        clinic.post(`/v1/referrals/${referralId}/hold`, { reason: 'inpatient', resumeBy: '2026-12-20' }),
      ),
      fc.constant(() => clinic.post(`/v1/referrals/${referralId}/resume`, {})),
      fc.constant(async () => time.forward({ days: 3 })),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { minLength: 1, maxLength: 5 }), async (happenings) => {
        for (const happen of happenings) await happen()
        t.same(await state(), before)
      }),
      { numRuns: 4, seed: 51 },
    )
  },
)
