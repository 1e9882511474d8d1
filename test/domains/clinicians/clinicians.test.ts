import t, { type Test } from 'tap'
import { onboard, onPaper, sampleTerms, termsKinds } from '../../support/clinicians.ts'
import { made } from '../../support/education.ts'
import { sampleReferral } from '../../support/samples.ts'
import { ready } from '../qualifications/ready.ts'

async function withDoctor(t: Test, changes: object = {}) {
  const started = await ready(t)
  const { as, world, operator, mentor } = started
  const clinic = await as(world.clinic)
  const doctor = await mentor({
    type: 'clinician_ally',
    employerIds: [world.clinic.organizationId],
    capacity: 9,
    ...changes,
  })
  const readiness = async (id = doctor) => (await operator.get(`/v1/mentors/${id}/readiness`)).body
  const lacking = async () => {
    const { items } = await readiness()
    return items.flatMap(({ code, met, reason, remedy }: Record<string, unknown>) =>
      met ? [] : [[code, reason, remedy]],
    )
  }
  const { id: referralId } = await made(
    clinic.post('/v1/referrals', sampleReferral(world.programId, { preferences: {} })),
  )
  await made(operator.post(`/v1/referrals/${referralId}/accept`, {}))
  const isCandidate = async () =>
    (await operator.get(`/v1/referrals/${referralId}/candidates`)).body.data.some(
      ({ mentorId }: { mentorId: string }) => mentorId === doctor,
    )
  const publish = (kind: (typeof termsKinds)[number], more: object = {}) =>
    made(operator.post('/v1/clinician-terms', sampleTerms(kind, more)))
  const acceptances = `/v1/mentors/${doctor}/clinician-acceptances`
  const parts = { operator, clinic, world }
  return {
    ...started,
    ...parts,
    doctor,
    readiness,
    lacking,
    referralId,
    isCandidate,
    publish,
    acceptances,
    parts,
  }
}

t.test('a clinician takes people once each fact is there, and the list says whose move it is', async (t) => {
  const { operator, clinic, doctor, lacking, readiness, isCandidate, publish, portal, referralId, world } =
    await withDoctor(t)
  t.same(await lacking(), [
    ['licence_duties', 'not_published', 'organization_publishes_terms'],
    ['dual_role', 'not_published', 'organization_publishes_terms'],
    ['record_separation', 'not_published', 'organization_publishes_terms'],
    ['practitioner_reference', 'not_named', 'organization_names_practitioner_reference'],
    ['independent_supervisor', 'not_named', 'organization_names_independent_supervisor'],
  ])
  t.notOk(await isCandidate())
  t.match(
    await operator.post(`/v1/referrals/${referralId}/offers`, {
      mentorId: doctor,
      override: true,
      reason: 'x',
    }),
    {
      status: 422,
    },
  )
  t.match(await operator.post(`/v1/referrals/${referralId}/offers`, { mentorId: doctor }), {
    status: 409,
    body: { code: 'mentor_not_available' },
  })

  for (const kind of termsKinds) await publish(kind)
  const me = await portal('mentor', doctor)
  const shown = (await me.get('/v1/clinician-terms?inForce=true')).body.data
  t.equal(shown.length, 3, 'the mentor reads them with their own token')
  for (const { id: termsId } of shown)
    t.match(await me.post(`/v1/mentors/${doctor}/clinician-acceptances`, { termsId }), {
      status: 201,
      body: { method: 'portal', acceptedAt: '2026-11-18T19:00:00.000Z', revision: 1 },
    })
  const reference = 'http://hl7.org/fhir/sid/us-npi|1234567893'
  const change = (body: object) => operator.patch(`/v1/mentors/${doctor}`, body, { 'if-match': '*' })
  await made(change({ practitionerReferences: [reference] }))
  await made(change({ supervisorOrganizationId: world.admin.organizationId }))
  t.same(await lacking(), [['panel', 'not_uploaded', 'employer_uploads_panel']])
  t.notOk(await isCandidate(), 'one fact that lacks is enough')
  await made(clinic.post('/v1/panels', { practitionerReference: reference, hashes: [] }))
  t.match(await readiness(), { ready: true, readyUntil: '2027-11-18T19:00:00.000Z', rules: 'readiness-2' })
  t.ok(await isCandidate())
  t.match((await me.get(`/v1/mentors/${doctor}/readiness`)).body, { ready: true })
  t.match((await operator.get(`/v1/mentors/${doctor}/eligibility`)).body, { eligible: true })
})

t.test(
  'no organization vouches for its own clinician: employers are named, and theirs is the panel',
  async (t) => {
    const { operator, clinic, doctor, parts, lacking, isCandidate, as, world } = await withDoctor(t)
    await onboard(parts, doctor)
    t.ok(await isCandidate())
    const change = (body: object) => operator.patch(`/v1/mentors/${doctor}`, body, { 'if-match': '*' })
    await made(change({ employerIds: [] }))
    t.same(await lacking(), [
      ['employer', 'not_named', 'organization_names_employer'],
      ['panel', 'not_uploaded', 'employer_uploads_panel'],
    ])
    t.notOk(await isCandidate(), 'whoever names no employer is supervised outside of nothing')
    const reference = 'http://hl7.org/fhir/sid/us-npi|1234567893'
    const employerIds = [world.clinic.organizationId]
    await made(change({ employerIds, practitionerReferences: [reference] }))
    const panel = { practitionerReference: reference, hashes: [] }
    for (const other of [world.otherClinic, world.operator])
      await made((await as(other)).post('/v1/panels', panel))
    t.same(await lacking(), [['panel', 'not_uploaded', 'employer_uploads_panel']])
    t.notOk(await isCandidate(), 'what others upload, the mentor’s own organization among them, is none')
    await made(clinic.post('/v1/panels', panel))
    t.same(await lacking(), [])
    t.ok(await isCandidate())
  },
)

t.test('what a change of the record takes away or brings is told with it', async (t) => {
  const { operator, doctor, parts, isCandidate, eventsOf, running } = await withDoctor(t)
  await onboard(parts, doctor)
  const change = (body: object) => made(operator.patch(`/v1/mentors/${doctor}`, body, { 'if-match': '*' }))
  const { supervisorOrganizationId } = (await operator.get(`/v1/mentors/${doctor}`)).body
  t.match(await change({ supervisorOrganizationId: null }), { eligibleUntil: '1970-01-01T00:00:00.000Z' })
  t.notOk(await isCandidate())
  t.match((await eventsOf(doctor)).at(-1), {
    type: 'mentor.eligibility_lapsed',
    codes: { items: 'independent_supervisor' },
  })
  t.same((await running(doctor)).at(-1), true, 'somebody has to see to it')
  const told = (await eventsOf(doctor)).length
  await change({ employerIds: [] })
  t.equal((await eventsOf(doctor)).length, told, 'who has lost it already does not lose it again')
  await change({ employerIds: [parts.world.clinic.organizationId], supervisorOrganizationId })
  t.equal((await eventsOf(doctor)).at(-1)?.type, 'mentor.eligibility_restored')
  t.same((await running(doctor)).at(-1), false)
  t.ok(await isCandidate())
})

t.test('a supervisor of the mentor’s own line is none', async (t) => {
  const { operator, doctor, parts, lacking, world } = await withDoctor(t)
  await onboard(parts, doctor)
  t.same(await lacking(), [])
  const change = (body: object) => operator.patch(`/v1/mentors/${doctor}`, body, { 'if-match': '*' })
  t.match(await change({ supervisorOrganizationId: world.clinic.organizationId }), {
    status: 422,
    body: { errors: [{ code: 'supervisor_in_line' }] },
  })
  await made(change({ supervisorOrganizationId: null }))
  t.same(await lacking(), [
    ['independent_supervisor', 'not_named', 'organization_names_independent_supervisor'],
  ])
})

t.test(
  'new words have to be read by whoever accepted the old ones, and the log says so at once',
  async (t) => {
    const { doctor, parts, lacking, isCandidate, publish, eventsOf, running, operator, acceptances, stored } =
      await withDoctor(t)
    await onboard(parts, doctor)
    t.ok(await isCandidate())
    const next = await publish('licence_duties', { text: 'Sample: other words.' })
    t.match(next, { revision: 2, supersededAt: null })
    t.same(await lacking(), [['licence_duties', 'superseded', 'mentor_accepts_terms']])
    t.notOk(await isCandidate())
    t.equal((await eventsOf(doctor)).at(-1)?.type, 'mentor.eligibility_lapsed')
    t.same((await running(doctor)).at(-1), true, 'somebody has to see to it')
    const [old] = (await operator.get('/v1/clinician-terms?kind=licence_duties&inForce=false')).body.data
    t.match(await operator.post(acceptances, onPaper(old.id)), {
      status: 409,
      body: { code: 'transition_not_allowed' },
    })
    await made(operator.post(acceptances, onPaper(next.id)))
    t.ok(await isCandidate())
    t.equal((await eventsOf(doctor)).at(-1)?.type, 'mentor.eligibility_restored')
    t.same(
      await stored(`select has_column_privilege('alongside_app', 'clinician_terms', 'text', 'update') as app,
        has_column_privilege('alongside_system', 'clinician_terms', 'text', 'update') as system`),
      [{ app: false, system: false }],
      'what was accepted is never changed',
    )
  },
)

t.test('who takes an acceptance back takes nobody new, and leaves nobody', async (t) => {
  const { doctor, parts, isCandidate, operator, acceptances, portal, referralId, clinic, world } =
    await withDoctor(t)
  await onboard(parts, doctor)
  const offer = await made(operator.post(`/v1/referrals/${referralId}/offers`, { mentorId: doctor }))
  const { mentorshipId } = await made(operator.post(`/v1/offers/${offer.id}/accept`, {}))
  const [latest] = (await operator.get(acceptances)).body.data
  const me = await portal('mentor', doctor)
  t.match((await me.post(`/v1/clinician-acceptances/${latest.id}/withdraw`, {})).body, {
    withdrawnAt: '2026-11-18T19:00:00.000Z',
  })
  t.notOk(await isCandidate())
  t.match((await operator.get(`/v1/mentorships/${mentorshipId}`)).body, { status: 'active' })
  const other = await made(clinic.post('/v1/referrals', sampleReferral(world.programId, { preferences: {} })))
  await made(operator.post(`/v1/referrals/${other.id}/accept`, {}))
  t.match(await operator.post(`/v1/referrals/${other.id}/offers`, { mentorId: doctor }), {
    body: { code: 'mentor_not_available' },
  })
})

t.test('each accepts for themselves: by their own token, or on paper that is kept', async (t) => {
  const { doctor, operator, publish, acceptances, portal, mentor, otherOperator } = await withDoctor(t).then(
    async (all) => ({ ...all, otherOperator: await all.as(all.world.otherOperator) }),
  )
  const { id: termsId } = await publish('dual_role')
  const codesOf = ({ status, body }: { status: number; body: { errors?: { code: string }[] } }) => [
    status,
    ...(body.errors ?? []).map(({ code }) => code),
  ]
  t.same(codesOf(await operator.post(acceptances, { termsId })), [422, 'required', 'required'])
  const me = await portal('mentor', doctor)
  t.same(codesOf(await me.post(acceptances, onPaper(termsId))), [
    422,
    'conflicting_members',
    'conflicting_members',
  ])
  const colleague = await portal('mentor', await mentor({ type: 'clinician_ally' }))
  t.equal((await colleague.post(acceptances, { termsId })).status, 404, 'nobody accepts for another')
  t.equal((await colleague.get(`/v1/mentors/${doctor}/readiness`)).status, 404)
  t.equal((await otherOperator.get(`/v1/mentors/${doctor}/readiness`)).status, 404)
  t.equal((await otherOperator.get(`/v1/clinician-terms/${termsId}`)).status, 404)
  const { id } = await made(me.post(acceptances, { termsId }))
  t.equal((await made(me.post(acceptances, { termsId }))).id, id, 'twice is once')
  const peer = await mentor()
  t.match(await operator.post(`/v1/mentors/${peer}/clinician-acceptances`, onPaper(termsId)), {
    status: 409,
    body: { code: 'transition_not_allowed' },
  })
  t.match((await operator.get(`/v1/mentors/${peer}/readiness`)).body, { ready: true, items: [] })
  t.match(await operator.post(acceptances, onPaper('01938f3e-7c00-7aaa-8bbb-0123456789ab')), {
    status: 422,
    body: { errors: [{ code: 'unknown_terms' }] },
  })
})

t.test('a panel runs out with the year, and a clinic learns nothing of who waited for it', async (t) => {
  const { doctor, parts, readiness, lacking, time, sweep, clinic, operator, eventsOf, stored } =
    await withDoctor(t)
  await onboard(parts, doctor)
  const { practitionerReferences } = (await operator.get(`/v1/mentors/${doctor}`)).body
  time.set('2027-11-18T19:00:00Z')
  t.same(await lacking(), [['panel', 'expired', 'employer_uploads_panel']])
  t.match(await readiness(), { ready: false, readyUntil: '2027-11-18T19:00:00.000Z' })
  await sweep()
  t.equal((await eventsOf(doctor)).at(-1)?.type, 'mentor.eligibility_lapsed')
  const again = await made(
    clinic.post('/v1/panels', { practitionerReference: practitionerReferences[0], hashes: [] }),
  )
  t.same(again, { practitionerReference: practitionerReferences[0], entries: 0 })
  t.match((await eventsOf(doctor)).at(-1), { type: 'mentor.eligibility_restored' })
  const [restored] = await stored<{ organization_id: string }>(
    `select organization_id from events where type = 'mentor.eligibility_restored' order by id desc limit 1`,
  )
  t.equal(restored?.organization_id, parts.world.operator.organizationId, 'told to whose mentor it is')
  t.match(await readiness(), { ready: true, readyUntil: '2028-11-18T19:00:00.000Z' })
})

t.test('each contact says in which role it was made', async (t) => {
  const { doctor, parts, operator, referralId, clinic } = await withDoctor(t)
  await onboard(parts, doctor)
  const offer = await made(operator.post(`/v1/referrals/${referralId}/offers`, { mentorId: doctor }))
  const { mentorshipId } = await made(operator.post(`/v1/offers/${offer.id}/accept`, {}))
  const contact = await made(
    operator.post(`/v1/mentorships/${mentorshipId}/contacts`, {
      ...{ at: '2026-11-18T19:00:00Z', mode: 'phone', result: 'two_way', minutes: 10 },
    }),
  )
  t.match(contact, { mentorType: 'clinician_ally', roleNotice: /as a mentor.*not as a clinician/i })
  const [seen] = (await clinic.get(`/v1/mentorships/${mentorshipId}/contacts`)).body.data
  t.match(seen, { roleNotice: /not as a clinician/ }, 'the clinic reads it too')
})
