import t from 'tap'
import { documentation, opening, ready } from './support.ts'

t.test(
  'a hospital that knows the id reads for fifteen minutes, and every look is in both ledgers',
  async (t) => {
    const { hospital, accompany, stored, world, time, eventsOf } = await ready(t)
    const { patientId, mentorshipId, referral } = await accompany()
    t.equal((await hospital.get(`/v1/patients/${patientId}`)).status, 404)

    const opened = await hospital.post(`/v1/patients/${patientId}/emergency-disclosures`, opening())
    t.match(opened, {
      status: 201,
      body: {
        status: 'open',
        patientId,
        organizationId: world.clinic.organizationId,
        openedBy: { organizationId: world.otherClinic.organizationId },
        expiresAt: '2026-11-18T19:15:00.000Z',
        documentation: null,
        reviews: undefined,
      },
    })
    const { id } = opened.body
    t.equal(opened.headers.location, `/v1/emergency-disclosures/${id}`)
    t.same(
      (await eventsOf(id)).map(({ type, readers }) => [type, readers]),
      [['emergency.opened', [world.clinic.organizationId]]],
    )

    time.forward({ minutes: 14 })
    const record = await hospital.get(`/v1/emergency-disclosures/${id}/record`)
    t.match(record, {
      status: 200,
      body: {
        patient: { id: patientId, name: 'Sample Patient', contactPoints: [{ value: '+13035550142' }] },
        referrals: [{ id: referral.id, status: 'accepted', reason: ['transition_of_care'] }],
        mentorship: {
          id: mentorshipId,
          organization: { id: world.operator.organizationId },
          emergencyPlan: 'Call my sister.',
        },
        redisclosure: { allowed: false },
      },
    })
    t.notOk('disclosure' in record.body, 'the notice of 42 CFR 2.32 goes with consent')
    t.notMatch(JSON.stringify(record.body), /Prefers calls|Fish again|Sample Mentor/, 'notes and names stay')

    const ledger = () =>
      stored(
        `select id, organization_id, recipient_organization_id as recipient, basis, consent_id, notice_version, data_classes
       from disclosures where subject_id = $1 order by id`,
        [id],
      )
    t.match(await ledger(), [
      {
        id: record.body.disclosureIds[0],
        organization_id: world.clinic.organizationId,
        recipient: world.otherClinic.organizationId,
        basis: 'emergency',
        consent_id: null,
        notice_version: null,
      },
      {
        organization_id: world.operator.organizationId,
        data_classes: ['engagement_status', 'safety'],
      },
    ])
    await hospital.get(`/v1/emergency-disclosures/${id}/record`)
    t.equal((await ledger()).length, 4, 'a second look is a second disclosure')
    t.match(
      await stored(
        `select patient_id, basis, basis_id from audit_events where action = 'emergencies.record' and outcome = 'allowed'`,
      ),
      [
        { patient_id: patientId, basis: 'emergency', basis_id: id },
        { patient_id: patientId, basis: 'emergency', basis_id: id },
      ],
    )

    time.forward({ minutes: 1 })
    t.match(await hospital.get(`/v1/emergency-disclosures/${id}/record`), {
      status: 409,
      body: { code: 'emergency_access_ended' },
    })
    t.equal((await ledger()).length, 4)
    t.equal((await hospital.get(`/v1/patients/${patientId}`)).status, 404, 'no other door was opened')
  },
)

t.test('the organization that holds the patient tells medical personnel on the phone', async (t) => {
  const { clinic, accompany, stored } = await ready(t)
  const { patientId } = await accompany()
  const { body } = await clinic.post(`/v1/patients/${patientId}/emergency-disclosures`, opening())
  t.equal((await clinic.get(`/v1/emergency-disclosures/${body.id}/record`)).status, 200)
  t.match(
    await stored(`select recipient_organization_id as recipient from disclosures where basis = 'emergency'`),
    [
      // Nobody of the network: the emergency names who it was.
      { recipient: null },
      { recipient: null },
    ],
  )
})

t.test('who neither holds the patient nor has medical personnel cannot tell them from nobody', async (t) => {
  const { operator, otherOperator, hospital, clinic, accompany, createWorld, as, unknownId, stored } =
    await ready(t)
  const { patientId } = await accompany()
  const elsewhere = await as((await createWorld()).otherClinic)
  const ask = async (by: typeof operator, id: string) => {
    const { status, body } = await by.post(`/v1/patients/${id}/emergency-disclosures`, opening())
    return { status, ...body, requestId: '' }
  }
  const absent = await ask(hospital, unknownId())
  t.equal(absent.status, 404)
  for (const by of [operator, otherOperator, elsewhere]) t.same(await ask(by, patientId), absent)
  t.same(await ask(clinic, unknownId()), absent)
  t.same(await stored('select * from emergency_disclosures'), [])
})

t.test(
  'police, family, employers and crisis lines are not medical personnel, whomever they ask about',
  async (t) => {
    const { hospital, accompany, unknownId, stored, world } = await ready(t)
    const { patientId } = await accompany()
    for (const role of ['police_officer', 'family', 'employer', 'crisis_counselor', 'probation_officer'])
      for (const id of [patientId, unknownId()]) {
        const body = opening({ medicalPersonnel: { name: 'Somebody', role } })
        t.match(await hospital.post(`/v1/patients/${id}/emergency-disclosures`, body), {
          status: 422,
          body: {
            code: 'not_medical_personnel',
            errors: [{ pointer: '#/medicalPersonnel/role', code: 'not_medical_personnel' }],
          },
        })
      }
    t.same(await stored('select * from emergency_disclosures'), [])
    t.same(
      await stored(
        `select distinct action, outcome, organization_id from audit_events where code = 'not_medical_personnel'`,
      ),
      [{ action: 'emergencies.open', outcome: 'denied', organization_id: world.otherClinic.organizationId }],
      'the attempts are kept',
    )
  },
)

t.test('no organization makes itself one that has medical personnel', async (t) => {
  const { operator, world } = await ready(t)
  const own = `/v1/organizations/${world.operator.organizationId}`
  for (const kind of ['hospital', 'fqhc'])
    t.match(await operator.patch(own, { kind }, { 'if-match': '*' }), {
      status: 422,
      body: { errors: [{ pointer: '#/kind', code: 'kind_given_by_office' }] },
    })
  t.equal((await operator.patch(own, { kind: 'recovery_center' }, { 'if-match': '*' })).status, 200)
})

t.test('a grant is its client’s, and ends with the documentation', async (t) => {
  const { hospital, clinic, another, world, accompany } = await ready(t)
  const { patientId } = await accompany()
  const { body } = await hospital.post(`/v1/patients/${patientId}/emergency-disclosures`, opening())
  const path = `/v1/emergency-disclosures/${body.id}`
  for (const by of [await another(world.otherClinic), clinic])
    t.equal((await by.get(`${path}/record`)).status, 404)
  t.equal((await hospital.post(`${path}/document`, documentation())).status, 200)
  t.match((await hospital.get(`${path}/record`)).body, { code: 'emergency_access_ended' })
})

t.test('documented with four elements or not at all, once, and as it was', async (t) => {
  const { hospital, clinic, accompany, stored, time } = await ready(t)
  const { patientId } = await accompany()
  const opened = await hospital.post(`/v1/patients/${patientId}/emergency-disclosures`, opening())
  const path = `/v1/emergency-disclosures/${opened.body.id}`
  time.forward({ minutes: 20 })
  t.match((await hospital.get(path)).body, { status: 'undocumented', version: 1 })
  for (const element of ['medicalPersonnel', 'discloserName', 'disclosedAt', 'nature'])
    t.match(await hospital.post(`${path}/document`, documentation({ [element]: undefined })), {
      status: 422,
      body: { errors: [{ pointer: `#/${element}`, code: 'required' }] },
    })
  for (const [disclosedAt, code] of [
    ['2026-11-18T18:59:00Z', 'disclosed_before_opening'],
    ['2026-11-18T19:21:00Z', 'disclosed_in_future'],
  ])
    t.match(await hospital.post(`${path}/document`, documentation({ disclosedAt })), {
      status: 422,
      body: { errors: [{ pointer: '#/disclosedAt', code }] },
    })
  const written = await hospital.post(`${path}/document`, documentation())
  t.match(written, {
    status: 200,
    body: {
      status: 'documented',
      version: 2,
      documentation: {
        medicalPersonnel: { name: 'Dr. Sample', affiliation: 'Sample General Hospital' },
        discloserName: 'Sample Nurse',
        disclosedAt: '2026-11-18T19:00:00.000Z',
        nature: 'Opioid overdose.',
      },
    },
  })
  for (const by of [hospital, clinic])
    t.match(await by.post(`${path}/document`, documentation({ nature: 'Nothing.' })), {
      status: 409,
      body: { code: 'transition_not_allowed' },
    })
  t.match((await clinic.get(path)).body.documentation, { nature: 'Opioid overdose.' })
  const privileges = await stored(
    `select table_name from information_schema.role_table_grants where privilege_type in ('UPDATE', 'DELETE')
     and table_name like 'emergency%' and grantee like 'alongside%'`,
  )
  // With any of these a documentation could be made to say something else.
  t.same(privileges, [])
})

t.test('two who document at once write one documentation', async (t) => {
  const { hospital, clinic, accompany, eventsOf } = await ready(t)
  const { patientId } = await accompany()
  const { body } = await hospital.post(`/v1/patients/${patientId}/emergency-disclosures`, opening())
  const answers = await Promise.all(
    [hospital, clinic].map((by) => by.post(`/v1/emergency-disclosures/${body.id}/document`, documentation())),
  )
  t.same(answers.map(({ status }) => status).sort(), [200, 409])
  t.equal((await eventsOf(body.id)).filter(({ type }) => type === 'emergency.documented').length, 1)
})

t.test('undocumented: reminded after a quarter of an hour, the privacy officer’s after a day', async (t) => {
  const { hospital, accompany, sweep, time, eventsOf, stored, world } = await ready(t)
  const { patientId } = await accompany()
  const { body } = await hospital.post(`/v1/patients/${patientId}/emergency-disclosures`, opening())
  const told = async () =>
    (await eventsOf(body.id))
      .filter(({ type }) => type === 'emergency.undocumented_overdue')
      .map(({ codes, readers }) => [codes, readers])
  time.forward({ minutes: 14 })
  await sweep()
  t.same(await told(), [])
  time.forward({ minutes: 1 })
  await sweep()
  const reminder = [{ action: 'document_emergency', level: 'reminder' }, [world.clinic.organizationId]]
  t.same(await told(), [reminder])
  time.forward({ hours: 23, minutes: 44 })
  await sweep()
  t.same(await told(), [reminder])
  time.forward({ minutes: 1 })
  await sweep()
  await sweep()
  t.same(await told(), [
    reminder,
    [{ action: 'document_emergency', level: 'privacy_officer' }, [world.clinic.organizationId]],
  ])
  t.match(await stored(`select owner_role from clocks where subject_id = $1`, [body.id]), [
    { owner_role: 'privacy_officer' },
  ])
  // It may be late, but it is not too late.
  t.equal((await hospital.post(`/v1/emergency-disclosures/${body.id}/document`, documentation())).status, 200)
  time.forward({ hours: 1 })
  await sweep()
  t.equal((await told()).length, 2)
})

t.test('every one is reviewed, by the holder and by another client than who opened it', async (t) => {
  const { clinic, hospital, privacyOffice, another, world, accompany, time, sweep, eventsOf, stored } =
    await ready(t)
  const { patientId } = await accompany()
  const { body } = await clinic.post(`/v1/patients/${patientId}/emergency-disclosures`, opening())
  const path = `/v1/emergency-disclosures/${body.id}`
  const finding = { outcome: 'needs_follow_up', text: 'Ask the ward.' }
  t.match((await privacyOffice.post(`${path}/review`, finding)).body, { code: 'transition_not_allowed' })
  await clinic.post(`${path}/document`, documentation())
  t.match(await clinic.post(`${path}/review`, finding), { status: 409, body: { code: 'review_by_another' } })
  for (const by of [hospital, await another(world.operator)])
    t.equal((await by.post(`${path}/review`, finding)).status, 404)

  const queue = async (status: string) =>
    (await privacyOffice.get(`/v1/emergency-disclosures?status=${status}`)).body.data.map(
      ({ id }: { id: string }) => id,
    )
  t.same(await queue('documented'), [body.id])
  // Three business days from a Wednesday noon end on Monday.
  time.set('2026-11-24T00:00:00Z')
  await sweep()
  await sweep()
  t.match(
    (await eventsOf(body.id)).filter(({ type }) => type.startsWith('clock.')),
    [{ codes: { level: 'reminder' } }, { codes: { level: 'privacy_officer' } }],
  )
  t.match(await privacyOffice.post(`${path}/review`, finding), {
    status: 200,
    body: { status: 'in_follow_up', outcome: 'needs_follow_up', version: 3 },
  })
  t.same(await queue('in_follow_up'), [body.id])
  const last = await privacyOffice.post(`${path}/review`, { outcome: 'justified', text: 'Confirmed.' })
  t.match(last, {
    status: 200,
    body: {
      status: 'reviewed',
      outcome: 'justified',
      reviews: [
        { outcome: 'needs_follow_up', text: 'Ask the ward.' },
        { outcome: 'justified', text: 'Confirmed.' },
      ],
    },
  })
  t.match((await privacyOffice.post(`${path}/review`, finding)).body, { code: 'transition_not_allowed' })
  t.same(await queue('reviewed'), [body.id])
  for (const status of ['open', 'undocumented', 'documented', 'in_follow_up']) t.same(await queue(status), [])
  t.same(await stored(`select id from clocks where subject_id = $1 and stopped_at is null`, [body.id]), [])
})

t.test('the opener reads what it wrote, and not what the holder’s reviewers did', async (t) => {
  const { hospital, privacyOffice, accompany } = await ready(t)
  const { patientId } = await accompany()
  const { body } = await hospital.post(`/v1/patients/${patientId}/emergency-disclosures`, opening())
  const path = `/v1/emergency-disclosures/${body.id}`
  await hospital.post(`${path}/document`, documentation())
  await privacyOffice.post(`${path}/review`, { outcome: 'not_justified', text: 'Zyx.' })
  const seen = (await hospital.get(path)).body
  t.match(seen, { outcome: 'not_justified', explanation: 'Brought in by ambulance.' })
  t.notMatch(JSON.stringify(seen), /Zyx/)
})

t.test('the person learns that it happened, and of nobody else’s', async (t) => {
  const { clinic, hospital, accompany, withToken, made } = await ready(t)
  const [mine, theirs] = [await accompany(), await accompany()]
  for (const { patientId } of [mine, theirs])
    await hospital.post(`/v1/patients/${patientId}/emergency-disclosures`, opening())
  const { accessToken } = await made(
    clinic.post('/v1/portal-tokens', { subject: { type: 'patient', id: mine.patientId } }),
  )
  const person = withToken(accessToken)
  const { data } = (await person.get('/v1/emergency-disclosures')).body
  t.match(data, [{ patientId: mine.patientId, medicalRole: 'physician' }])
  t.match(await person.get(`/v1/emergency-disclosures/${data[0].id}`), {
    status: 200,
    body: { medicalPersonnel: { name: 'Dr. Sample' }, reviews: undefined },
  })
  const [other] = (await hospital.get(`/v1/emergency-disclosures?patientId=${theirs.patientId}`)).body.data
  t.equal((await person.get(`/v1/emergency-disclosures/${other.id}`)).status, 404)
  t.equal((await person.get(`/v1/emergency-disclosures/${data[0].id}/record`)).status, 403)
})

t.test('names and words are sealed where they are kept', async (t) => {
  const { hospital, privacyOffice, accompany, stored } = await ready(t)
  const { patientId } = await accompany()
  const { body } = await hospital.post(
    `/v1/patients/${patientId}/emergency-disclosures`,
    opening({ explanation: 'Zyxmark one', discloserName: 'Zyxmark two' }),
  )
  await hospital.post(
    `/v1/emergency-disclosures/${body.id}/document`,
    documentation({ nature: 'Zyxmark three' }),
  )
  await privacyOffice.post(`/v1/emergency-disclosures/${body.id}/review`, {
    outcome: 'justified',
    text: 'Zyxmark four',
  })
  for (const table of [
    'emergency_disclosures',
    'emergency_documents',
    'emergency_reviews',
    'events',
    'audit_events',
  ])
    for (const row of await stored<object>(`select * from ${table}`))
      t.notMatch(
        Object.values(row)
          .map((value) => (Buffer.isBuffer(value) ? value.toString('latin1') : JSON.stringify(value)))
          .join(' '),
        /Zyxmark/,
        table,
      )
})
