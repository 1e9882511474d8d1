import t, { type Test } from 'tap'
import { teaching } from '../../support/education.ts'
import { ready } from '../qualifications/ready.ts'

async function school(t: Test) {
  const started = await ready(t)
  const teach = teaching(started.operator)
  return { ...started, ...teach }
}

t.test('a published version stays as it is, even for whoever owns the database', async (t) => {
  const { course, version, operator, stored } = await school(t)
  const { id: courseId } = await course()
  const { id, contentSha256, version: number } = await version(courseId)
  t.match(contentSha256, /^[0-9a-f]{64}$/)
  const again = await operator.post(`/v1/course-versions/${id}/publish`, {})
  t.match(again.body, { version: number }, 'saying it twice changes nothing')
  await t.rejects(
    stored(`update course_versions set modules = '[]' where id = $1`, [id]),
    /a published version stays as it is/,
  )
  const retired = await operator.post(`/v1/course-versions/${id}/retire`, {})
  t.match(retired.body, { status: 'retired' })
})

t.test('a draft and a retired version take no learners', async (t) => {
  const { course, version, learner, post, operator } = await school(t)
  const { id: courseId } = await course()
  const { id: learnerId } = await learner()
  const draft = await post(`/v1/courses/${courseId}/versions`, {
    ...{ label: 'draft', modules: [{ code: 'one', title: 'One', kind: 'reading' }] },
  })
  const { id: retired } = await version(courseId)
  await post(`/v1/course-versions/${retired}/retire`)
  for (const courseVersionId of [draft.id, retired]) {
    const { status, body } = await operator.post('/v1/enrolments', { learnerId, courseVersionId })
    t.match({ status, body }, { status: 409, body: { code: 'transition_not_allowed' } })
  }
})

t.test(
  'completion comes with the last thing that was missing, on the day on which that was done',
  async (t) => {
    const { course, version, learner, enrol, operator } = await school(t)
    const { id: courseVersionId } = await version((await course()).id, { validMonths: 24 })
    const { id: learnerId } = await learner()
    const { id, missing } = await enrol(learnerId, courseVersionId)
    t.same(missing, ['boundaries', 'final_quiz', '(evaluation)'])
    const of = `/v1/enrolments/${id}`
    const attend = (at: string, minutes: number) =>
      operator.post(`${of}/attendances`, {
        moduleCode: 'boundaries',
        at,
        minutes,
        verifiedBy: 'Sample Instructor',
      })
    await attend('2026-11-02T18:00:00Z', 30)
    const overlapping = await attend('2026-11-02T18:15:00Z', 30)
    t.match(overlapping.body.modules[0], { minutesAttended: 45, done: false }, 'an hour is counted once')
    const there = await attend('2026-11-03T18:00:00Z', 15)
    t.same(there.body.missing, ['final_quiz', '(evaluation)'])
    await operator.post(`${of}/evaluation`, { at: '2026-11-03T19:00:00Z' })
    const done = await operator.post(`${of}/attempts`, {
      moduleCode: 'final_quiz',
      at: '2026-11-04T18:00:00Z',
      score: 80,
    })
    t.match(done.body, {
      status: 'completed',
      completedOn: '2026-11-04',
      minutes: 60,
      validUntil: '2028-11-04',
      missing: [],
    })
    const later = await attend('2026-11-05T18:00:00Z', 15)
    t.match(later.body, { code: 'transition_not_allowed' })
    const twice = await operator.post('/v1/enrolments', { learnerId, courseVersionId })
    t.match(twice.body, { code: 'natural_key_taken' })
  },
)

t.test('a quiz is tried as often as the version says, and then the enrolment has failed', async (t) => {
  const { course, version, learner, enrol, operator } = await school(t)
  const { id: courseVersionId } = await version((await course()).id, { attemptsMax: 2 })
  const { id } = await enrol((await learner()).id, courseVersionId)
  const attempt = (score: number) =>
    operator.post(`/v1/enrolments/${id}/attempts`, {
      moduleCode: 'final_quiz',
      at: '2026-11-04T18:00:00Z',
      score,
    })
  // At once: of the two, each is counted.
  const both = await Promise.all([attempt(10), attempt(20)])
  t.same(
    both.map(({ status }) => status),
    [200, 200],
  )
  const third = await attempt(100)
  t.match(third.body, { code: 'transition_not_allowed' })
  const { body } = await operator.get(`/v1/enrolments/${id}`)
  t.match(body, { status: 'failed', modules: [{}, { attempts: 2, bestScore: 20 }] })
})

t.test('what is not of this version, or has not happened yet, is refused and changes nothing', async (t) => {
  const { course, version, learner, enrol, operator } = await school(t)
  const { id } = await enrol((await learner()).id, (await version((await course()).id)).id)
  const before = await operator.get(`/v1/enrolments/${id}`)
  const refused = async (path: string, body: object, code: string) => {
    const answer = await operator.post(`/v1/enrolments/${id}/${path}`, body)
    t.match(answer, { status: 422, body: { errors: [{ code }] } }, code)
  }
  const at = '2026-11-04T18:00:00Z'
  const verifiedBy = 'Sample Instructor'
  await refused('attendances', { moduleCode: 'final_quiz', at, minutes: 5, verifiedBy }, 'unknown_module')
  await refused('attempts', { moduleCode: 'boundaries', at, score: 5 }, 'unknown_module')
  await refused('evaluation', { at: '2026-12-01T18:00:00Z' }, 'date_in_future')
  t.same((await operator.get(`/v1/enrolments/${id}`)).body, before.body)
})

t.test(
  'a course that is demanded makes a mentor eligible with its completion, and lapses with its end',
  async (t) => {
    const {
      course,
      version,
      learner,
      enrol,
      complete,
      demand,
      mentor,
      eligibility,
      eventsOf,
      shadow,
      sweep,
      time,
    } = await school(t)
    const { id: courseId, code } = await course()
    const { id: courseVersionId } = await version(courseId, { validMonths: 12 })
    const mentorId = await mentor()
    const { id: learnerId } = await learner({ mentorId })
    await demand({ item: 'course', code })
    t.match(await eligibility(mentorId), {
      eligible: false,
      items: [{ item: 'course', code, reason: 'missing' }],
    })
    const { id } = await enrol(learnerId, courseVersionId)
    t.match(await eligibility(mentorId), { items: [{ reason: 'not_completed', evidenceId: id }] })
    await complete(id)
    t.match(await eligibility(mentorId), {
      eligible: true,
      eligibleUntil: '2027-11-18T00:00:00.000Z',
      items: [{ met: true, evidenceId: id }],
    })
    time.set('2027-11-18T12:00:00Z')
    await sweep()
    t.same(
      (await eventsOf(mentorId)).map(({ type, codes }) => ({ type, codes })),
      [
        { type: 'mentor.eligibility_lapsed', codes: { items: code } },
        { type: 'mentor.eligibility_restored', codes: {} },
        { type: 'mentor.eligibility_lapsed', codes: { items: code } },
      ],
    )
    t.ok((await shadow(mentorId))?.clock)
  },
)

t.test('a mentor sees their own learning and nobody else’s', async (t) => {
  const { course, version, learner, enrol, mentor, portal } = await school(t)
  const courseVersionId = (await version((await course()).id)).id
  const mentorId = await mentor()
  const own = await learner({ mentorId })
  const { id: others } = await learner({ name: 'Another Learner' })
  const [mine, theirs] = [await enrol(own.id, courseVersionId), await enrol(others, courseVersionId)]
  const me = await portal('mentor', mentorId)
  t.same(
    (await me.get('/v1/learners')).body.data.map(({ id }: { id: string }) => id),
    [own.id],
  )
  t.same(
    (await me.get('/v1/enrolments')).body.data.map(({ id }: { id: string }) => id),
    [mine.id],
  )
  t.equal((await me.get(`/v1/learners/${others}`)).status, 404)
  t.equal((await me.get(`/v1/enrolments/${theirs.id}`)).status, 404)
  t.equal((await me.post(`/v1/enrolments/${theirs.id}/evaluation`, {})).status, 404)
  t.match((await me.post(`/v1/enrolments/${mine.id}/evaluation`, {})).body, { evaluated: true })
  const forbidden = await me.post(`/v1/enrolments/${mine.id}/attempts`, {
    ...{ moduleCode: 'final_quiz', at: '2026-11-04T18:00:00Z', score: 100 },
  })
  t.match(forbidden, { status: 403 }, 'nobody gives marks to themselves')
})
