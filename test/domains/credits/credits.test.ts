import t, { type Test } from 'tap'
import { sampleAccreditation, sampleExternalCredit, sampleRule, teaching } from '../../support/education.ts'
import { ready } from '../qualifications/ready.ts'

async function school(t: Test) {
  const started = await ready(t)
  const { world, as } = started
  const office = await as({ ...world.operator, clientId: started.unknownId() })
  return { ...started, office, ...teaching(started.operator) }
}

t.test('credit that was earned elsewhere counts once somebody else has looked at it', async (t) => {
  const { operator, office, learner, post } = await school(t)
  const { id } = await learner()
  const { id: ruleId } = await post('/v1/renewal-rules', sampleRule)
  const renewal = async () =>
    (await operator.get(`/v1/learners/${id}/renewals?ruleId=${ruleId}&beganOn=2025-12-01`)).body.data[0]
  const sent = await post(`/v1/learners/${id}/external-credits`, sampleExternalCredit)
  t.match(await renewal(), { earned: '0.00', missing: '20.00', met: false, windowTo: '2027-11-30' })
  const own = await operator.post(`/v1/external-credits/${sent.id}/review`, { outcome: 'accepted' })
  t.match(own, { status: 409, body: { code: 'review_by_another' } })
  const reviewed = await office.post(`/v1/external-credits/${sent.id}/review`, { outcome: 'accepted' })
  t.match(reviewed.body, { status: 'accepted', title: 'Ethics for peer workers' })
  t.match(await renewal(), {
    ...{ earned: '6.00', missing: '14.00', met: false },
    topics: [{ topic: 'ethics', required: '6.00', earned: '6.00', missing: '0.00' }],
    counted: [{ id: sent.id, kind: 'external', credits: '6.00', on: '2026-10-02' }],
  })
  const again = await operator.post(`/v1/learners/${id}/external-credits`, sampleExternalCredit)
  t.match(again, { status: 409, body: { code: 'natural_key_taken' } }, 'one piece of evidence counts once')
})

t.test('a mentor sends in credit of their own, and their organization looks at it', async (t) => {
  const { operator, learner, mentor, portal } = await school(t)
  const mentorId = await mentor()
  const { id } = await learner({ mentorId })
  const { id: others } = await learner()
  const me = await portal('mentor', mentorId)
  const sent = await me.post(`/v1/learners/${id}/external-credits`, sampleExternalCredit)
  t.equal(sent.status, 201)
  t.equal((await me.post(`/v1/learners/${others}/external-credits`, sampleExternalCredit)).status, 404)
  const own = await me.post(`/v1/external-credits/${sent.body.id}/review`, { outcome: 'accepted' })
  t.equal(own.status, 403)
  const reviewed = await operator.post(`/v1/external-credits/${sent.body.id}/review`, { outcome: 'rejected' })
  t.match(reviewed.body, { status: 'rejected' })
})

t.test('a transcript says what was learned, as JSON and as a table that runs no formula', async (t) => {
  const { operator, office, course, version, learner, enrol, complete, post } = await school(t)
  const { id: courseId } = await course({ title: '=HYPERLINK("https://evil.example")' })
  const { id: courseVersionId } = await version(courseId)
  const { id: accreditationId } = await post(
    `/v1/course-versions/${courseVersionId}/accreditations`,
    sampleAccreditation(),
  )
  const { id } = await learner({
    name: '@Sample Learner',
    birthMonthDay: '04-12',
    licenseState: 'CO',
    licenseNumber: '-1',
  })
  const enrolment = await enrol(id, courseVersionId)
  await complete(enrolment.id)
  await post(`/v1/enrolments/${enrolment.id}/credit-awards`, { accreditationId })
  await post(`/v1/enrolments/${enrolment.id}/certificates`, { signer: 'Sample Director' })
  const sent = await post(`/v1/learners/${id}/external-credits`, sampleExternalCredit)
  await office.post(`/v1/external-credits/${sent.id}/review`, { outcome: 'accepted' })
  const { body } = await operator.get(`/v1/learners/${id}/transcript`)
  t.match(body.entries, [
    { kind: 'course', status: 'completed', credits: '8.00', certificateStatus: 'valid', minutes: 60 },
    { kind: 'external', provider: 'Sample State University', credits: '6.00', status: 'accepted' },
  ])
  const table = await operator.get(`/v1/learners/${id}/transcript`, { accept: 'text/csv' })
  t.match(table.headers['content-type'], /^text\/csv/)
  const [head, first] = String(table.body).split('\r\n')
  t.match(head, /^kind,id,title,/)
  t.match(first, /"'=HYPERLINK\(""https/)
  const report = await operator.get(`/v1/courses/${courseId}/learner-report`)
  t.match(report.body.data, [
    {
      firstName: '@Sample',
      lastName: 'Learner',
      licenseState: 'CO',
      birthMonthDay: '04-12',
      credits: '8.00',
    },
  ])
  const lines = await operator.get(`/v1/courses/${courseId}/learner-report`, { accept: 'text/csv' })
  t.match(lines.body, /,'@Sample,Learner,CO,'-1,/)
  const none = await operator.get(`/v1/courses/${courseId}/learner-report?completedTo=2026-11-16`)
  t.same(none.body.data, [])
})

t.test('what one organization teaches and keeps is nobody else’s', async (t) => {
  const { as, world, learner, course } = await school(t)
  const other = await as(world.otherOperator)
  const [{ id }, { id: courseId }] = [await learner(), await course()]
  for (const path of [`/learners/${id}`, `/learners/${id}/transcript`, `/courses/${courseId}/learner-report`])
    t.equal((await other.get(`/v1${path}`)).status, 404, path)
  t.same((await other.get('/v1/learners')).body.data, [])
})
