import { Client, cacheExchange, fetchExchange, subscriptionExchange } from '@urql/core'
import { createClient } from 'graphql-ws'
import t, { type Test } from 'tap'
import { WebSocket } from 'ws'
import { ready } from '../domains/offers/ready.ts'
import { eventually } from '../support/eventually.ts'

/** A partner's client as it is on npm: urql for queries and mutations, graphql-ws for subscriptions. */
function partner(t: Test, url: string, token: string) {
  const authorization = `Bearer ${token}`
  const sockets = createClient({
    url: `${url.replace('http', 'ws')}/graphql-ws`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization },
  })
  t.teardown(() => sockets.dispose())
  const client = new Client({
    url: `${url}/graphql`,
    preferGetMethod: false,
    requestPolicy: 'network-only',
    fetchOptions: { headers: { authorization } },
    exchanges: [
      cacheExchange,
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query = '', variables }) => ({
          subscribe: (sink) => ({
            unsubscribe: sockets.subscribe({ query, variables: variables ?? {} }, sink),
          }),
        }),
      }),
    ],
  })
  // biome-ignore lint/suspicious/noExplicitAny: what a client sees is looked into freely
  const ask = async (query: string, variables: object = {}): Promise<any> => {
    const { data, error } = await client[query.startsWith('mutation') ? 'mutation' : 'query'](
      query,
      variables,
    ).toPromise()
    if (error) throw error
    return data
  }
  // biome-ignore lint/suspicious/noExplicitAny: what a client sees is looked into freely
  const watch = (query: string, seen: any[]) => {
    const watched = client.subscription(query, {}).subscribe(({ data, error }) => {
      seen.push(error ? { error } : data)
    })
    t.teardown(() => watched.unsubscribe())
  }
  return { ask, watch }
}

const refused = (changed: { userErrors: unknown[] }) => JSON.stringify(changed.userErrors)

t.test('from referral to engaged with a public client, each step seen by a subscription', async (t) => {
  const { app, world, tokenOf, settle, sweep, time, mentor, stored } = await ready(t)
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const clinic = partner(t, url, await tokenOf(world.clinic))
  const operator = partner(t, url, await tokenOf(world.operator))
  const mentorId = await mentor()
  await settle()

  // biome-ignore lint/suspicious/noExplicitAny: what a client sees is looked into freely
  const [referrals, offers, mentorships, engagements]: any[][] = [[], [], [], []]
  operator.watch(
    'subscription { referralChanged(after: "0") { event { type sequence } referral { id status } } }',
    referrals as [],
  )
  operator.watch(
    'subscription { offerChanged(after: "0") { event { type } offer { status mentor { displayName } } } }',
    offers as [],
  )
  operator.watch(
    'subscription { mentorshipChanged(after: "0") { event { type } mentorship { id status } } }',
    mentorships as [],
  )
  clinic.watch(
    'subscription { engagementChanged(after: "0") { event { type codes disclosure { notice { form } } } engagement { status disclosure { id } } } }',
    engagements as [],
  )
  const seen = async (list: unknown[] | undefined, type: string) => {
    await settle()
    return eventually(type, async () => {
      // biome-ignore lint/suspicious/noExplicitAny: what a client sees is looked into freely
      const told = (list as any[]).map((data) => Object.values(data)[0] as any)
      return told.find(({ event }) => event?.type === type)
    })
  }

  const { createReferral } = await clinic.ask(
    `mutation ($input: CreateReferralInput!) { createReferral(input: $input) { referral { id status } userErrors { code field } } }`,
    {
      input: {
        programId: world.programId,
        reason: ['TRANSITION_OF_CARE'],
        patient: { identifier: { system: 'https://clinic.example/mrn', value: '1' }, name: 'Sample Patient' },
        consent: {
          patientNameAsSigned: 'Sample Patient',
          bothDirections: true,
          dataClasses: [
            'IDENTITY',
            'REFERRAL_REASON',
            'REFERRAL_STATUS',
            'ENGAGEMENT_STATUS',
            'CONTACT_SUMMARY',
          ],
          informationDescription: 'That I was referred, and whether we are in contact.',
          purposes: ['TREATMENT'],
          expiration: { on: '2040-06-30' },
          statements: { rightToRevoke: true, redisclosurePotential: true, refusalConsequences: true },
          revocationInstructions: 'Write to the front desk.',
          signatures: [{ role: 'PATIENT', name: 'Sample Patient', signedAt: '2026-11-17T15:00:00Z' }],
          signedOn: '2026-11-17',
        },
        idempotencyKey: 'order-1',
      },
    },
  )
  t.equal(createReferral.referral?.status, 'REQUESTED', refused(createReferral))
  const { id } = createReferral.referral
  t.match(await seen(referrals, 'referral.requested'), { referral: { id } })

  const { acceptReferral } = await operator.ask(
    `mutation ($id: ID!) { acceptReferral(input: { id: $id }) { referral { status nextAction { code } } userErrors { code } } }`,
    { id },
  )
  t.match(acceptReferral.referral, { status: 'ACCEPTED', nextAction: { code: 'OFFER_MENTOR' } })
  t.match(await seen(referrals, 'referral.accepted'), { referral: { status: 'ACCEPTED' } })

  const { createOffer } = await operator.ask(
    `mutation ($id: ID!, $mentorId: ID!) { createOffer(input: { id: $id, mentorId: $mentorId }) { offer { id } userErrors { code } } }`,
    { id, mentorId },
  )
  t.match(await seen(offers, 'offer.made'), { offer: { mentor: { displayName: 'Sample Mentor' } } })
  const { acceptOffer } = await operator.ask(
    `mutation ($id: ID!) { acceptOffer(input: { id: $id }) { offer { status mentorship { id status } } userErrors { code } } }`,
    { id: createOffer.offer.id },
  )
  t.match(acceptOffer.offer, { status: 'ACCEPTED', mentorship: { status: 'ACTIVE' } })
  const mentorshipId = acceptOffer.offer.mentorship.id
  t.match(await seen(mentorships, 'mentorship.started'), { mentorship: { id: mentorshipId } })

  for (let talk = 0; talk < 4; talk += 1) {
    time.forward({ days: 7 })
    const { recordContact } = await operator.ask(
      `mutation ($id: ID!, $at: DateTime!) { recordContact(input: { id: $id, at: $at, mode: PHONE, result: TWO_WAY, minutes: 20 }) { contact { result } userErrors { code field } } }`,
      { id: mentorshipId, at: time.now().toISOString() },
    )
    t.equal(recordContact.contact?.result, 'TWO_WAY', refused(recordContact))
    await sweep('engagement.move')
    await settle()
  }
  const status = async () =>
    (await clinic.ask(`query ($id: ID!) { referral(id: $id) { engagement { status } } }`, { id })).referral
      .engagement.status
  t.equal(await status(), 'ENGAGED')
  const told = await eventually('engaged is told', async () =>
    engagements?.find((data) => data.engagementChanged?.event.codes.status === 'engaged'),
  )
  t.match(told.engagementChanged, {
    engagement: { status: 'ENGAGED' },
    event: { disclosure: { notice: { form: 'SHORT' } } },
  })
  t.ok(told.engagementChanged.engagement.disclosure.id, 'to the clinic it is a disclosure')
  const sequences = (referrals ?? []).map((data) => data.referralChanged.event.sequence)
  t.same(
    sequences,
    sequences.toSorted((a, b) => a - b),
    'in order',
  )
  t.ok((await stored(`select 1 from disclosures where subject_type = 'referral'`)).length > 3)
})
