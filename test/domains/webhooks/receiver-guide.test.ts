import type { AddressInfo } from 'node:net'
import t from 'tap'
import { createReceiver, type Message } from '../../../docs/guides/webhook-receiver.ts'
import { deliveriesOf, subscribe } from '../../support/receiver.ts'
import { sampleReferral } from '../../support/samples.ts'
import { startService, testTargets } from '../../support/service.ts'

t.test('the receiver of the guide is verified, takes each event once, and nobody else’s', async (t) => {
  // As in production, where an endpoint has to repeat the challenge.
  const { as, createWorld, deliver, time } = await startService(t, {
    targets: { ...testTargets, challenge: true },
  })
  const world = await createWorld()
  const clinic = await as(world.clinic)
  const handled: Message[] = []
  const seen = new Set<string>()
  let secret = `whsec_${Buffer.alloc(32).toString('base64')}`
  const start = (port: number) => {
    const server = createReceiver({
      secret,
      isNew: (id) => !seen.has(id) && seen.add(id) !== undefined,
      handle: (message) => void handled.push(message),
    })
    t.teardown(() => {
      server.closeAllConnections()
      server.close()
    })
    return new Promise<typeof server>((resolve) => server.listen(port, '127.0.0.1', () => resolve(server)))
  }
  const first = await start(0)
  const { port } = first.address() as AddressInfo
  const endpoint = await subscribe(clinic, `http://127.0.0.1:${port}/`)
  await deliver()
  t.match(await deliveriesOf(clinic, endpoint.id), [
    { kind: 'verification', status: 'pending', attempts: [{ statusCode: 401, error: 'refused' }] },
  ])
  first.closeAllConnections()
  await new Promise((resolve) => first.close(resolve))

  secret = endpoint.secret
  await start(port)
  const referral = (await clinic.post('/v1/referrals', sampleReferral(world.programId))).body
  time.forward({ minutes: 1 })
  await deliver()
  t.match(handled, [{ type: 'referral.requested', data: { subject: { id: referral.id } } }])
  const { sequence } = handled[0]?.data ?? {}
  t.match(await clinic.post(`/v1/webhook-endpoints/${endpoint.id}/replay`, { from: sequence }), {
    status: 202,
  })
  t.equal((await clinic.post(`/v1/webhook-endpoints/${endpoint.id}/test`, {})).status, 202)
  await deliver()
  const log = await deliveriesOf(clinic, endpoint.id, '&status=delivered')
  t.equal(log.filter(({ type }) => type === 'referral.requested').length, 2, 'it was sent twice')
  t.equal(log.filter(({ kind }) => kind === 'test').length, 1)
  t.equal(handled.length, 1, 'and handled once')

  const forged = await fetch(`http://127.0.0.1:${port}/`, {
    method: 'POST',
    body: JSON.stringify(handled[0]),
    headers: {
      'webhook-id': 'x',
      'webhook-timestamp': `${Math.floor(Date.now() / 1000)}`,
      'webhook-signature': 'v1,AAAA',
    },
  })
  t.equal(forged.status, 401)
  t.equal(handled.length, 1)
})
