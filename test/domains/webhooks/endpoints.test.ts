import t from 'tap'
import { portalScopes } from '../../../src/domains/portal/contract.ts'
import { graphOf } from '../../support/graphql.ts'
import { deliveriesOf, startReceiver, subscribe, verify, withStatus } from '../../support/receiver.ts'
import { sampleReferral } from '../../support/samples.ts'
import { startService, testTargets } from '../../support/service.ts'

const url = 'https://hooks.clinic.example/alongside'
const path = '/v1/webhook-endpoints'

t.test(
  'an endpoint is registered, read, changed under its version and deleted by its own organization',
  async (t) => {
    const { as, createWorld, settle, stored, app, withToken } = await startService(t)
    const world = await createWorld()
    const [clinic, other] = [await as(world.clinic), await as(world.otherClinic)]
    const made = await clinic.post(path, { url, types: ['referral.*'] })
    t.match(made, {
      status: 201,
      body: { url, types: ['referral.*'], status: 'unverified', secret: /^whsec_/ },
    })
    const { id, secret } = made.body
    const place = `${path}/${id}`
    t.equal(made.headers.location, place)
    const read = await clinic.get(place)
    t.notOk('secret' in read.body, 'it is shown once')
    t.same((await clinic.get(path)).body.data, [read.body])
    t.equal((await clinic.patch(place, { types: ['*'] })).status, 428)
    const changed = await clinic.patch(place, { types: ['*'] }, { 'if-match': `${read.headers.etag}` })
    t.match(changed.body, { types: ['*'], version: 2 })
    t.equal((await clinic.patch(place, { types: ['*'] }, { 'if-match': `${read.headers.etag}` })).status, 412)

    // Were it another answer than for an absent id, ids could be tried.
    for (const stranger of [other, await as(world.admin)]) {
      t.same((await stranger.get(path)).body.data, [])
      for (const answer of [
        await stranger.get(place),
        await stranger.get(`${place}/deliveries`),
        await stranger.patch(place, { types: ['*'] }, { 'if-match': '*' }),
        ...(await Promise.all(
          ['test', 'disable', 'enable', 'delete', 'rotate-secret'].map((verb) =>
            stranger.post(`${place}/${verb}`, {}),
          ),
        )),
      ])
        t.match(answer, { status: 404, body: { code: 'not_found' } })
    }
    const reading = await as(world.clinic, ['webhooks:read'])
    t.match(await reading.post(path, { url, types: ['*'] }), {
      status: 403,
      body: { code: 'insufficient_scope' },
    })
    const { clientId, networkId, organizationId } = world.clinic
    const person = {
      type: 'patient' as const,
      id: (await clinic.post('/v1/referrals', sampleReferral(world.programId))).body.patientId,
    }
    const grant = {
      clientId,
      networkId,
      organizationId,
      scopes: [...portalScopes.patient, 'webhooks:read'],
      person,
    }
    const portal = withToken((await app.issueToken(grant)).accessToken)
    t.match(await portal.get(path), { status: 403, body: { code: 'insufficient_scope' } })

    const kept = await stored<{ sealed: Buffer }>('select sealed from webhook_secrets')
    t.notMatch(kept[0]?.sealed.toString('latin1'), secret.slice(6), 'nobody reads it in the database')

    t.match((await clinic.post(`${place}/delete`, {})).body, { status: 'deleted' })
    t.equal((await clinic.get(place)).status, 404)
    t.same((await clinic.get(path)).body.data, [])
    await settle()
    const told = (await clinic.get('/v1/events?types=webhook_endpoint.*')).body.data
    t.match(told, [
      { type: 'webhook_endpoint.created', subject: { type: 'webhook_endpoint', id } },
      { type: 'webhook_endpoint.updated' },
      { type: 'webhook_endpoint.deleted' },
    ])
    t.same((await other.get('/v1/events?types=webhook_endpoint.*')).body.data, [], 'nobody else is told')
  },
)

t.test('what is no place to send to, and no type, is refused with a code for each', async (t) => {
  const { as, createWorld } = await startService(t, {
    targets: {
      ...testTargets,
      local: false,
      resolve: async (name) =>
        name === 'inside.example' ? ['10.0.0.7'] : name === 'gone.example' ? [] : ['8.8.8.8'],
    },
  })
  const clinic = await as((await createWorld()).clinic)
  const codeOf = async (body: object) => {
    const answer = await clinic.post(path, { types: ['*'], url, ...body })
    t.equal(answer.status, 422)
    return `${answer.body.errors[0].pointer} ${answer.body.errors[0].code}`
  }
  t.equal(await codeOf({ url: 'http://hooks.clinic.example/' }), '#/url url_not_https')
  t.equal(await codeOf({ url: 'https://a:b@hooks.clinic.example/' }), '#/url url_with_credentials')
  t.equal(await codeOf({ url: 'https://hooks.clinic.example:22/' }), '#/url url_port')
  t.equal(await codeOf({ url: 'https://inside.example/' }), '#/url url_not_public')
  t.equal(await codeOf({ url: 'https://169.254.169.254/latest/meta-data' }), '#/url url_not_public')
  t.equal(await codeOf({ url: 'https://gone.example/' }), '#/url url_unresolvable')
  for (const nonsense of [
    'ftp://hooks.clinic.example/',
    'hooks.clinic.example',
    'https://',
    'https://a b/',
    '',
  ])
    t.equal(await codeOf({ url: nonsense }), '#/url invalid_format', nonsense)
  t.equal(await codeOf({ types: ['referral.invented'] }), '#/types/0 unknown_event_type')
  t.equal(await codeOf({ types: [] }), '#/types too_few')
})

t.test('a name that leads inside by the time of an attempt is not followed', async (t) => {
  const receiver = await startReceiver(t)
  const { port } = new URL(receiver.url)
  let addresses = ['127.0.0.1']
  const { as, createWorld, deliver } = await startService(t, {
    targets: { ...testTargets, resolve: async () => addresses },
  })
  const clinic = await as((await createWorld()).clinic)
  const { id } = await subscribe(clinic, `http://hooks.clinic.example:${port}/`)
  // What a rebinding name server answers the second time: the credentials of a cloud machine.
  addresses = ['169.254.169.254']
  await deliver()
  t.same(receiver.received, [])
  t.match(await deliveriesOf(clinic, id), [
    { status: 'pending', attempts: [{ statusCode: null, error: 'url_not_public' }] },
  ])
})

t.test('a secret is changed without a message that does not verify', async (t) => {
  const { as, createWorld, deliver, time } = await startService(t)
  const clinic = await as((await createWorld()).clinic)
  const receiver = await startReceiver(t)
  const { id, secret: before } = await subscribe(clinic, receiver.url)
  const { secret: after } = (await clinic.post(`${path}/${id}/rotate-secret`, { overlapSeconds: 3600 })).body
  t.not(before, after)
  const sent = async () => {
    await clinic.post(`${path}/${id}/test`, {})
    await deliver()
    return receiver.received.at(-1) as never
  }
  const during = await sent()
  t.ok(verify(before, during) && verify(after, during), 'both verify while receivers change over')
  time.forward({ hours: 1 })
  const later = await sent()
  t.ok(verify(after, later))
  t.throws(() => verify(before, later), 'then the one before is gone')
})

t.test('another address is verified before anything goes there', async (t) => {
  const { as, createWorld, deliver } = await startService(t)
  const world = await createWorld()
  const clinic = await as(world.clinic)
  const [first, second] = [await startReceiver(t), await startReceiver(t, withStatus(404))]
  const { id } = await subscribe(clinic, first.url)
  await deliver()
  await clinic.patch(`${path}/${id}`, { url: second.url }, { 'if-match': '*' })
  await clinic.post('/v1/referrals', sampleReferral(world.programId))
  await deliver()
  t.same(
    second.received.map(({ message }) => message.type),
    ['webhook_endpoint.verification'],
  )
  t.same(first.events(), [])
  second.answerWith(withStatus(200))
  await clinic.post(`${path}/${id}/disable`, {})
  await clinic.post(`${path}/${id}/enable`, {})
  await deliver()
  t.match((await clinic.get(`${path}/${id}`)).body, { status: 'active', failingSince: null })
})

t.test('the graph has what REST has', async (t) => {
  const { as, createWorld, deliver } = await startService(t)
  const world = await createWorld()
  const graph = graphOf(await as(world.clinic))
  const receiver = await startReceiver(t)
  const created = await graph(
    `mutation ($url: String!) { createWebhookEndpoint(input: { url: $url, types: ["referral.*"] }) {
       webhookEndpointWithSecret { id secret status } userErrors { code } } }`,
    { url: receiver.url },
  )
  t.match(
    created.data?.createWebhookEndpoint,
    { webhookEndpointWithSecret: { secret: /^whsec_/, status: 'UNVERIFIED' } },
    JSON.stringify(created.errors),
  )
  await deliver()
  const read = await graph(`{ webhookEndpoints(first: 5) { nodes { url status deliveries(first: 5) {
    nodes { kind status attempts { statusCode error } } } } } }`)
  t.match(
    read.data?.webhookEndpoints.nodes,
    [
      {
        status: 'ACTIVE',
        deliveries: {
          nodes: [{ kind: 'VERIFICATION', status: 'DELIVERED', attempts: [{ statusCode: 204 }] }],
        },
      },
    ],
    JSON.stringify(read.errors),
  )
})
