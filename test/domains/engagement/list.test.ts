import t from 'tap'
import { sampleConsent, sampleReferral } from '../../support/samples.ts'
import type { Api } from '../../support/service.ts'
import { ready } from './support.ts'

interface Item {
  readonly referralId: string
  readonly status: string
}

async function pull(api: Api, query: string, limit = 100): Promise<Item[]> {
  const items: Item[] = []
  let cursor: string | null = null
  do {
    const from: string = cursor ? `&cursor=${cursor}` : ''
    const { status, body } = await api.get(`/v1/engagement?limit=${limit}&${query}${from}`)
    if (status !== 200) throw new Error(JSON.stringify(body))
    items.push(...body.data)
    cursor = body.nextCursor
  } while (cursor)
  return items
}
const ids = (items: readonly Item[]) => items.map(({ referralId }) => referralId)

t.test('both sides read the engagement of all their referrals, newest first, as one by one', async (t) => {
  const { referred, matched, contact, clinic, operator, as, world } = await ready(t)
  const talked = await matched()
  await contact(talked.mentorshipId, { summary: 'ZZ what was said' })
  const waiting = await referred()
  for (const [who, api] of [
    ['the clinic', clinic],
    ['the operator', operator],
  ] as const) {
    const items = await pull(api, '')
    t.strictSame(ids(items), [waiting, talked.referralId], who)
    for (const { disclosure: _, ...item } of items as (Item & { disclosure?: unknown })[]) {
      const { disclosure: __, ...alone } = (await api.get(`/v1/referrals/${item.referralId}/engagement`)).body
      t.strictSame(item, alone, `${who} reads the same alone`)
    }
    t.strictSame(ids(await pull(api, '', 1)), ids(items), `${who}, page by page`)
    t.notMatch(JSON.stringify(items), /ZZ what/)
  }
  for (const stranger of [world.otherClinic, world.otherOperator]) {
    t.strictSame(await pull(await as(stranger), ''), [])
  }
})

t.test('to the clinic each item is a disclosure with the short notice and a row of the ledger', async (t) => {
  const { referred, clinic, operator, stored, world } = await ready(t)
  const id = await referred()
  const before = (await stored('select id from disclosures')).length
  const [item] = (await clinic.get('/v1/engagement')).body.data
  t.match(item, { disclosure: { notice: { form: 'short', text: /^42 CFR part 2 prohibits/ } } })
  t.match(
    await stored('select id, organization_id, subject_id, data_classes from disclosures order by id desc'),
    [
      {
        id: item.disclosure.id,
        organization_id: world.operator.organizationId,
        subject_id: id,
        data_classes: ['engagement_status', 'contact_summary'],
      },
    ],
  )
  t.equal((await stored('select id from disclosures')).length, before + 1)
  t.notOk('disclosure' in (await operator.get('/v1/engagement')).body.data[0], 'its own data is none')
  t.equal((await stored('select id from disclosures')).length, before + 1)
})

t.test(
  'what no consent lets the clinic see is left out, and what was closed is its own record',
  async (t) => {
    const { matched, contact, clinic, operator, stored } = await ready(t)
    const status = sampleConsent({
      dataClasses: ['referral_status', 'referral_reason', 'identity', 'contact'],
    })
    const hidden = await matched({ consent: status })
    const noContacts = await matched({
      consent: sampleConsent({ dataClasses: ['referral_status', 'engagement_status'] }),
    })
    await contact(noContacts.mentorshipId)
    const [seen, ...rest] = await pull(clinic, '')
    t.strictSame(rest, [])
    t.match(seen, { referralId: noContacts.referralId, status: 'connected', redacted: ['contact_summary'] })
    t.notOk(seen && 'lastTwoWayContactAt' in seen)
    t.equal((await pull(operator, '')).length, 2)
    const rows = (await stored('select id from disclosures')).length
    t.strictSame(await pull(clinic, 'status=awaiting_first_contact'), [], 'not by its status either')
    t.equal(
      (await stored('select id from disclosures')).length,
      rows,
      'and what is not shown is not disclosed',
    )
    await clinic.post(`/v1/referrals/${hidden.referralId}/cancel`, { reason: 'person_declined' })
    t.match(await pull(clinic, 'status=ended'), [
      { referralId: hidden.referralId, mentorship: null, redacted: ['engagement_status', 'contact_summary'] },
    ])
  },
)

t.test('a pull from a moment on finds every change since, oldest first, and ends', async (t) => {
  const { matched, contact, referred, clinic, operator, sweep, time } = await ready(t)
  const first = await matched()
  await contact(first.mentorshipId)
  const second = await matched()
  await sweep()
  time.forward({ days: 1 })
  const since = time.now().toISOString()
  for (const api of [clinic, operator]) t.strictSame(await pull(api, `modifiedSince=${since}`), [])
  time.forward({ days: 10 })
  await sweep()
  time.forward({ hours: 1 })
  const third = await referred()
  time.forward({ hours: 1 })
  await contact(second.mentorshipId, { result: 'no_answer' })
  const changed = [first.referralId, third, second.referralId]
  for (const api of [clinic, operator]) {
    t.strictSame(ids(await pull(api, `modifiedSince=${since}`)), changed)
    t.strictSame(ids(await pull(api, `modifiedSince=${since}`, 1)), changed, 'page by page')
  }
  t.strictSame(await pull(clinic, `modifiedSince=2027-06-01T00:00:00Z`), [])
})

t.test('time is a change too: a status that it moved, and a retention day that is over', async (t) => {
  const { matched, contact, clinic, sweep, time } = await ready(t)
  const { referralId, mentorshipId } = await matched()
  await contact(mentorshipId)
  await sweep()
  const changedAfter = async (days: number) => {
    time.forward({ days, hours: -1 })
    const since = time.now().toISOString()
    time.forward({ hours: 2 })
    await sweep()
    return (await pull(clinic, `modifiedSince=${since}`)).map(({ status }) => status)
  }
  t.strictSame(await changedAfter(10), ['at_risk'])
  t.strictSame(await changedAfter(10), [], 'nothing happens on day 20')
  t.strictSame(await changedAfter(8), ['lapsed'])
  t.strictSame(await changedAfter(2), ['lapsed'], 'on day 30 retention is known')
  t.match((await clinic.get(`/v1/referrals/${referralId}/engagement`)).body.retention, { day30: false })
  t.strictSame(await changedAfter(10), [])
})

t.test('a status is that of the moment, whether it was told yet or not', async (t) => {
  const { matched, contact, referred, clinic, operator, sweep, time } = await ready(t)
  const talked = await matched()
  await contact(talked.mentorshipId)
  const waiting = await referred()
  const by = async (api: Api) =>
    Object.fromEntries(
      await Promise.all(
        ['awaiting_match', 'connected', 'at_risk'].map(
          async (status) => [status, ids(await pull(api, `status=${status}`))] as const,
        ),
      ),
    )
  const now = { awaiting_match: [waiting], connected: [talked.referralId], at_risk: [] }
  for (const api of [clinic, operator]) t.strictSame(await by(api), now, 'before anything was told')
  await sweep()
  for (const api of [clinic, operator]) t.strictSame(await by(api), now, 'when it was told')
  time.forward({ days: 11 })
  const later = { awaiting_match: [waiting], connected: [], at_risk: [talked.referralId] }
  for (const api of [clinic, operator]) t.strictSame(await by(api), later, 'when time moved it')
  await sweep()
  for (const api of [clinic, operator]) t.strictSame(await by(api), later, 'and it was told')
  t.strictSame(ids(await pull(operator, 'status=at_risk&modifiedSince=2026-01-01T00:00:00Z')), [
    talked.referralId,
  ])
})

t.test('a referral that a former version of the service stored is found by its status too', async (t) => {
  const { referred, clinic, stored } = await ready(t)
  const id = await referred()
  await stored('delete from engagement_states')
  t.strictSame(ids(await pull(clinic, 'status=awaiting_match')), [id])
})

t.test('a program that serves its own patients has each of them once', async (t) => {
  const { operator, world } = await ready(t)
  const { consent: _, ...own } = sampleReferral(world.programId)
  const { id } = (await operator.post('/v1/referrals', own)).body
  t.strictSame(ids(await pull(operator, '')), [id])
  t.strictSame(ids(await pull(operator, 'modifiedSince=2026-01-01T00:00:00Z')), [id])
})

t.test('a page costs the same statements whatever it holds', async (t) => {
  const { matched, contact, clinic, service } = await ready(t)
  for (let person = 0; person < 5; person += 1) await contact((await matched()).mentorshipId)
  let statements = 0
  const connect = service.database.pool.connect.bind(service.database.pool)
  const counted = async () => {
    const client = await connect()
    const query = client.query.bind(client) as (...said: unknown[]) => unknown
    return new Proxy(client, {
      get: (target, name) => {
        if (name !== 'query') return Reflect.get(target, name)
        return (...said: unknown[]) => {
          statements += 1
          return query(...said)
        }
      },
    })
  }
  Object.assign(service.database.pool, { connect: counted })
  const cost = async (limit: number) => {
    statements = 0
    t.equal((await clinic.get(`/v1/engagement?limit=${limit}`)).body.data.length, limit)
    return statements
  }
  const few = await cost(1)
  t.ok(few > 0)
  t.equal(await cost(5), few)
})
