import t, { type Test } from 'tap'
import { made } from '../../support/education.ts'
import { sampleConsent, sampleReferral } from '../../support/samples.ts'
import { ready } from '../qualifications/ready.ts'

export const sampleBillingRule = (changes: object = {}) => ({
  payerCode: 'state_medicaid',
  serviceCode: 'H0038',
  effectiveFrom: '2026-01-01',
  roundUpFromMinutes: 8,
  source: 'Sample State Medicaid manual, section 3',
  ...changes,
})

const november = 'from=2026-11-01&to=2026-11-30'

/** A clinic's patient whom an operator's mentor accompanies. Noon in Denver is 19:00 in UTC. */
async function delivering(t: Test) {
  const started = await ready(t)
  const { as, world, operator, mentor, time } = started
  const [clinic, office] = [await as(world.clinic), await as(world.admin)]
  const mentorId = await mentor({ capacity: 9 })
  const post = (path: string, body: object = {}) => made(operator.post(path, body))
  const accompany = async (consent: object = {}) => {
    const { id, patientId } = await made(
      clinic.post('/v1/referrals', sampleReferral(world.programId, { consent: sampleConsent(consent) })),
    )
    await post(`/v1/referrals/${id}/accept`)
    const offer = await post(`/v1/referrals/${id}/offers`, { mentorId })
    const { mentorshipId } = await post(`/v1/offers/${offer.id}/accept`)
    return { patientId: patientId as string, mentorshipId: mentorshipId as string }
  }
  const { patientId, mentorshipId } = await accompany()
  time.forward({ days: 2 })
  const contact = (at: string, changes: object = {}, of = mentorshipId) =>
    post(`/v1/mentorships/${of}/contacts`, {
      ...{ at, mode: 'phone', result: 'two_way', minutes: 20, summary: 'Sample words between the two.' },
      ...changes,
    })
  /** By the newest rule that is read there. */
  const unitsPath = async (api = operator) => {
    const { data } = (await api.get('/v1/billing-rules')).body
    return `/v1/billing-rules/${data[0].id}/service-units`
  }
  const units = async (query = november, api = operator) =>
    api.get(`${await unitsPath(api)}${query && `?${query}`}`)
  const rule = (changes: object = {}, api = operator) =>
    api.post('/v1/billing-rules', sampleBillingRule(changes))
  return {
    ...started,
    clinic,
    office,
    mentorId,
    post,
    accompany,
    unitsPath,
    patientId,
    mentorshipId,
    contact,
    units,
    rule,
  }
}

t.test('each contact of a period is explained: its minutes, the rule of its day, its units', async (t) => {
  const { contact, units, rule, mentorId, patientId, mentorshipId, time } = await delivering(t)
  const [first, second] = [
    await contact('2026-11-18T20:00:00Z', { minutes: 22 }),
    await contact('2026-11-19T17:00:00Z', { minutes: 23 }),
  ]
  await rule({ effectiveUntil: '2026-01-31' })
  t.match((await units()).body.data, [
    { units: 0, reason: 'no_rule_in_force', ruleId: null },
    { units: 0, reason: 'no_rule_in_force' },
  ])
  const by = (await rule({ effectiveFrom: '2026-02-01' })).body
  t.match(by, { revision: 2, unitMinutes: 15, aggregation: 'contact', status: 'active' })
  const { body } = await units()
  t.match(body.data, [
    {
      ...{ contactId: first.id, mentorshipId, patientId, mentorId, mentorType: 'peer_certified' },
      ...{ on: '2026-11-18', beganAt: '2026-11-18T20:00:00.000Z', endedAt: '2026-11-18T20:22:00.000Z' },
      ...{ minutes: 22, countedMinutes: 22, sumMinutes: 22, units: 1, reason: 'counted' },
      ...{ ruleId: by.id, ruleRevision: 2, payment: 'payer_not_named' },
    },
    { contactId: second.id, minutes: 23, units: 2, reason: 'counted' },
  ])
  t.notMatch(JSON.stringify(body), /Sample words/)

  await contact('2026-11-20T06:30:00Z', { result: 'no_answer', minutes: 1 })
  await contact('2026-11-20T07:30:00Z', { mode: 'text' })
  time.forward({ days: 1 })
  const days = (await units()).body.data.map((line: { on: string; reason: string }) => [line.on, line.reason])
  t.same(days.slice(2), [
    ['2026-11-19', 'result_not_counted'],
    ['2026-11-20', 'mode_not_counted'],
  ])
})

t.test('a correction is counted as it is now, and what never happened is no line', async (t) => {
  const { contact, units, rule, operator } = await delivering(t)
  await rule()
  const { id } = await contact('2026-11-18T20:00:00Z', { minutes: 22 })
  await made(operator.post(`/v1/contacts/${id}/correct`, { minutes: 53 }))
  t.match((await units()).body.data, [{ minutes: 53, units: 4 }])
  await made(operator.post(`/v1/contacts/${id}/correct`, { enteredInError: true }))
  t.same((await units()).body.data, [])
})

t.test('what a payer adds up over a day is the same, whatever page it is read on', async (t) => {
  const { contact, units, rule, accompany, operator, unitsPath } = await delivering(t)
  await rule({ aggregation: 'person_mentor_day', unitsMax: 3 })
  const other = await accompany()
  for (const [at, minutes] of [
    ['2026-11-18T20:00:00Z', 7],
    ['2026-11-18T21:00:00Z', 7],
    ['2026-11-18T22:00:00Z', 10],
    ['2026-11-18T23:00:00Z', 60],
    // The day after, where they are: 23:30 is one day and 00:30 is the next.
    ['2026-11-19T06:30:00Z', 15],
    ['2026-11-19T07:30:00Z', 15],
  ] as const)
    await contact(at, { minutes })
  await contact('2026-11-19T07:00:00Z', { minutes: 20 }, other.mentorshipId).catch(() => undefined)
  const whole = (await units()).body.data
  const told = (lines: readonly { units: number; sumMinutes: number; reason: string }[]) =>
    lines.map(({ units: some, sumMinutes, reason }) => [sumMinutes, some, reason])
  t.same(told(whole), [
    [7, 0, 'below_rounding'],
    [14, 1, 'counted'],
    [24, 1, 'counted'],
    [84, 1, 'counted'],
    [99, 0, 'units_max_reached'],
    [15, 1, 'counted'],
  ])
  const paged: unknown[] = []
  for (let path = `${await unitsPath()}?${november}&limit=1`; path; ) {
    const { body } = await operator.get(path)
    paged.push(...body.data)
    path = body.nextCursor ? `${await unitsPath()}?${november}&limit=1&cursor=${body.nextCursor}` : ''
  }
  t.same(paged, whole)
})

t.test('a mentor is with one person at a time, unless the payer’s rule says otherwise', async (t) => {
  const { contact, units, rule, accompany, time } = await delivering(t)
  const other = await accompany()
  const { id } = (await rule()).body
  time.forward({ hours: 6 })
  await contact('2026-11-20T20:00:00Z', { minutes: 30 })
  await contact('2026-11-20T20:15:00Z', { minutes: 30 }, other.mentorshipId)
  const [alone, beside] = (await units()).body.data
  t.match([alone, beside], [{ units: 2 }, { units: 0, reason: 'overlaps_earlier_contact', ruleId: id }])
  const ofLater = await units(`${november}&limit=1`)
  const next = await units(`${november}&limit=1&cursor=${ofLater.body.nextCursor}`)
  t.same(next.body.data, [beside], 'also where the earlier one is on another page')
})

t.test('a rule changes from a day on, and what was counted before stays as it was', async (t) => {
  const { contact, units, rule, operator } = await delivering(t)
  const before = (await rule()).body
  await contact('2026-11-18T20:00:00Z', { minutes: 8 })
  await contact('2026-11-19T20:00:00Z', { minutes: 8 })
  const after = (await rule({ effectiveFrom: '2026-11-19', roundUpFromMinutes: 15 })).body
  t.match(after, { revision: 2, effectiveUntil: null })
  t.match((await operator.get(`/v1/billing-rules/${before.id}`)).body, { effectiveUntil: '2026-11-18' })
  t.match((await units()).body.data, [
    { units: 1, ruleRevision: 1 },
    { units: 0, ruleRevision: 2 },
  ])
  t.match(await rule({ effectiveFrom: '2026-11-01', effectiveUntil: '2026-11-20' }), {
    status: 409,
    body: { code: 'billing_rule_overlaps' },
  })
  t.match(
    await operator.post(`/v1/billing-rules/${before.id}/end`, { lastDay: '2026-11-20' }),
    { status: 409, body: { code: 'billing_rule_overlaps' } },
    'nor by giving an old one a later end',
  )
  await made(operator.post(`/v1/billing-rules/${after.id}/withdraw`, {}))
  t.match((await operator.post(`/v1/billing-rules/${after.id}/end`, { lastDay: '2026-12-31' })).body, {
    code: 'transition_not_allowed',
  })
  t.match((await units()).body.data, [{ ruleRevision: 1 }, { reason: 'no_rule_in_force' }])
  t.match(await rule({ effectiveFrom: '2026-11-19' }), { status: 201, body: { revision: 3 } })
})

t.test('of many who set a rule for the same days at once, one does', async (t) => {
  const { rule, operator } = await delivering(t)
  const answers = await Promise.all(Array.from({ length: 6 }, () => rule()))
  t.same(answers.map(({ status }) => status).sort(), [201, 409, 409, 409, 409, 409])
  t.equal((await operator.get('/v1/billing-rules')).body.data.length, 1)
})

t.test('who delivers counts: nobody else’s contacts, whatever a consent shows of them', async (t) => {
  const { contact, units, rule, clinic, office, as, world, mentorshipId, unitsPath } = await delivering(t)
  await contact('2026-11-18T20:00:00Z')
  t.equal((await clinic.get(`/v1/mentorships/${mentorshipId}/contacts`)).body.data.length, 1, 'it reads them')
  await rule({}, clinic)
  t.same((await units(november, clinic)).body.data, [], 'and counts none of them')
  t.same((await clinic.get(`${await unitsPath(clinic)}/export?${november}`)).body.lines, [])
  const narrow = await as(world.operator, ['mentorships:read'])
  t.match(await narrow.get(await unitsPath(clinic)), { status: 403, body: { code: 'insufficient_scope' } })
  t.equal((await office.get(await unitsPath(clinic))).status, 404, 'nor by another’s rule')
})

t.test(
  'the network’s office sets a rule for who has none; a rule of one’s own stays one’s own',
  async (t) => {
    const { contact, units, rule, office, operator, as, world } = await delivering(t)
    await contact('2026-11-18T20:00:00Z', { minutes: 8 })
    t.match(await rule({ networkWide: true }), { status: 403, body: { code: 'insufficient_scope' } })
    const common = (await rule({ networkWide: true, roundUpFromMinutes: 15 }, office)).body
    t.match((await units()).body.data, [{ units: 0, ruleId: common.id }])
    t.equal(
      (await operator.post(`/v1/billing-rules/${common.id}/end`, { lastDay: '2026-12-31' })).status,
      404,
    )
    const own = (await rule()).body
    t.match((await units()).body.data, [{ units: 1, ruleId: own.id }])
    const other = await as(world.otherOperator)
    t.equal((await other.get(`/v1/billing-rules/${own.id}`)).status, 404)
    t.match((await other.get('/v1/billing-rules')).body.data, [{ id: common.id, networkWide: true }])
  },
)

t.test('a line says whether the person’s consent lets the payer be told', async (t) => {
  const { contact, units, rule, world, clinic, patientId } = await delivering(t)
  await contact('2026-11-18T20:00:00Z')
  t.match(await rule({ payerOrganizationId: '01938f3e-7c00-7aaa-8bbb-0123456789ab' }), {
    status: 422,
    body: { errors: [{ pointer: '#/payerOrganizationId', code: 'unknown_organization' }] },
  })
  await rule({ payerOrganizationId: world.admin.organizationId })
  t.match((await units()).body.data, [{ units: 1, payment: 'not_permitted' }])
  // The clinic keeps it; whoever bills under it is named on both sides, so that they find it and may disclose by it.
  const consent = await made(
    clinic.post('/v1/consents', {
      patientId,
      ...sampleConsent({
        purposes: ['payment'],
        dataClasses: ['identity', 'contact_summary'],
        disclosers: [world.clinic, world.operator].map(({ organizationId }) => ({ organizationId })),
        recipients: [world.operator, world.admin].map(({ organizationId }) => ({ organizationId })),
      }),
    }),
  )
  const told = async () => (await units()).body.data[0].payment
  t.equal(await told(), 'permitted')
  await made(clinic.post(`/v1/consents/${consent.id}/revoke`, {}))
  t.equal(await told(), 'not_permitted', 'nor after it was withdrawn')
})

t.test('billing staff get a month as one table, without a name or a word of what was said', async (t) => {
  const { contact, rule, operator, stored, patientId, unitsPath } = await delivering(t)
  await rule()
  await contact('2026-11-18T20:00:00Z', { minutes: 30 })
  await contact('2026-11-19T20:00:00Z', { minutes: 38 })
  const path = `${await unitsPath()}/export?${november}`
  t.match((await operator.get(path)).body, {
    contacts: 2,
    countedMinutes: 68,
    units: 5,
    timeZone: 'America/Denver',
  })
  const { body, headers } = await operator.get(path, { accept: 'text/csv' })
  t.match(headers['content-type'], /^text\/csv/)
  const [head, ...rows] = String(body).trim().split('\r\n')
  t.match(head, /^contactId,mentorshipId,patientId,.*,units,reason,ruleId/)
  t.equal(rows.length, 2)
  t.notMatch(String(body), /Sample/)
  t.same(
    await stored(
      `select distinct action, patient_id from audit_events where action = 'serviceUnits.export' and patient_id is not null`,
    ),
    [{ action: 'serviceUnits.export', patient_id: patientId }],
    'and who was in it is in the trail',
  )
})

t.test('what makes no sense is refused by name, and changes nothing', async (t) => {
  const { rule, units, operator, unitsPath } = await delivering(t)
  await rule({ effectiveUntil: '2026-01-31' })
  const codesOf = ({ status, body }: { status: number; body: { errors?: { code: string }[] } }) => [
    status,
    ...(body.errors ?? []).map(({ code }) => code),
  ]
  t.same(codesOf(await rule({ roundUpFromMinutes: 16 })), [422, 'remainder_longer_than_unit'])
  t.same(codesOf(await rule({ effectiveUntil: '2025-12-31' })), [422, 'ends_before_start'])
  t.same(codesOf(await units(november.replace('to=2026-11-30', 'to=2026-10-30'))), [422, 'ends_before_start'])
  t.same(codesOf(await units(november.replace('from=2026', 'from=2025'))), [422, 'period_too_long'])
  t.same(codesOf(await operator.get(`${await unitsPath()}/export?${november.replace('11-01', '10-01')}`)), [
    422,
    'period_too_long',
  ])
  t.same(codesOf(await units('from=2027-01-01')), [422, 'ends_before_start'], 'today is before')
  t.equal((await units('')).status, 200, 'this month, where nothing is said')
  t.equal((await operator.get('/v1/billing-rules')).body.data.length, 1)
})
