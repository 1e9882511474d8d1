import t from 'tap'
import { ready } from '../domains/offers/ready.ts'
import { graphOf } from '../support/graphql.ts'
import { sampleConsent, samplePatient } from '../support/samples.ts'

const upper = (codes: string[]) => codes.map((code) => code.toUpperCase())

/** The sample referral in the spelling of GraphQL. */
function newReferral(programId: string, changes: object = {}) {
  const { kind, dataClasses, purposes, signatures, ...consent } = sampleConsent()
  const { contactPoints, ...patient } = samplePatient()
  return {
    programId,
    reason: ['TRANSITION_OF_CARE'],
    priority: 'URGENT',
    preferences: {
      mentorTypes: ['PEER_CERTIFIED'],
      languages: ['en'],
      demographics: { ageBand: ['x30_39'] },
    },
    patient: {
      ...patient,
      contactPoints: contactPoints.map(({ system, permissions, ...rest }) => ({
        ...rest,
        system: system.toUpperCase(),
        permissions: upper(permissions),
      })),
    },
    consent: {
      ...consent,
      kind: kind.toUpperCase(),
      dataClasses: upper(dataClasses),
      purposes: upper(purposes),
      signatures: signatures.map(({ role, method, ...rest }) => ({
        ...rest,
        role: role.toUpperCase(),
        method: method.toUpperCase(),
      })),
    },
    ...changes,
  }
}

const create = `mutation ($input: CreateReferralInput!) { createReferral(input: $input) {
  referral { id status version patient { name } preferences { demographics { ageBand gender } } engagement { status } }
  userErrors { code message field fault } replayed clientMutationId } }`

const accept = `mutation ($input: AcceptReferralInput!) { acceptReferral(input: $input) {
  referral { id status version } userErrors { code message field } replayed } }`

t.test('a referral is made in one mutation, once for each key, whichever face repeats it', async (t) => {
  const { clinic, world, stored } = await ready(t)
  const ask = graphOf(clinic)
  const input = { ...newReferral(world.programId), idempotencyKey: 'key-1', clientMutationId: 'mine' }
  const first = await ask(create, { input })
  t.same(first.errors, undefined)
  const { referral, userErrors, replayed, clientMutationId } = first.data.createReferral
  t.same(userErrors, [])
  t.equal(replayed, false)
  t.equal(clientMutationId, 'mine')
  t.equal(referral.status, 'REQUESTED')
  t.equal(referral.patient.name, 'Sample Patient')
  t.equal(referral.engagement.status, 'AWAITING_MATCH')
  t.same(referral.preferences.demographics, { ageBand: ['x30_39'], gender: null })
  const again = await ask(create, { input })
  t.equal(again.data.createReferral.replayed, true)
  t.equal(again.data.createReferral.referral.id, referral.id)
  const other = await ask(create, { input: { ...input, priority: 'ROUTINE' } })
  t.equal(other.data.createReferral.referral, null)
  t.equal(other.data.createReferral.userErrors[0].code, 'idempotency_key_reused')
  t.equal((await stored('select 1 from referrals')).length, 1)

  const rest = await clinic.get(`/v1/referrals/${referral.id}`)
  t.equal(rest.status, 200)
  t.equal(rest.body.priority, 'urgent')

  const unusable = await ask(create, { input: { ...input, idempotencyKey: 'with blank' } })
  t.equal(unusable.data.createReferral.userErrors[0].code, 'invalid_idempotency_key')
})

t.test('the same key on REST and in the graph is the same request', async (t) => {
  const { operator, referred } = await ready(t)
  const id = await referred()
  const onRest = await operator.post(`/v1/referrals/${id}/accept`, {}, { 'idempotency-key': 'both' })
  t.equal(onRest.status, 200)
  const { data } = await graphOf(operator)(accept, { input: { id, idempotencyKey: 'both' } })
  t.equal(data.acceptReferral.replayed, true)
  t.equal(data.acceptReferral.referral.version, onRest.body.version)
})

t.test('what is refused is told with the member that is at fault, in the codes of REST', async (t) => {
  const { clinic, operator, world, referred } = await ready(t)
  const ask = graphOf(clinic)
  const refused = async (changes: object) =>
    (await ask(create, { input: newReferral(world.programId, changes) })).data.createReferral
  const patient = samplePatient({ contactPoints: [], birthDate: '1991-02-31', name: ' ' })
  const faults = await refused({ patient })
  t.equal(faults.referral, null)
  const told = faults.userErrors.map(({ code, field, fault }: Record<string, unknown>) => ({
    code,
    field,
    fault,
  }))
  t.same(
    told.filter(({ field }: { field: string[] }) => field[0] === 'patient'),
    [
      { code: 'invalid_input', field: ['patient', 'name'], fault: 'too_short' },
      { code: 'invalid_input', field: ['patient', 'birthDate'], fault: 'invalid_format' },
    ],
  )
  const { userErrors } = await refused({ consent: { kind: 'SPECIFIC_DISCLOSURE' } })
  t.equal(userErrors[0].code, 'consent_incomplete')
  t.ok(userErrors.length > 5, 'every missing element at once')

  const id = await referred()
  const move = (input: object) => graphOf(operator)(accept, { input })
  const stale = await move({ id, version: 99 })
  t.equal(stale.data.acceptReferral.userErrors[0].code, 'version_conflict')
  t.equal((await move({ id, version: 1 })).data.acceptReferral.referral.status, 'ACCEPTED')
  t.equal((await move({ id })).data.acceptReferral.userErrors[0].code, 'transition_not_allowed')
  t.equal((await move({ id: world.programId })).data.acceptReferral.userErrors[0].code, 'not_found')
})

t.test('a missing scope is an error, not a part of the answer', async (t) => {
  const { as, world, referred } = await ready(t)
  const id = await referred()
  const reader = graphOf(await as(world.operator, ['referrals:read']))
  const { data, errors, status } = await reader(accept, { input: { id } })
  t.equal(status, 200)
  t.equal(data.acceptReferral, null)
  t.equal(errors?.[0].extensions.code, 'insufficient_scope')
  const partly = await reader(
    `query ($id: ID!) { referral(id: $id) { id engagement { status } program { name } } }`,
    { id },
  )
  t.equal(partly.data.referral.id, id)
  t.equal(partly.data.referral.engagement, null)
  t.same(partly.errors?.map(({ path, extensions }) => [path.join('.'), extensions.code]).sort(), [
    ['referral.engagement', 'insufficient_scope'],
    ['referral.program', 'insufficient_scope'],
  ])
})

t.test('changes of one request are made in order, and each sees the one before', async (t) => {
  const { operator, referred, mentor } = await ready(t)
  const [id, mentorId] = [await referred(), await mentor()]
  const { data, errors } = await graphOf(operator)(
    `mutation ($id: ID!, $mentorId: ID!) {
      a: acceptReferral(input: {id: $id}) { referral { status engagement { status } } }
      b: createOffer(input: {id: $id, mentorId: $mentorId}) { offer { id status mentor { id } } userErrors { code } }
      c: acceptReferral(input: {id: $id}) { referral { status } userErrors { code } }
      d: createOffer(input: {id: $id}) { offer { id } userErrors { code field fault } }
    }`,
    { id, mentorId },
  )
  t.same(errors, undefined)
  t.equal(data.a.referral.status, 'ACCEPTED')
  t.equal(data.b.offer.status, 'PENDING')
  t.equal(data.b.offer.mentor.id, mentorId)
  t.same(data.c, { referral: null, userErrors: [{ code: 'transition_not_allowed' }] })
  t.same(data.d.userErrors, [{ code: 'invalid_input', field: ['mentorId'], fault: 'required' }])
})

t.test('null takes a member away where a merge patch has it so, and says nothing elsewhere', async (t) => {
  const { operator, mentor, getMentor } = await ready(t)
  const id = await mentor({ boundaries: 'No calls after nine.', demographics: { gender: 'female' } })
  const { version } = await getMentor(id)
  const update = `mutation ($input: UpdateMentorInput!) { updateMentor(input: $input) { mentor { boundaries capacity version } userErrors { code field } } }`
  const ask = graphOf(operator)
  const { data } = await ask(update, {
    input: { id, version, boundaries: null, capacity: null, demographics: { gender: null, faith: 'none' } },
  })
  t.same(data.updateMentor.userErrors, [])
  t.equal(data.updateMentor.mentor.boundaries, null)
  t.equal(data.updateMentor.mentor.capacity, 3)
  const { errors } = await ask(`mutation { updateMentor(input: {id: "${id}", capacity: 2}) { replayed } }`)
  t.equal(errors?.[0].extensions.code, 'QUERY_INVALID', 'a patch names the version that it is built on')
})
