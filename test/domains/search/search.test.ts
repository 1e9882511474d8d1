import t from 'tap'
import { graphOf } from '../../support/graphql.ts'
import { sampleMentor, sampleReferral } from '../../support/samples.ts'
import { startService } from '../../support/service.ts'

async function ready(t: Parameters<typeof startService>[0]) {
  const started = await startService(t)
  const world = await started.createWorld()
  const [clinic, operator] = [await started.as(world.clinic), await started.as(world.operator)]
  const { body: referral } = await clinic.post('/v1/referrals', sampleReferral(world.programId))
  await operator.post('/v1/mentors', sampleMentor({ displayName: 'Ana Peerson' }))
  const find = async (api: typeof clinic, query: string) => {
    const { status, body } = await api.get(`/v1/search?${query}`)
    return { status, body, labels: body.data?.map(({ label }: { label: string }) => label) }
  }
  return { ...started, world, clinic, operator, referral, find }
}

t.test('the directory is found by the beginning of any word of a name, all over the network', async (t) => {
  const { find, clinic, operator, as, createWorld } = await ready(t)
  t.same((await find(clinic, 'text=PEER')).labels, ['Sample Peer Alliance', 'Sample Peer Line'])
  t.same((await find(clinic, 'text=peer&types=program')).labels, ['Sample Peer Line'])
  t.same((await find(clinic, 'text=eer')).labels, [], 'not in the middle of a word')
  t.same((await find(clinic, 'text=%25_')).labels, [], 'nothing is a pattern')
  t.same(
    (await find(operator, 'text=peer')).labels,
    ['Sample Peer Alliance', 'Sample Peer Line', 'Ana Peerson'],
    'and to their organization its mentors',
  )
  const elsewhere = await createWorld()
  t.equal((await find(await as(elsewhere.clinic), 'text=peer')).labels.length, 2, 'each network has its own')
})

t.test('a person is found by a whole number of one’s own, and by nothing else', async (t) => {
  const { find, clinic, operator, as, world, referral } = await ready(t)
  const { body: patient } = await clinic.get(`/v1/patients/${referral.patientId}`)
  const [{ system, value }] = patient.identifiers
  const hit = { type: 'patient', id: patient.id, organizationId: world.clinic.organizationId, label: value }
  t.same((await find(clinic, `text=${value}`)).body, { data: [hit], truncated: false })
  t.same((await find(clinic, `text=${encodeURIComponent(`${system}|${value}`)}`)).body.data, [hit])
  t.same((await find(clinic, `text=${value.slice(0, 4)}`)).body.data, [], 'a part of a number is no number')
  t.same((await find(clinic, 'text=Patient')).body.data, [], 'nor is a name')
  const order = await find(clinic, `text=${referral.placerId}`)
  t.match(order.body.data, [{ type: 'referral', id: referral.id }])
  for (const stranger of [operator, await as(world.otherClinic)])
    for (const text of [value, referral.placerId]) {
      const found = await find(stranger, `text=${text}`)
      const none = await find(stranger, 'text=nobody-has-this')
      t.same(found.body, none.body, 'to others a number is as good as none')
    }
})

t.test('what there is more of than was asked for is said, and each type needs its scope', async (t) => {
  const { find, as, world, withToken, clinic, referral } = await ready(t)
  const one = await find(clinic, 'text=sample&types=organization&limit=2')
  t.equal(one.body.data.length, 2)
  t.equal(one.body.truncated, true)
  const reader = await as(world.clinic, ['organizations:read'])
  t.ok((await find(reader, 'text=sample')).labels.length > 0, 'it finds what its scopes read')
  const refused = await find(reader, 'text=sample&types=patient')
  t.equal(refused.status, 403)
  t.equal(refused.body.code, 'insufficient_scope')
  for (const query of ['', 'text=a', 'text=sample&types=contact', 'text=sample&limit=51', 'text=%00x'])
    t.equal((await find(clinic, query)).status, 422, query)
  const subject = { type: 'patient', id: referral.patientId }
  const { body: token } = await clinic.post('/v1/portal-tokens', { subject })
  t.equal((await find(withToken(token.accessToken), 'text=sample')).status, 403, 'a portal shows one person')
})

t.test('in the graph a hit leads to the whole of what was found', async (t) => {
  const { operator } = await ready(t)
  const { data, errors } = await graphOf(operator)(
    `{ search(text: "peer") { truncated data { type label node { __typename ... on Program { name }
       ... on Organization { name } ... on Mentor { displayName } } } } }`,
  )
  t.same(errors, undefined)
  t.same(
    data.search.data.map(({ node }: { node: { __typename: string } }) => node.__typename),
    ['Organization', 'Program', 'Mentor'],
  )
  t.equal(data.search.data[2].node.displayName, 'Ana Peerson')
})
