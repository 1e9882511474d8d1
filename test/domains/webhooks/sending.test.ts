import t from 'tap'
import { deliveriesOf, startReceiver, subscribe, verify, withStatus } from '../../support/receiver.ts'
import { sampleReferral } from '../../support/samples.ts'
import { startService } from '../../support/service.ts'

t.test(
  'an event reaches its endpoint signed, as ids and codes, after the endpoint has answered',
  async (t) => {
    const { as, createWorld, deliver } = await startService(t)
    const world = await createWorld()
    const clinic = await as(world.clinic)
    const receiver = await startReceiver(t)
    const { id, secret } = await subscribe(clinic, receiver.url)
    t.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/)
    t.match((await clinic.get(`/v1/webhook-endpoints/${id}`)).body, {
      status: 'unverified',
      secret: undefined,
    })
    const referral = (await clinic.post('/v1/referrals', sampleReferral(world.programId))).body
    await deliver()
    t.same(
      receiver.received.map(({ message }) => message.type),
      ['webhook_endpoint.verification', 'referral.requested'],
    )
    t.match((await clinic.get(`/v1/webhook-endpoints/${id}`)).body, { status: 'active', lastError: null })
    for (const received of receiver.received) t.same(verify(secret, received), received.message)
    const [, told] = receiver.received
    const [event] = (await clinic.get('/v1/events?types=referral.*')).body.data
    t.same(
      told?.message,
      { type: 'referral.requested', timestamp: event.occurredAt, data: event },
      'as the feed has it',
    )
    t.equal(told?.headers['webhook-id'], event.id)
    t.match(told?.message.data.subject, { type: 'referral', id: referral.id })
    t.notMatch(told?.body, /Sample Patient|1991-04-12|3035550142/, 'no word about the person')
    t.throws(
      () => verify(`whsec_${'A'.repeat(43)}=`, told as never),
      'with another secret it does not verify',
    )
    t.match(
      (await deliveriesOf(clinic, id)).filter(({ kind }) => kind === 'event'),
      [
        {
          kind: 'event',
          webhookId: event.id,
          type: 'referral.requested',
          sequence: event.sequence,
          status: 'delivered',
          attempts: [{ statusCode: 204, latencyMs: Number, error: null }],
        },
      ],
    )
    await deliver()
    t.equal(receiver.received.length, 2, 'once')
  },
)

t.test(
  'another organization’s event is sent under the consent of that moment, with notice and ledger row, and none after it',
  async (t) => {
    const { as, createWorld, deliver, stored, time } = await startService(t)
    const world = await createWorld()
    const [clinic, operator] = [await as(world.clinic), await as(world.operator)]
    const receiver = await startReceiver(t)
    const { id, secret } = await subscribe(operator, receiver.url)
    const stranger = await startReceiver(t)
    await subscribe(await as(world.otherOperator), stranger.url, ['*'])
    const ledger = () =>
      stored<{ subject_id: string }>(
        `select subject_id, recipient_organization_id, data_classes, method, recipient_client_id from disclosures where method = 'webhook' order by id`,
      )
    const referral = (await clinic.post('/v1/referrals', sampleReferral(world.programId))).body
    await deliver()
    t.match(receiver.events(), [
      {
        message: {
          type: 'referral.requested',
          data: {
            subject: { id: referral.id },
            disclosure: {
              basis: 'consent',
              consentId: referral.consentId,
              notice: { text: /42 CFR part 2/ },
            },
          },
        },
      },
    ])
    for (const received of receiver.received) verify(secret, received)
    t.match(await ledger(), [
      {
        subject_id: referral.id,
        recipient_organization_id: world.operator.organizationId,
        recipient_client_id: world.operator.clientId,
        data_classes: ['referral_status'],
      },
    ])

    receiver.answerWith(withStatus(500))
    receiver.forget()
    await clinic.post(`/v1/referrals/${referral.id}/cancel`, { reason: 'person_declined' })
    await deliver()
    t.equal(receiver.events().length, 1)
    t.equal((await ledger()).length, 2, 'each attempt that left is a disclosure')
    const [waiting] = await deliveriesOf(operator, id, '&status=pending')
    t.match(waiting, {
      type: 'referral.cancelled',
      status: 'pending',
      attempts: [{ statusCode: 500, error: 'refused' }],
    })

    await clinic.post(`/v1/consents/${referral.consentId}/revoke`, {})
    receiver.answerWith(withStatus(204))
    receiver.forget()
    time.forward({ minutes: 1 })
    await deliver()
    // Were it sent, a recipient would learn something after the person has withdrawn.
    t.same(receiver.received, [], 'nothing leaves after the withdrawal')
    t.equal((await ledger()).length, 2, 'what does not leave is not in the ledger')
    t.match(await deliveriesOf(operator, id, '&status=dropped'), [
      { type: 'referral.cancelled', reason: 'not_permitted' },
    ])
    t.match(
      stranger
        .events()
        .map(({ message }) => message.type)
        .filter((type) => /referral|patient|consent/.test(type)),
      [],
      'nobody else hears of it',
    )
  },
)

t.test('what nobody has decided on yet is not in the log of deliveries either', async (t) => {
  const { as, createWorld, deliver, stored } = await startService(t)
  const world = await createWorld()
  const [clinic, operator] = [await as(world.clinic), await as(world.operator)]
  const receiver = await startReceiver(t)
  const { id } = await subscribe(operator, receiver.url, ['referral.*', 'patient.*'])
  await deliver()
  receiver.close()
  await clinic.post('/v1/referrals', sampleReferral(world.programId))
  await deliver()
  t.match(await stored(`select type from webhook_deliveries where kind = 'event'`), [{}], 'it waits')
  // Else the log would tell what the consent may not permit.
  t.same(
    (await deliveriesOf(operator, id)).map(({ kind }) => kind),
    ['verification'],
  )
  t.match((await operator.get(`/v1/webhook-endpoints/${id}`)).body, {
    failingSince: '2026-11-18T19:00:00.000Z',
    lastError: 'connection_failed',
  })
  t.same(
    await stored(`select id from disclosures where method = 'webhook'`),
    [],
    'where nothing left, none is written',
  )
})
