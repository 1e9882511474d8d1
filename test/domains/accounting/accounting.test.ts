import { createHash } from 'node:crypto'
import t, { type Test } from 'tap'
import { sampleReferral } from '../../support/samples.ts'
import { startService } from '../../support/service.ts'

/** A referral of the clinic that the operator has read so many times. */
async function disclosed(t: Test, times = 1) {
  const started = await startService(t)
  const world = await started.createWorld()
  const [clinic, operator] = [await started.as(world.clinic), await started.as(world.operator)]
  const referral = (await clinic.post('/v1/referrals', sampleReferral(world.programId))).body
  for (let left = times; left > 0; left -= 1) await operator.get(`/v1/referrals/${referral.id}`)
  const portal = await clinic.post('/v1/portal-tokens', {
    subject: { type: 'patient', id: referral.patientId },
  })
  const accounting = async (query = '') =>
    (await clinic.get(`/v1/patients/${referral.patientId}/accounting${query}`)).body
  return {
    ...started,
    world,
    clinic,
    operator,
    referral,
    patient: started.withToken(portal.body.accessToken),
    accounting,
    path: `/v1/patients/${referral.patientId}`,
  }
}

/** An entry by hand, of what was said on that instant. */
const spoken = (patientId: string, at: string, changes: object = {}) => ({
  patientId,
  at,
  recipient: { name: 'Sample Court Services', address: '1 Sample Street' },
  basis: 'court_order',
  purpose: 'legal_proceeding',
  dataClasses: ['identity'],
  method: 'verbal',
  ...changes,
})

t.test('an accounting says when, to whom, what and for what', async (t) => {
  const { accounting, world, path, patient, operator } = await disclosed(t, 2)
  const whole = await accounting()
  t.match(whole, { from: '2023-11-18', to: '2026-11-18', timeZone: 'America/Denver', truncated: false })
  t.equal(whole.lines.length, 2)
  t.match(whole.lines[0], {
    count: 1,
    recipient: { organizationId: world.operator.organizationId, name: 'Sample Recovery Community' },
    purpose: 'treatment',
    basis: 'consent',
    description: /status of the referral/,
  })
  const summary = await accounting('?summarize=true')
  t.match(summary.lines, [{ count: 2, recipient: { name: 'Sample Recovery Community' } }])
  t.same((await patient.get(`${path}/accounting`)).body.lines, whole.lines, 'the patient reads the same')
  t.match(await operator.get(`${path}/accounting`), { status: 404 }, 'and the recipient does not')
})

t.test(
  'what was disclosed on the first and on the last day is in it, and a moment earlier is not',
  async (t) => {
    const { clinic, referral, accounting, time } = await disclosed(t, 0)
    time.set('2028-02-29T19:00:00Z')
    for (const [at, name] of [
      ['2025-02-28T06:59:59Z', 'the day before'],
      ['2025-02-28T07:00:00Z', 'first moment'],
      ['2028-02-29T18:00:00Z', 'today'],
    ] as const)
      t.match(await clinic.post('/v1/disclosures', spoken(referral.patientId, at, { recipient: { name } })), {
        status: 201,
      })
    const names = ({ lines }: { lines: { recipient: { name: string } }[] }) =>
      lines.map(({ recipient }) => recipient.name)
    t.same(names(await accounting()), ['first moment', 'today'])
    t.same(names(await accounting('?from=2025-02-28&to=2025-02-28')), ['first moment'])
    for (const [query, code] of [
      ['?from=2025-02-27', 'period_too_early'],
      ['?to=2028-03-01', 'period_in_future'],
      ['?from=2028-01-02&to=2028-01-01', 'period_reversed'],
    ] as const)
      t.match(await accounting(query), { code: 'invalid_input', errors: [{ code }] }, query)
  },
)

t.test(
  'a request runs against a clock, is extended once for a reason, and what was given stays what it was',
  async (t) => {
    const { clinic, patient, path, stored, time, operator, referral } = await disclosed(t)
    const asked = await patient.post(`${path}/accounting-requests`, {})
    t.match(asked, { status: 201, body: { status: 'open', dueAt: '2027-01-17T19:00:00.000Z' } })
    const id = asked.body.id
    const clocks = () =>
      stored(
        `select action, due_at, stopped_at is null as running from clocks where subject_id = $1 order by due_at`,
        [id],
      )
    t.match(await clocks(), [{ action: 'account_for_disclosures', running: true }])
    const request = `/v1/accounting-requests/${id}`
    t.match(await clinic.post(`${request}/extend`, {}), { status: 422 }, 'a reason is needed')
    t.match(await clinic.post(`${request}/extend`, { reason: 'Paper entries are still missing.' }), {
      status: 200,
      body: { dueAt: '2027-02-16T19:00:00.000Z', extensionReason: 'Paper entries are still missing.' },
    })
    t.match(await clinic.post(`${request}/extend`, { reason: 'Again.' }), { status: 409 }, 'once')
    t.match(await clocks(), [{ running: false }, { running: true }])
    time.forward({ days: 5 })
    const fulfilled = (await clinic.post(`${request}/fulfil`)).body
    t.match(fulfilled, { status: 'fulfilled', disclosuresCount: 1 })
    t.equal(
      createHash('sha256').update(JSON.stringify(fulfilled.document)).digest('hex'),
      fulfilled.documentSha256,
    )
    t.match(await clocks(), [{ running: false }, { running: false }])
    t.match(await clinic.post(`${request}/fulfil`), { status: 409 })
    time.forward({ minutes: 1 })
    await operator.get(`/v1/referrals/${referral.id}`)
    await clinic.post('/v1/disclosures', spoken(referral.patientId, '2026-11-17T10:00:00Z'))
    const kept = (await patient.get(request)).body
    t.same(kept.document, fulfilled.document, 'later entries are not in it')
    t.match((await clinic.get('/v1/accounting-requests?status=fulfilled')).body.data, [{ id }])
    t.match(await operator.get(request), { status: 404 })
  },
)

t.test('an intermediary lists within thirty days who received a record through it', async (t) => {
  const { clinic, path, stored, world, referral, as } = await disclosed(t)
  const asked = await clinic.post(`${path}/intermediary-disclosure-requests`)
  t.match(asked, { status: 201, body: { kind: 'intermediary_list', dueAt: '2026-12-18T19:00:00.000Z' } })
  t.match(await stored('select action, owner_role from clocks where subject_id = $1', [asked.body.id]), [
    { action: 'list_recipients', owner_role: 'coordinator' },
  ])
  const request = `/v1/accounting-requests/${asked.body.id}`
  t.same((await clinic.get(request)).body.document.lines, [], 'whom the consent names is not on it')
  t.match(await clinic.post(`${request}/extend`, { reason: 'Late.' }), { status: 409 })
  // As by a consent with a general designation.
  await clinic.post('/v1/disclosures', {
    ...spoken(referral.patientId, '2026-11-18T10:00:00Z'),
    basis: 'consent',
    consentId: referral.consentId,
    purpose: 'treatment',
    designation: 'general',
    recipient: { organizationId: world.otherOperator.organizationId },
  })
  const list = (await clinic.post(`${request}/fulfil`)).body
  t.match(list.document.lines, [
    { recipient: { name: 'Sample Peer Alliance' }, description: 'Who the patient is', firstAt: String },
  ])
  t.match(await (await as(world.otherClinic)).post(`${path}/intermediary-disclosure-requests`), {
    status: 404,
  })
})
