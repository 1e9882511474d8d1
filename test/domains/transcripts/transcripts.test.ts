import t, { type Test } from 'tap'
import {
  made,
  presenceConsent,
  sampleExternalCredit,
  sampleProgram,
  sampleRule,
  teaching,
} from '../../support/education.ts'
import { sampleConsent, sampleReferral } from '../../support/samples.ts'
import { ready } from '../qualifications/ready.ts'

/** A learner with two placements beside a mentor, and a person who has consented to their presence. */
async function placedTwice(t: Test) {
  const started = await ready(t)
  const { as, world, operator, mentor, time } = started
  const clinic = await as(world.clinic)
  const { post, learner } = teaching(operator)
  const [hostMentorId, supervisorId] = [await mentor({ capacity: 9 }), await mentor()]
  const { id, patientId } = await made(
    clinic.post('/v1/referrals', sampleReferral(world.programId, { consent: sampleConsent() })),
  )
  await post(`/v1/referrals/${id}/accept`)
  const offer = await post(`/v1/referrals/${id}/offers`, { mentorId: hostMentorId })
  const { mentorshipId } = await post(`/v1/offers/${offer.id}/accept`)
  await made(clinic.post('/v1/consents', presenceConsent(patientId, [world.operator.organizationId])))
  const { id: programId } = await post('/v1/learning-programs', sampleProgram({ name: 'Sample Peer School' }))
  const { id: learnerId } = await learner({ name: 'Sample Student', profession: 'student' })
  const placed = async (name: string) => {
    const { id: cohortId } = await post(`/v1/learning-programs/${programId}/cohorts`, {
      ...{ name, beginsOn: '2026-11-01', endsOn: '2027-06-30' },
    })
    return post('/v1/placements', { cohortId, learnerId, hostMentorId, supervisorId })
  }
  time.forward({ hours: 6 })
  const hour = (of: string, from: string, to: string) =>
    post(`/v1/placements/${of}/hours`, {
      ...{ mentorshipId, beganAt: `2026-11-18T${from}:00Z`, endedAt: `2026-11-18T${to}:00Z` },
    })
  const sign = (of: string) => post(`/v1/placement-hours/${of}/sign`, { supervisorId })
  const transcript = async () => (await operator.get(`/v1/learners/${learnerId}/transcript`)).body
  return { ...started, post, learnerId, placed, hour, sign, transcript }
}

t.test('a transcript counts the hours of placements that were signed, each and altogether', async (t) => {
  const { operator, learnerId, placed, hour, sign, transcript } = await placedTwice(t)
  const [first, second] = [await placed('Spring 2027'), await placed('Autumn 2027')]
  const [one, two, three] = [
    await hour(first.id, '20:00', '21:00'),
    await hour(first.id, '21:00', '21:30'),
    await hour(second.id, '22:00', '22:45'),
  ]
  t.match(await transcript(), { signedMinutes: 0, entries: [], truncated: false }, 'none was signed')
  await sign(one.id)
  const entry = { kind: 'placement', title: 'Sample Peer School', status: 'active', completedOn: null }
  t.match(await transcript(), { signedMinutes: 60, entries: [{ ...entry, id: first.id, minutes: 60 }] })
  await sign(two.id)
  await sign(three.id)
  t.match(await transcript(), {
    signedMinutes: 135,
    entries: [
      { ...entry, id: second.id, minutes: 45 },
      { ...entry, id: first.id, minutes: 90 },
    ],
  })
  const table = await operator.get(`/v1/learners/${learnerId}/transcript`, { accept: 'text/csv' })
  t.match(table.body, new RegExp(`placement,${first.id},Sample Peer School,,active,,90,`))
})

t.test('what is too much for one answer is told, never left out in silence', async (t) => {
  const started = await ready(t)
  const { as, world, operator, stored, unknownId } = started
  const { post, learner } = teaching(operator)
  const { id } = await learner()
  const { id: ruleId } = await post('/v1/renewal-rules', sampleRule)
  const office = await as({ ...world.operator, clientId: unknownId() })
  const sent = await post(`/v1/learners/${id}/external-credits`, sampleExternalCredit)
  await made(office.post(`/v1/external-credits/${sent.id}/review`, { outcome: 'accepted' }))
  const transcript = async () => (await operator.get(`/v1/learners/${id}/transcript`)).body
  const renewal = async () =>
    (await operator.get(`/v1/learners/${id}/renewals?ruleId=${ruleId}&beganOn=2025-12-01`)).body.data[0]
  const more = (from: number, to: number) =>
    stored(`insert into external_credits (network_id, id, organization_id, learner_id, credit_type, quarters, completed_on,
        evidence_hash, status, submitted_by, reviewed_by, reviewed_at, created_at, updated_at)
      select network_id, gen_random_uuid(), organization_id, learner_id, credit_type, 1, date '2026-01-01' + n % 300,
        'sha256:' || lpad(to_hex(n), 64, '0'), status, submitted_by, reviewed_by, reviewed_at, created_at, updated_at
      from external_credits, generate_series(${from}, ${to}) n where id = '${sent.id}'`)
  await more(1, 999)
  const whole = await transcript()
  t.same([whole.entries.length, whole.truncated], [1_000, false])
  await more(1_000, 1_999)
  const cut = await transcript()
  t.same([cut.entries.length, cut.truncated], [1_000, true])
  const all = await renewal()
  t.same([all.counted.length, all.truncated], [2_000, false])
  await more(2_000, 2_000)
  const some = await renewal()
  t.same([some.counted.length, some.truncated], [2_000, true])
})
