import t from 'tap'
import { ready } from '../domains/offers/ready.ts'
import { graphOf } from '../support/graphql.ts'

const nodes = `query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }`

t.test('node finds what has an id, whatever it is, and nothing of another network', async (t) => {
  const { clinic, operator, matched, world, createWorld, as, unknownId } = await ready(t)
  const { referralId, mentorId, mentorshipId } = await matched()
  const referral = (await clinic.get(`/v1/referrals/${referralId}`)).body
  const ids = [
    referralId,
    mentorId,
    mentorshipId,
    referral.patientId,
    referral.consentId,
    world.programId,
    world.clinic.organizationId,
    unknownId(),
  ]
  const kinds = async (api: typeof clinic) =>
    (await graphOf(api)(nodes, { ids })).data.nodes.map(
      (node: { __typename: string } | null) => node?.__typename,
    )
  t.same(await kinds(operator), [
    'Referral',
    'Mentor',
    'Mentorship',
    'Patient',
    'Consent',
    'Program',
    'Organization',
    undefined,
  ])
  t.equal((await kinds(clinic))[1], undefined, 'a mentor is their organization’s')
  const elsewhere = await createWorld()
  t.same(
    await kinds(await as(elsewhere.operator)),
    ids.map(() => undefined),
  )
  const stranger = await as(world.otherOperator)
  t.same((await kinds(stranger)).slice(0, 5), [undefined, undefined, undefined, undefined, undefined])
  const one = await graphOf(await as(elsewhere.clinic))(
    `query ($id: ID!) { node(id: $id) { id ... on Referral { status } } referral(id: $id) { id } }`,
    { id: referralId },
  )
  t.same(one.data, { node: null, referral: null })
  t.equal(one.errors?.length, 1, 'node says nothing, an absent referral is not found')
  t.equal(one.errors?.[0].extensions.code, 'not_found')
})

t.test(
  'what crosses organizations is in the ledger, level by level, and ends with the consent',
  async (t) => {
    const { clinic, operator, matched, contact, stored, world } = await ready(t)
    const { referralId, mentorshipId } = await matched()
    await contact(mentorshipId)
    const query = `query ($id: ID!) { node(id: $id) { ... on Referral {
    status note disclosure { id notice { form } } redacted
    patient { name disclosure { id } }
    engagement { status disclosure { id } mentorship { record { status } } } } } }`
    const ledger = () => stored<{ subject: string }>(`select subject_type as subject from disclosures`)
    const before = (await ledger()).length
    const { data } = await graphOf(operator)(query, { id: referralId })
    t.equal(data.node.disclosure.notice.form, 'SHORT')
    t.ok(data.node.patient.disclosure.id)
    const rows = await ledger()
    t.equal(rows.length, before + 2, 'the referral and the patient; engagement is the operator’s own')
    const written = await stored<{ id: string }>(`select id from disclosures where id = any($1)`, [
      [data.node.disclosure.id, data.node.patient.disclosure.id],
    ])
    t.equal(written.length, 2)
    const audited = await stored<{ action: string }>(
      `select distinct action from audit_events where organization_id = $1 and action like '%Many' order by 1`,
      [world.operator.organizationId],
    )
    t.same(
      audited.map(({ action }) => action),
      ['engagement.getMany', 'mentorships.getMany', 'patients.getMany', 'referrals.getMany'],
    )

    const { consentId } = (await clinic.get(`/v1/referrals/${referralId}`)).body
    await clinic.post(`/v1/consents/${consentId}/revoke`, {})
    t.same((await graphOf(operator)(query, { id: referralId })).data, { node: null })
    const refused = await graphOf(clinic)(
      `query ($id: ID!) { referral(id: $id) { status engagement { status } } }`,
      {
        id: referralId,
      },
    )
    t.equal(refused.data.referral.status, 'CANCELLED')
    t.equal(
      refused.data.referral.engagement.status,
      'ENDED',
      'of its own referral the clinic knows that it ended',
    )
  },
)

t.test('a portal token sees its own person and nobody beside, as on REST', async (t) => {
  const { operator, clinic, withToken, matched, contact } = await ready(t)
  const [mine, others] = [await matched(), await matched()]
  await contact(mine.mentorshipId)
  const tokenFor = async (api: typeof clinic, type: string, id: string) =>
    withToken((await api.post('/v1/portal-tokens', { subject: { type, id } })).body.accessToken)
  const mentor = await tokenFor(operator, 'mentor', mine.mentorId)
  const ids = [mine.mentorshipId, others.mentorshipId, mine.mentorId, others.mentorId]
  const seen = await graphOf(mentor)(nodes, { ids })
  t.same(
    seen.data.nodes.map((node: { id: string } | null) => node?.id ?? null),
    [mine.mentorshipId, null, mine.mentorId, null],
  )
  const screen = await graphOf(mentor)(
    `{ mentorships(first: 10) { nodes { id contacts(first: 5) { nodes { result } } mentor { displayName } personToCall { name } } } offers(first: 10) { nodes { id status } } }`,
  )
  t.same(screen.errors, undefined)
  t.equal(screen.data.mentorships.nodes.length, 1)
  t.equal(screen.data.mentorships.nodes[0].contacts.nodes[0].result, 'TWO_WAY')
  t.equal(screen.data.mentorships.nodes[0].personToCall.name, 'Sample Patient')
  const refused = await graphOf(mentor)(`{ referrals(first: 1) { nodes { id } } }`)
  t.equal(refused.errors?.[0].extensions.code, 'insufficient_scope')

  const { patientId } = (await clinic.get(`/v1/referrals/${mine.referralId}`)).body
  const patient = await tokenFor(clinic, 'patient', patientId)
  const own = await graphOf(patient)(
    `query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Referral { status engagement { status } } } }`,
    { ids: [mine.referralId, others.referralId, patientId] },
  )
  t.same(own.errors, undefined)
  t.equal(own.data.nodes[0].engagement.status, 'CONNECTED')
  t.equal(own.data.nodes[1], null)
  t.equal(own.data.nodes[2].id, patientId)
})
