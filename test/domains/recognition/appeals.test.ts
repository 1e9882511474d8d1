import t from 'tap'
import { faults, recognitionReady } from './ready.ts'

async function withUnmet(t: Parameters<typeof recognitionReady>[0]) {
  const ready = await recognitionReady(t)
  await ready.mentors(9)
  const scheme = await ready.publish()
  const evaluation = (await ready.evaluate(scheme.id)).body
  const appeal = () =>
    ready.operator.post(`/v1/recognition-evaluations/${evaluation.id}/appeal`, {
      grounds: 'Sample: two mentors are on leave.',
    })
  return { ...ready, scheme, evaluation, appeal }
}

t.test('an upheld appeal waives one fact with a note, and the credential is issued', async (t) => {
  const { appeal, office, operator, evaluation, settle, stored } = await withUnmet(t)
  const opened = await appeal()
  t.match(opened, { status: 201, body: { status: 'open', evaluationId: evaluation.id, resultId: null } })
  t.match(await appeal(), { status: 409, body: { code: 'transition_not_allowed' } }, 'once')
  const { data } = (await office.get('/v1/recognition-appeals?status=open')).body
  t.match(data, [{ id: opened.body.id, facts: [{ reason: 'group_too_small' }] }])
  const decided = await office.post(`/v1/recognition-appeals/${opened.body.id}/decide`, {
    decision: 'upheld',
    reason: 'Sample: a small community, well supervised.',
    waives: 'supervision_kept',
  })
  t.match(decided, { status: 200, body: { status: 'upheld', waives: 'supervision_kept', version: 2 } })
  const result = (await operator.get(`/v1/recognition-evaluations/${decided.body.resultId}`)).body
  t.match(result, {
    occasion: 'appeal',
    outcome: 'met',
    facts: [{ met: true, reason: 'waived', value: null }],
    credentialId: /./,
  })
  t.match((await operator.get(`/v1/recognition-appeals/${opened.body.id}`)).body, { status: 'upheld' })
  t.match(
    await office.post(`/v1/recognition-appeals/${opened.body.id}/decide`, {
      decision: 'dismissed',
      reason: 'Sample.',
    }),
    { status: 409 },
  )
  await settle()
  t.match(await stored(`select type from events where subject_type = 'recognition_appeal' order by id`), [
    { type: 'recognition_appeal.opened' },
    { type: 'recognition_appeal.upheld' },
  ])
})

t.test('a dismissed appeal changes nothing but the appeal', async (t) => {
  const { appeal, office, operator } = await withUnmet(t)
  const { body } = await appeal()
  const decide = (said: object) => office.post(`/v1/recognition-appeals/${body.id}/decide`, said)
  t.same(faults(await decide({ decision: 'dismissed', reason: 'Sample.', waives: 'supervision_kept' })), [
    '#/waives conflicting_members',
  ])
  t.same(faults(await decide({ decision: 'upheld', reason: 'Sample.', waives: 'papers_current' })), [
    '#/waives nothing_to_waive',
  ])
  t.match((await decide({ decision: 'dismissed', reason: 'Sample: no grounds.' })).body, {
    status: 'dismissed',
    resultId: null,
  })
  t.same((await operator.get('/v1/recognition-credentials')).body.data, [])
  t.equal((await operator.get('/v1/recognition-evaluations')).body.data.length, 1)
})

t.test('nobody appeals for another, and nobody decides their own appeal', async (t) => {
  const { evaluation, office, otherOperator, appeal, operator, scheme, as, world, stored } =
    await withUnmet(t)
  const grounds = { grounds: 'Sample.' }
  const path = `/v1/recognition-evaluations/${evaluation.id}/appeal`
  t.match(await otherOperator.post(path, grounds), { status: 404 })
  t.match(await office.post(path, grounds), { status: 404 })
  t.same(await stored('select id from recognition_appeals'), [])
  const { body } = await appeal()
  t.equal((await otherOperator.get(`/v1/recognition-appeals/${body.id}`)).status, 404)
  t.same((await otherOperator.get('/v1/recognition-appeals')).body.data, [])
  const said = { decision: 'dismissed', reason: 'Sample.' }
  t.match(await operator.post(`/v1/recognition-appeals/${body.id}/decide`, said), { status: 403 })
  const grown = await as(world.operator, ['network:write', 'recognition:read'])
  t.match(await grown.post(`/v1/recognition-appeals/${body.id}/decide`, said), {
    status: 409,
    body: { code: 'review_by_another' },
  })
  t.match((await operator.get(`/v1/recognition-appeals/${body.id}`)).body, { status: 'open' })
  t.equal(scheme.revision, 1)
})

t.test('what was met is not appealed', async (t) => {
  const { supervise, mentors, publish, evaluate, operator } = await recognitionReady(t)
  await supervise(await mentors(11))
  const { id } = (await evaluate((await publish()).id)).body
  t.match(await operator.post(`/v1/recognition-evaluations/${id}/appeal`, { grounds: 'Sample.' }), {
    status: 409,
    body: { code: 'transition_not_allowed' },
  })
})
