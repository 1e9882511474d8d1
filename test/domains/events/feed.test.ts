import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { portalScopes } from '../../../src/domains/portal/contract.ts'
import { sampleConsent, sampleMentor, sampleReferral } from '../../support/samples.ts'
import { type Api, startService } from '../../support/service.ts'

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers freely
type Event = any

const typesOf = (events: Event[]) => events.map(({ type }) => type)

/** Everything that is there, page by page. */
async function readAll(api: Api, query = '', limit = 100) {
  const data: Event[] = []
  let after = '0'
  for (;;) {
    const { body, status } = await api.get(`/v1/events?after=${after}&limit=${limit}${query}`)
    if (status !== 200) throw new Error(JSON.stringify(body))
    data.push(...body.data)
    after = `${body.through}`
    if (body.nextCursor === null) return { data, through: body.through }
  }
}

t.test('an organization reads its own events in order, with ids and codes alone', async (t) => {
  const { as, createWorld, settle } = await startService(t)
  const world = await createWorld()
  const clinic = await as(world.clinic)
  const referral = (await clinic.post('/v1/referrals', sampleReferral(world.programId))).body
  t.same((await clinic.get('/v1/events?types=referral.*')).body.data, [], 'nothing before it is numbered')
  await settle()
  const { data, through } = await readAll(clinic, '&types=patient.*,consent.granted,referral.*')
  t.same(typesOf(data), ['patient.created', 'consent.granted', 'referral.requested'])
  t.match(data[2], {
    id: String,
    sequence: Number,
    organizationId: world.clinic.organizationId,
    subject: { type: 'referral', id: referral.id },
    codes: { status: 'requested', businessStatus: 'received' },
    occurredAt: '2026-11-18T19:00:00.000Z',
  })
  t.notOk('disclosure' in data[2], 'what is one’s own is no disclosure')
  t.notMatch(JSON.stringify(data), /Sample Patient|1991-04-12|3035550142/, 'no word about the person')
  t.ok(through >= data[2].sequence)
  const again = await clinic.get(`/v1/events?after=${through}`)
  t.match(again.body, { data: [], nextCursor: null, through }, 'nothing after that')
})

t.test(
  'another organization’s event is told under the consent of that moment, with notice and ledger row',
  async (t) => {
    const { as, createWorld, settle, stored } = await startService(t)
    const world = await createWorld()
    const [clinic, operator] = [await as(world.clinic), await as(world.operator)]
    const referral = (await clinic.post('/v1/referrals', sampleReferral(world.programId))).body
    await settle()
    const ledger = (method = '%') =>
      stored(
        `select recipient_organization_id, subject_type, subject_id, data_classes, consent_id, notice_version from disclosures
       where request_id like $1 order by id`,
        [method],
      )
    const before = (await ledger()).length
    const first = await operator.get('/v1/events?types=referral.*')
    t.match(first.body.data, [
      {
        type: 'referral.requested',
        subject: { id: referral.id },
        disclosure: {
          basis: 'consent',
          consentId: referral.consentId,
          notice: { form: 'short', text: /42 CFR part 2/ },
          scope: { purposes: ['treatment'] },
        },
      },
    ])
    const rows = await ledger()
    t.equal(rows.length, before + 1, 'one row for each event given out')
    t.match(rows.at(-1), {
      recipient_organization_id: world.operator.organizationId,
      subject_type: 'referral',
      subject_id: referral.id,
      data_classes: ['referral_status'],
      consent_id: referral.consentId,
    })
    t.same(
      (await readAll(await as(world.otherOperator), '&types=referral.*')).data,
      [],
      'nobody else learns of it',
    )
    t.same((await readAll(await as(world.otherClinic), '&types=referral.*,patient.*')).data, [])

    await clinic.post(`/v1/consents/${referral.consentId}/revoke`, {})
    await settle()
    const after = await readAll(operator)
    t.same(
      typesOf(
        after.data.filter(({ organizationId }: Event) => organizationId === world.clinic.organizationId),
      ),
      ['organization.created', 'consent.granted', 'consent.revoked'].filter(
        (type) => type !== 'organization.created',
      ),
      'that it was withdrawn, by id, and nothing else any more',
    )
    t.match(after.data.at(-1), {
      type: 'consent.revoked',
      subject: { type: 'consent', id: referral.consentId },
    })
    t.notMatch(JSON.stringify(after.data), new RegExp(referral.id), 'not even the id of the referral')
    t.equal((await ledger()).length, before + 1, 'what is not given is not in the ledger')
    t.ok(after.through > after.data.at(-1).sequence - 1)
  },
)

t.test(
  'each class is told under its own word in the consent, and back only where both directions were agreed',
  async (t) => {
    const { as, createWorld, settle } = await startService(t)
    const world = await createWorld()
    const [clinic, operator] = [await as(world.clinic), await as(world.operator)]
    async function accompany(consent: object) {
      const { id } = (
        await clinic.post(
          '/v1/referrals',
          sampleReferral(world.programId, { consent: sampleConsent(consent) }),
        )
      ).body
      await operator.post(`/v1/referrals/${id}/accept`, {})
      const mentor = (await operator.post('/v1/mentors', sampleMentor())).body
      await operator.post(`/v1/mentors/${mentor.id}/status`, { status: 'active' })
      const offer = (await operator.post(`/v1/referrals/${id}/offers`, { mentorId: mentor.id })).body
      const { mentorshipId } = (await operator.post(`/v1/offers/${offer.id}/accept`, {})).body
      await operator.post(`/v1/mentorships/${mentorshipId}/contacts`, {
        at: '2026-11-18T19:00:00Z',
        mode: 'phone',
        result: 'two_way',
      })
      return { id, mentorshipId }
    }
    const told = async (at: number) => (await clinic.get(`/v1/events?after=${at}&limit=100`)).body
    const kinds = ({ data }: { data: Event[] }) =>
      [
        ...new Set(
          data
            .filter(({ organizationId }) => organizationId === world.operator.organizationId)
            .map(({ type }) => type.split('.')[0]),
        ),
      ].sort()
    await settle()
    let at = (await told(0)).through
    await accompany({})
    await settle()
    let seen = await told(at)
    t.same(kinds(seen), ['contact', 'mentorship', 'referral'], 'with all classes: offers alone stay inside')
    t.ok(
      seen.data.every(
        ({ type, disclosure }: Event) => /^(contact|mentorship)\./.test(type) === Boolean(disclosure),
      ),
      'the clinic’s own referral is no disclosure to it',
    )
    at = seen.through
    await accompany({ dataClasses: ['identity', 'referral_status', 'engagement_status'] })
    await settle()
    seen = await told(at)
    t.same(kinds(seen), ['mentorship', 'referral'])
    at = seen.through
    await accompany({ bothDirections: false })
    await settle()
    seen = await told(at)
    t.same(kinds(seen), ['referral'], 'one way: nothing of the operator’s comes back')
  },
)

t.test(
  'the directory’s events are told to the whole network, everything else to those concerned',
  async (t) => {
    const { as, createWorld, settle } = await startService(t)
    const world = await createWorld()
    const elsewhere = await createWorld()
    const operator = await as(world.operator)
    await operator.post(`/v1/programs/${world.programId}/capacity`, {
      status: 'accepting',
      openSlots: 2,
      freshForHours: 24,
    })
    await operator.post('/v1/mentors', sampleMentor())
    await settle()
    const { data } = await readAll(await as(world.otherClinic))
    t.ok(typesOf(data).includes('program.created'))
    t.ok(
      typesOf(data).every((type) => /^(organization|program|client)\./.test(type)),
      String(typesOf(data)),
    )
    const ofOthers = data.filter(
      ({ organizationId, type }: Event) =>
        organizationId === world.operator.organizationId && !/^(program|organization)\./.test(type),
    )
    t.same(ofOthers, [])
    const other = await readAll(await as(elsewhere.clinic))
    t.notMatch(
      JSON.stringify(other.data),
      new RegExp(world.operator.organizationId),
      'nothing crosses networks',
    )
  },
)

t.test('a reader’s position passes what is not its own, and never goes back', async (t) => {
  const { as, createWorld, settle } = await startService(t)
  const world = await createWorld()
  const [clinic, stranger] = [await as(world.clinic), await as(world.otherClinic)]
  await settle()
  const start = (await readAll(stranger)).through
  for (let n = 0; n < 3; n += 1) await clinic.post('/v1/referrals', sampleReferral(world.programId))
  await settle()
  const passed = await stranger.get(`/v1/events?after=${start}`)
  t.match(passed.body, { data: [], nextCursor: null })
  t.ok(passed.body.through >= start + 9, `it moved from ${start} to ${passed.body.through}`)

  const pages: Event[] = []
  let url = '/v1/events?after=0&limit=2&types=referral.*,consent.*'
  let through = 0
  for (;;) {
    const { body, headers } = await clinic.get(url)
    t.ok(body.through >= through)
    through = body.through
    pages.push(...body.data)
    if (body.nextCursor === null) break
    url = /<([^>]+)>; rel="next"/.exec(String(headers.link))?.[1] ?? ''
  }
  t.same(typesOf(pages), Array(3).fill(['consent.granted', 'referral.requested']).flat())
  const { body } = await clinic.get('/v1/events?after=0&limit=2&types=consent.*')
  const next = await clinic.get(`/v1/events?after=${body.nextCursor}&types=consent.*`)
  t.equal(next.body.data.length, 1, 'nextCursor is a place to go on from, too')
})

t.test('a place that is not in this network’s log is refused with what to do', async (t) => {
  const { as, createWorld, settle, stored } = await startService(t)
  const world = await createWorld()
  const elsewhere = await createWorld()
  const clinic = await as(world.clinic)
  await clinic.post('/v1/referrals', sampleReferral(world.programId))
  await settle()
  const future = await clinic.get('/v1/events?after=1000000')
  t.match(future, {
    status: 400,
    body: { code: 'invalid_cursor', detail: /has no event 1000000 yet; its last is \d+/ },
  })
  t.equal((await clinic.get('/v1/events/stream?after=1000000')).status, 400)
  const { body } = await (await as(elsewhere.clinic)).get('/v1/events?limit=1')
  t.type(body.nextCursor, 'string')
  for (const member of ['after', 'cursor'])
    t.match(await clinic.get(`/v1/events?${member}=${body.nextCursor}`), {
      status: 400,
      body: { code: 'invalid_cursor' },
    })
  const own = (await clinic.get('/v1/events?limit=1')).body.nextCursor
  t.equal(
    (await clinic.get(`/v1/events?cursor=${own}&types=referral.*`)).body.code,
    'invalid_cursor',
    'other filters',
  )

  await stored('delete from events where network_id = $1 and sequence <= 3', [world.networkId])
  await stored('update event_logs set removed_through = 3 where network_id = $1', [world.networkId])
  t.match(await clinic.get('/v1/events?after=2'), {
    status: 410,
    body: { code: 'events_no_longer_kept', detail: /Events up to 3 .* after=3/ },
  })
  t.equal((await clinic.get('/v1/events?after=3')).status, 200)
  t.equal((await clinic.get('/v1/events')).status, 200, 'without a place it begins with what is kept')
})

t.test('filters that name nothing, and tokens of one person, are refused', async (t) => {
  const { app, as, createWorld, withToken } = await startService(t)
  const world = await createWorld()
  const clinic = await as(world.clinic)
  for (const types of ['referral', 'referal.*', 'referral.*,nonsense', '*.requested', '', ',', 'toString.*'])
    t.match(
      await clinic.get(`/v1/events?types=${types}`),
      { status: 422, body: { code: 'invalid_input', errors: [{ code: 'unknown_event_type' }] } },
      types,
    )
  for (const query of [
    'wait=26',
    'wait=-1',
    'wait=x',

    'after=1.5',
    'after=%00',
    'limit=0',
    'subjectId=1',
  ])
    t.match(await clinic.get(`/v1/events?${query}`), { status: 422, body: { code: 'invalid_input' } }, query)
  t.equal((await (await as(world.clinic, ['referrals:read'])).get('/v1/events')).status, 403)
  for (const type of ['mentor', 'patient'] as const) {
    const { clientId, networkId, organizationId } = world.clinic
    const grant = { clientId, networkId, organizationId, scopes: [...portalScopes[type], 'events:read'] }
    const { accessToken } = await app.issueToken({ ...grant, person: { type, id: organizationId } })
    t.equal((await withToken(accessToken).get('/v1/events')).status, 403, `a ${type}’s`)
  }
})

t.test(
  'a long poll answers when something happens, under the consents of then, or when its time is over',
  async (t) => {
    const { as, createWorld, settle, app } = await startService(t)
    const world = await createWorld()
    const [clinic, operator] = [await as(world.clinic), await as(world.operator)]
    const referral = (await clinic.post('/v1/referrals', sampleReferral(world.programId))).body
    await settle()
    const { through } = await readAll(operator)
    const empty = await operator.get(`/v1/events?after=${through}&wait=1`)
    t.match(empty, { status: 200, body: { data: [], nextCursor: null, through } })

    let answered = false
    const waiting = operator.get(`/v1/events?after=${through}&wait=25`).finally(() => {
      answered = true
    })
    await clinic.post(`/v1/consents/${referral.consentId}/revoke`, {})
    t.notOk(answered, 'it waits')
    await settle()
    const { body } = await waiting
    t.same(
      typesOf(body.data),
      ['consent.revoked'],
      'the referral’s end came along, and is no longer the operator’s to know',
    )

    const held = operator.get(`/v1/events?after=${body.through}&wait=25`)
    await delay(50)
    await app.close()
    t.equal((await held).status, 200, 'who waits does not hold up a service that stops')
  },
)
