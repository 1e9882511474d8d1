import t, { type Test } from 'tap'
import { initialsOf } from '../../../src/domains/certificates/rules.ts'
import { sampleAccreditation, teaching } from '../../support/education.ts'
import { ready } from '../qualifications/ready.ts'

async function school(t: Test) {
  const started = await ready(t)
  const teach = teaching(started.operator)
  const taught = async (learner: object = {}, version: object = {}) => {
    const course = await teach.course()
    const { id: courseVersionId } = await teach.version(course.id, version)
    const { id: accreditationId } = await teach.post(
      `/v1/course-versions/${courseVersionId}/accreditations`,
      sampleAccreditation(),
    )
    const { id: learnerId } = await teach.learner(learner)
    const enrolment = await teach.enrol(learnerId, courseVersionId)
    return {
      course,
      courseVersionId,
      accreditationId,
      learnerId,
      of: `/v1/enrolments/${enrolment.id}`,
      id: enrolment.id,
    }
  }
  const verify = (number: string) =>
    started.inject({ method: 'GET', url: `/education/certificates/${encodeURIComponent(number)}` })
  return { ...started, ...teach, taught, verify }
}

t.test('anybody with the number learns validity and initials, and nothing else', async (t) => {
  const { taught, complete, post, verify, course: _ } = await school(t)
  const { of, id } = await taught({ name: 'Ana María Sample-Person' })
  await complete(id)
  const { number } = await post(`${of}/certificates`, { signer: 'Sample Director' })
  t.match(number, /^([2-9A-HJ-NP-Z]{4}-){7}[2-9A-HJ-NP-Z]{4}$/)
  const { status, body, headers } = await verify(number)
  t.equal(status, 200)
  t.same(body, { status: 'valid', initials: 'A.P.' })
  t.equal(headers['cache-control'], 'no-store')
  const typed = await verify(number.toLowerCase().replaceAll('-', ' '))
  t.same(typed.body, body, 'as people type it')
})

t.test('a forged number, whatever it looks like, is not there', async (t) => {
  const { taught, complete, post, verify } = await school(t)
  const { of, id } = await taught()
  await complete(id)
  const { number } = await post(`${of}/certificates`, { signer: 'Sample Director' })
  const last = number.at(-1) === 'A' ? 'B' : 'A'
  for (const forged of [
    `${number.slice(0, -1)}${last}`,
    number.slice(0, -1),
    `${number}A`,
    'x',
    "' or 1=1--",
    '💩',
  ]) {
    const answer = await verify(forged)
    t.match(answer, { status: 404, body: { code: 'not_found' } }, forged)
  }
})

t.test('a certificate is stored without its number, its name and its initials', async (t) => {
  const { taught, complete, post, stored } = await school(t)
  const { of, id } = await taught({ name: 'Zyxanthe Sample' })
  await complete(id)
  const { number } = await post(`${of}/certificates`, { signer: 'Sample Director' })
  const rows = JSON.stringify(await stored('select * from certificates'))
  for (const word of [number, 'Zyxanthe', 'Z.S.', 'Sample Director']) t.notOk(rows.includes(word), word)
})

t.test('it expires with the completion, and a revoked one stays revoked', async (t) => {
  const { taught, complete, post, verify, time } = await school(t)
  const { of, id } = await taught({}, { validMonths: 12 })
  await complete(id)
  const certificate = await post(`${of}/certificates`, { signer: 'Sample Director' })
  t.match(certificate, { expiresOn: '2027-11-17', status: 'valid' })
  time.set('2027-11-17T23:59:00Z')
  t.match((await verify(certificate.number)).body, { status: 'valid' }, 'through its last day')
  time.set('2027-11-18T00:00:00Z')
  t.match((await verify(certificate.number)).body, { status: 'expired' })
  await post(`/v1/certificates/${certificate.id}/revoke`, { reason: 'issued_in_error' })
  t.match((await verify(certificate.number)).body, { status: 'revoked' })
})

t.test('an unfinished course has no certificate and no credit', async (t) => {
  const { taught, operator } = await school(t)
  const { of, accreditationId } = await taught()
  const certificate = await operator.post(`${of}/certificates`, { signer: 'Sample Director' })
  t.match(certificate, { status: 409, body: { code: 'course_not_completed' } })
  const credit = await operator.post(`${of}/credit-awards`, { accreditationId })
  t.match(credit, { status: 409, body: { code: 'course_not_completed' } })
})

t.test('credit is awarded once, and never above its accreditation or outside its dates', async (t) => {
  const { taught, complete, operator, post, stored } = await school(t)
  const { of, id, accreditationId, courseVersionId, learnerId } = await taught()
  await complete(id)
  const ask = (body: object) => operator.post(`${of}/credit-awards`, { accreditationId, ...body })
  for (const body of [
    { credits: '8.25' },
    { credits: '8.00', topics: [{ topic: 'ethics', credits: '2.25' }] },
    { credits: '1.00', topics: [{ topic: 'advocacy', credits: '0.25' }] },
  ])
    t.match(await ask(body), { status: 409, body: { code: 'credit_not_accredited' } })
  const late = await post(
    `/v1/course-versions/${courseVersionId}/accreditations`,
    sampleAccreditation({ effectiveFrom: '2026-11-18' }),
  )
  t.match(await ask({ accreditationId: late.id }), { status: 409, body: { code: 'credit_not_accredited' } })
  t.match(await ask({ credits: '1.30' }), { status: 422 })
  const both = await Promise.all([ask({ credits: '6.50' }), ask({ credits: '6.50' })])
  t.same(both.map(({ status }) => status).sort(), [201, 409], 'of two at once')
  t.match(both.find(({ status }) => status === 409)?.body, { code: 'credit_already_awarded' })
  t.match((await operator.get(`/v1/learners/${learnerId}/credit-awards`)).body.data, [
    { credits: '6.50', awardedOn: '2026-11-17', topics: [] },
  ])
  await t.rejects(stored('update credit_awards set quarters = 33'), /credit_awards_within_accreditation/)
  await t.rejects(stored('update credit_awards set quarters_max = 40, quarters = 33'), /foreign key/)
})

t.test(
  'revoking a certificate takes credit, completion and a mentor’s eligibility in the same commit',
  async (t) => {
    const { taught, complete, post, mentor, demand, eligibility, eventsOf, operator, portal } =
      await school(t)
    const mentorId = await mentor()
    const { of, id, accreditationId, course, learnerId, courseVersionId } = await taught({ mentorId })
    await demand({ item: 'course', code: course.code })
    await complete(id)
    await post(`${of}/credit-awards`, { accreditationId })
    const certificate = await post(`${of}/certificates`, { signer: 'Sample Director' })
    t.match(certificate, { credits: '8.00', creditType: 'naadac_ce', providerNumber: 'PROV-1' })
    const me = await portal('mentor', mentorId)
    t.match((await me.get(`/v1/learners/${learnerId}/certificates`)).body.data, [{ id: certificate.id }])
    t.match((await me.get(`/v1/certificates/${certificate.id}`)).body, { credits: '8.00' })
    t.match(await eligibility(mentorId), { eligible: true })
    await post(`/v1/certificates/${certificate.id}/revoke`, { reason: 'false_evidence' })
    t.match(await eligibility(mentorId), { eligible: false, items: [{ reason: 'revoked', evidenceId: id }] })
    t.same(
      (await eventsOf(mentorId)).map(({ type }) => type),
      ['mentor.eligibility_lapsed', 'mentor.eligibility_restored', 'mentor.eligibility_lapsed'],
    )
    t.match((await operator.get(`/v1/learners/${learnerId}/credit-awards`)).body.data, [
      { revokedAt: String },
    ])
    const again = await operator.post('/v1/enrolments', { learnerId, courseVersionId })
    t.equal(again.status, 201, 'they may begin anew')
    t.match(
      (await operator.post(`/v1/certificates/${certificate.id}/revoke`, { reason: 'issued_in_error' })).body,
      {
        revokedBecause: 'false_evidence',
      },
    )
  },
)

t.test('initials are letters of names, whatever else stands there', async (t) => {
  t.equal(initialsOf('Sample'), 'S.')
  t.equal(initialsOf('de la Cruz Peña'), 'D.P.')
  t.equal(initialsOf('=1+1 Øystein (2)'), 'Ø.')
  t.equal(initialsOf('123'), '')
})
