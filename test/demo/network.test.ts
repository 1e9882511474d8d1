import t from 'tap'
import { buildDemoNetwork } from '../../src/demo/network.ts'
import { startService } from '../support/service.ts'

t.test('a fresh demo network shows each conviction once, to whom it is for', async (t) => {
  const started = await startService(t)
  const demo = await buildDemoNetwork(started.service, started.time.now())
  const client = (name: string) => {
    const member = demo.clients[name]
    if (!member) throw new Error(`The demo has no ${name}`)
    return started.as({ ...member, networkId: demo.networkId })
  }
  const [operator, clinic, school, office] = await Promise.all(
    ['operator', 'clinic', 'school', 'networkAdmin'].map(client),
  )
  if (!operator || !clinic || !school || !office) throw new Error('The demo has these four')
  const publicly = (url: string) => started.inject({ url })
  const idOf = (name: string) => demo.clients[name]?.organizationId

  await t.test('who learns: a course completed with credit and certificate, and one begun', async (t) => {
    const { body } = await operator.get('/v1/enrolments')
    t.match(body.data.map(({ status }: { status: string }) => status).sort(), ['completed', 'enrolled'])
    const [completed, begun] = ['completed', 'enrolled'].map((status) =>
      body.data.find((one: { status: string }) => one.status === status),
    )
    t.same(begun.missing, ['privacy', 'final_quiz', '(evaluation)'])
    const path = `/v1/learners/${completed.learnerId}`
    t.match((await operator.get(path)).body, { name: 'Sample Mentor 1' })
    t.match((await operator.get(`${path}/credit-awards`)).body.data, [{ credits: '3.00' }])
    const external = (await operator.get(`${path}/external-credits`)).body.data
    t.match(external, [{ credits: '6.00', status: 'accepted' }])
    const [certificate] = (await operator.get(`${path}/certificates`)).body.data
    t.same((await publicly(`/education/certificates/${certificate.number}`)).body, {
      status: 'valid',
      initials: 'S.M.',
    })
    const { entries } = (await operator.get(`${path}/transcript`)).body
    t.match(
      entries.map(({ kind }: { kind: string }) => kind),
      ['external', 'course'],
    )
    t.match((await operator.get(`${path}/renewals`)).body.data, [
      { code: 'icrc_pr', met: false, earned: '9.00', missing: '11.00', topics: [{ missing: '0.00' }] },
    ])
  })

  await t.test('a student of a health school beside a mentor, with the person’s own consent', async (t) => {
    t.match((await school.get(`/v1/organizations/${idOf('school')}`)).body, {
      name: 'Sample Health College',
      kind: 'health_school',
    })
    t.match((await school.get('/v1/learners')).body.data, [{ reference: 'STUDENT-0042' }])
    const [placement] = (await school.get('/v1/placements')).body.data
    t.match(placement, { status: 'active', schoolReference: 'STUDENT-0042', signedMinutes: 90 })
    t.same(
      (await school.get(`/v1/placements/${placement.id}/hours`)).body.data,
      [],
      'the school finds no hour',
    )
    const hours = (await operator.get(`/v1/placements/${placement.id}/hours`)).body.data
    t.same(
      hours.map(({ status }: { status: string }) => status),
      ['signed', 'signed'],
    )
    for (const { consentId, beganAt } of hours) {
      const consent = (await clinic.get(`/v1/consents/${consentId}`)).body
      t.same(consent.dataClasses, ['learner_presence'])
      t.ok(consent.signatures[0].signedAt < beganAt, 'nobody sat there before the person had signed')
    }
    const programs = (await operator.get('/v1/learning-programs')).body.data
    t.match((await operator.get(`/v1/learning-programs/${programs[0].id}/cohorts`)).body.data, [
      { id: placement.cohortId },
    ])
  })

  await t.test(
    'a recovery plan out of a blueprint, which the clinic reads as far as the person lets it',
    async (t) => {
      const [plan] = (await clinic.get('/v1/recovery-plans')).body.data
      t.match(plan, { number: 1, currentNumber: 1, signedByPatientAt: String, signedByMentorAt: String })
      t.same(
        plan.goals.map(({ achievement, source }: { achievement: string; source: { step: string } }) => [
          source.step,
          achievement,
        ]),
        [
          ['first_call', 'achieved'],
          ['one_meeting', 'in_progress'],
          ['own_doctor', 'in_progress'],
          ['one_week', 'in_progress'],
        ],
      )
      t.match((await clinic.get(`/v1/recovery-plans/${plan.id}/milestones`)).body.data, [
        { kind: 'goal_achieved', sharedWith: ['mentor', 'clinic'] },
      ])
      t.same(
        (await operator.get(`/v1/recovery-plans/${plan.id}/milestones`)).body.data,
        [],
        'the program was not told',
      )
    },
  )

  await t.test(
    'recognition, by what was confirmed, of an organization and of a mentor who agreed',
    async (t) => {
      t.match((await office.get('/v1/accreditations')).body.data, [
        { organizationId: idOf('operator'), status: 'confirmed', public: true },
      ])
      const credentials = (await operator.get('/v1/recognition-credentials')).body.data
      t.same(credentials.map(({ subject }: { subject: string }) => subject).sort(), [
        'mentor',
        'organization',
      ])
      for (const { id } of credentials)
        t.equal((await publicly(`/recognition/credentials/${id}/verify`)).body.status, 'valid')
      const evaluations = (await operator.get('/v1/recognition-evaluations')).body.data
      const { mentorId } = evaluations.find((one: { mentorId: string | null }) => one.mentorId !== null)
      t.match((await operator.get(`/v1/mentors/${mentorId}/recognition-consents`)).body.data, [
        { method: 'portal', withdrawnAt: null },
      ])
    },
  )

  await t.test('a public directory, of those who list themselves and of nobody else', async (t) => {
    const { status, body } = await publicly('/openreferral/v3/organizations')
    t.equal(status, 200)
    t.same(body.contents.map(({ name }: { name: string }) => name).sort(), [
      'Sample Health College',
      'Sample Peer Alliance',
      'Sample Recovery Community',
    ])
    t.equal((await publicly('/openreferral/v3/services')).body.contents.length, demo.programs.length)
    t.match((await operator.get(`/v1/organizations/${idOf('operator')}/needs`)).body.data, [
      { kind: 'space', status: 'open', public: true },
    ])
    const { attributes } = (await publicly(`/openreferral/v3/organizations/${idOf('operator')}`)).body
    t.same(
      attributes.map(({ taxonomy_term: { code } }: { taxonomy_term: { code: string } }) => code),
      ['rco', 'recognition_credential', 'accreditation', 'space'],
    )
    t.equal((await publicly(`/openreferral/v3/organizations/${idOf('clinic')}`)).status, 404)
  })
})
