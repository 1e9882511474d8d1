import t, { type Test } from 'tap'
import { made, presenceConsent, sampleProgram, teaching } from '../../support/education.ts'
import { sampleConsent, sampleReferral } from '../../support/samples.ts'
import type { Answer } from '../../support/service.ts'
import { heldBack } from '../qualifications/hold.ts'
import { ready } from '../qualifications/ready.ts'

/** A clinic's patient whom an operator's mentor accompanies, and a learner who goes along. */
async function beside(t: Test, placed: object = {}) {
  const started = await ready(t)
  const { as, world, operator, mentor, time } = started
  const clinic = await as(world.clinic)
  const { post, learner } = teaching(operator)
  const [hostMentorId, supervisorId] = [await mentor({ capacity: 9 }), await mentor()]
  const accompany = async () => {
    const { id, patientId } = await made(
      clinic.post('/v1/referrals', sampleReferral(world.programId, { consent: sampleConsent() })),
    )
    await post(`/v1/referrals/${id}/accept`)
    const offer = await post(`/v1/referrals/${id}/offers`, { mentorId: hostMentorId })
    const { mentorshipId } = await post(`/v1/offers/${offer.id}/accept`)
    return { patientId: patientId as string, mentorshipId: mentorshipId as string }
  }
  const { patientId, mentorshipId } = await accompany()
  const { id: programId } = await post('/v1/learning-programs', sampleProgram())
  const { id: cohortId } = await post(`/v1/learning-programs/${programId}/cohorts`, {
    ...{ name: 'Spring 2027', beginsOn: '2026-11-01', endsOn: '2027-06-30' },
  })
  const { id: learnerId } = await learner({ name: 'Sample Student', profession: 'student' })
  const placement = await post('/v1/placements', {
    ...{ cohortId, learnerId, hostMentorId, supervisorId },
    ...placed,
  })
  const consent = (organizationIds = [world.operator.organizationId], changes: object = {}) =>
    made(clinic.post('/v1/consents', presenceConsent(patientId, organizationIds, changes)))
  time.forward({ hours: 6 })
  const hour = (changes: object = {}, of = placement.id) =>
    operator.post(`/v1/placements/${of}/hours`, {
      ...{ mentorshipId, beganAt: '2026-11-18T20:00:00Z', endedAt: '2026-11-18T21:00:00Z' },
      ...changes,
    })
  const progress = async () => (await operator.get(`/v1/placements/${placement.id}`)).body
  return {
    ...{ ...started, clinic, post, learner, hostMentorId, supervisorId, accompany, patientId, mentorshipId },
    ...{ cohortId, learnerId, placement, consent, hour, progress },
  }
}

t.test('no hour without the person’s own word, asked anew for each', async (t) => {
  const { hour, consent, clinic, progress } = await beside(t)
  const refused = { status: 409, body: { code: 'presence_not_consented' } }
  t.match(await hour(), refused, 'the consent to the referral is none to a learner')
  const { id } = await consent()
  t.match(await hour(), { status: 201, body: { consentId: id, status: 'recorded' } })
  await made(clinic.post(`/v1/consents/${id}/revoke`, {}))
  const later = { beganAt: '2026-11-18T21:00:00Z', endedAt: '2026-11-18T22:00:00Z' }
  t.match(await hour(later), refused, 'nor after it was withdrawn')
  t.match(await progress(), { recordedMinutes: 60, signedMinutes: 0 })
})

const signed = (at: string) => ({
  signatures: [{ role: 'patient', name: 'Sample Patient', method: 'handwritten', signedAt: at }],
  signedOn: at.slice(0, 10),
})

t.test('a word that was given afterwards covers no hour that had begun before it', async (t) => {
  const { hour, consent, progress } = await beside(t)
  const { id } = await consent(undefined, signed('2026-11-18T20:00:01Z'))
  t.match(await hour(), {
    status: 409,
    body: { code: 'presence_not_consented', detail: 'The person consented after the hour had begun.' },
  })
  t.match(await progress(), { recordedMinutes: 0 })
  const after = { beganAt: '2026-11-18T20:00:01Z', endedAt: '2026-11-18T21:00:01Z' }
  t.match(await hour(after), { status: 201, body: { consentId: id } }, 'from the signature on')
})

t.test('of several words the one that stood when the hour began is the one it rests on', async (t) => {
  const { hour, consent } = await beside(t)
  const { id } = await consent(undefined, signed('2026-11-18T19:59:00Z'))
  await consent(undefined, signed('2026-11-18T20:30:00Z'))
  t.match(await hour(), { status: 201, body: { consentId: id } })
})

t.test('of a revocation and an hour at once, no hour rests on what was revoked before', async (t) => {
  const { hour, consent, clinic, owner, learnerId, patientId, stored } = await beside(t)
  const answered: string[] = []
  const noted = async (name: string, asked: Promise<Answer>) => {
    const answer = await asked
    answered.push(name)
    return answer
  }
  const revoked = (id: string) => noted('revocation', clinic.post(`/v1/consents/${id}/revoke`, {}))

  const first = await consent()
  const hourFirst = await heldBack(owner, { table: 'learners', id: learnerId }, [
    () => noted('hour', hour()),
    () => revoked(first.id),
  ])
  t.same(
    hourFirst.map(({ status }) => status),
    [201, 200],
  )
  t.same(answered, ['hour', 'revocation'], 'what was being written is written before the revocation counts')

  const second = await consent()
  const later = { beganAt: '2026-11-18T21:00:00Z', endedAt: '2026-11-18T22:00:00Z' }
  const [ended, refused] = await heldBack(owner, { table: 'patients', id: patientId }, [
    () => revoked(second.id),
    () => noted('hour', hour(later)),
  ])
  t.equal(ended?.status, 200)
  t.match(refused, { status: 409, body: { code: 'presence_not_consented' } })
  t.same(await stored('select from placement_hours where consent_id = $1', [second.id]), [])
})

t.test('what a person rules out stands before what they consented to', async (t) => {
  const { hour, consent, clinic, patientId } = await beside(t)
  await consent()
  await made(
    clinic.post(`/v1/patients/${patientId}/restrictions`, {
      ...{ dataClasses: ['learner_presence'], text: 'Nobody else listens.' },
    }),
  )
  t.match(await hour(), { status: 409, body: { code: 'presence_not_consented' } })
})

t.test('a learner is in one place at a time, whichever placement the hour is of', async (t) => {
  const { hour, consent, accompany, post, learnerId, hostMentorId, supervisorId, clinic, world, progress } =
    await beside(t)
  await consent()
  const next = await accompany()
  await made(clinic.post('/v1/consents', presenceConsent(next.patientId, [world.operator.organizationId])))
  const { id: programId } = await post('/v1/learning-programs', sampleProgram({ name: 'Another' }))
  const { id: cohortId } = await post(`/v1/learning-programs/${programId}/cohorts`, {
    ...{ name: 'Fall', beginsOn: '2026-11-01', endsOn: '2027-06-30' },
  })
  const other = await post('/v1/placements', { cohortId, learnerId, hostMentorId, supervisorId })
  const overlapping = { beganAt: '2026-11-18T20:30:00Z', endedAt: '2026-11-18T21:30:00Z' }
  const both = await Promise.all([hour(), hour({ ...overlapping }, other.id)])
  t.same(both.map(({ status }) => status).sort(), [201, 409], 'of two at once')
  t.match(both.find(({ status }) => status === 409)?.body, { code: 'hours_overlap' })
  const adjoining = await hour({ beganAt: '2026-11-18T21:30:00Z', endedAt: '2026-11-18T22:30:00Z' })
  t.equal(adjoining.status, 201)
  await post(`/v1/placement-hours/${adjoining.body.id}/enter-in-error`)
  const anew = await hour({ beganAt: '2026-11-18T21:30:00Z', endedAt: '2026-11-18T22:00:00Z' })
  t.equal(anew.status, 201, 'what was entered in error takes no time')
  t.ok((await progress()).recordedMinutes <= 90)
})

t.test('the peer supervisor of the placement signs, and nobody else', async (t) => {
  const { hour, consent, mentor, operator, portal, supervisorId, hostMentorId, progress, become } =
    await beside(t)
  await consent()
  const { id } = (await hour({ competencies: ['managing_crises'], reflection: 'It is listening.' })).body
  const sign = (body: object) => operator.post(`/v1/placement-hours/${id}/sign`, body)
  const refused = { status: 409, body: { code: 'sign_off_by_supervisor' } }
  t.match(await sign({ supervisorId: await mentor() }), refused)
  t.match(await sign({ supervisorId: hostMentorId }), refused)
  const [host, supervisor] = [await portal('mentor', hostMentorId), await portal('mentor', supervisorId)]
  t.match(await host.post(`/v1/placement-hours/${id}/sign`, {}), refused, 'nobody signs their own hours')
  t.match(await host.post(`/v1/placement-hours/${id}/sign`, { supervisorId }), refused, 'nor for another')
  const stranger = await portal('mentor', await mentor())
  t.equal((await stranger.post(`/v1/placement-hours/${id}/sign`, {})).status, 404)
  t.match(await progress(), { signedMinutes: 0, status: 'active' })
  await become(supervisorId, 'paused')
  t.match(await sign({ supervisorId }), refused, 'nor while they are away')
  await become(supervisorId, 'active')
  t.match((await supervisor.post(`/v1/placement-hours/${id}/sign`, {})).body, {
    ...{ status: 'signed', signedBy: supervisorId },
  })
  t.match(await progress(), { signedMinutes: 60, signedReflections: 1, evidenced: ['managing_crises'] })
  t.equal((await sign({ supervisorId })).status, 200, 'signing twice changes nothing')
  t.match(await progress(), { signedMinutes: 60 })
  t.match(await operator.post(`/v1/placement-hours/${id}/enter-in-error`, {}), { status: 409 })
})

t.test('a placement is completed with the signature under the last thing that was missing', async (t) => {
  const { hour, consent, post, supervisorId, progress } = await beside(t)
  await consent()
  const first = await hour({ competencies: ['managing_crises'], reflection: 'It is listening.' })
  const second = await hour({
    ...{ beganAt: '2026-11-18T21:00:00Z', endedAt: '2026-11-18T22:00:00Z' },
    competencies: ['sharing_lived_experience'],
  })
  await post(`/v1/placement-hours/${second.body.id}/sign`, { supervisorId })
  t.match(await progress(), { status: 'active' })
  await post(`/v1/placement-hours/${first.body.id}/sign`, { supervisorId })
  t.match(await progress(), { status: 'completed', signedMinutes: 120 })
  const more = await hour({ beganAt: '2026-11-18T22:00:00Z', endedAt: '2026-11-18T23:00:00Z' })
  t.match(more, { status: 409, body: { code: 'transition_not_allowed' } })
})

t.test('a supervisor is a peer, at work, and not in the placement themselves', async (t) => {
  const { operator, cohortId, learner, mentor, hostMentorId, supervisorId } = await beside(t)
  const ally = await mentor({ type: 'clinician_ally' })
  const { id: learnerId } = await learner({ mentorId: supervisorId })
  const place = (body: object) =>
    operator.post('/v1/placements', { cohortId, learnerId, hostMentorId, ...body })
  for (const one of [ally, hostMentorId, supervisorId])
    t.match(await place({ supervisorId: one }), {
      status: 422,
      body: { errors: [{ code: 'supervisor_not_peer' }] },
    })
  t.match(await place({ hostMentorId: supervisorId, supervisorId: hostMentorId }), { status: 422 })
})

t.test('a school reads how far its learner is, and nothing of whom the hours were with', async (t) => {
  const { hour, consent, as, world, post, placement, clinic, patientId, stored, settle } = await beside(t)
  t.ok(placement.schoolOrganizationId === null)
  // The school is another organization of the network.
  const school = await as(world.otherOperator)
  const { id } = await post('/v1/placements', {
    ...{ cohortId: placement.cohortId, schoolReference: 'STUDENT-0042' },
    ...{ hostMentorId: placement.hostMentorId, supervisorId: placement.supervisorId },
    learnerId: (await post('/v1/learners', { name: 'Sample Student' })).id,
    schoolOrganizationId: world.otherOperator.organizationId,
  })
  await consent()
  t.match(
    await hour({}, id),
    { status: 409, body: { code: 'presence_not_consented' } },
    'it names the host alone',
  )
  await consent([world.operator.organizationId, world.otherOperator.organizationId])
  const recorded = await hour({}, id)
  t.equal(recorded.status, 201)
  const seen = await school.get(`/v1/placements/${id}`)
  t.match(seen.body, {
    schoolReference: 'STUDENT-0042',
    recordedMinutes: 60,
    hostMentorId: null,
    supervisorId: null,
  })
  t.same((await school.get(`/v1/placements/${id}/hours`)).body.data, [])
  t.equal((await school.get(`/v1/placement-hours/${recorded.body.id}`)).status, 404)
  t.equal((await school.post(`/v1/placements/${id}/withdraw`, {})).status, 404)
  t.notMatch(JSON.stringify(seen.body), new RegExp(patientId))
  const ledger = await clinic.get(`/v1/patients/${patientId}/disclosures`)
  t.match(
    ledger.body.data.filter(({ dataClasses }: { dataClasses: string[] }) =>
      dataClasses.includes('learner_presence'),
    ),
    [
      {
        recipient: { organizationId: world.otherOperator.organizationId },
        basis: 'consent',
        subjectId: recorded.body.id,
      },
    ],
    'the person sees who was there',
  )
  await settle()
  const told = await stored<{ type: string }>(
    `select type from events where $1 = any (reader_ids) and (type like 'placement%') order by id`,
    [world.otherOperator.organizationId],
  )
  t.same(
    told.map(({ type }) => type),
    ['placement.created'],
  )
})
