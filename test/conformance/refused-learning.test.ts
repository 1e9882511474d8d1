import t, { type Test } from 'tap'
import { ready } from '../domains/qualifications/ready.ts'
import { sampleStory } from '../domains/stories/ready.ts'
import { made, presenceConsent, sampleAccreditation, sampleProgram, teaching } from '../support/education.ts'
import { sampleHash, sampleReferral } from '../support/samples.ts'
import type { Answer } from '../support/service.ts'

const kept = [
  ...['credit_awards', 'certificates', 'enrolments', 'placements', 'placement_hours', 'publications'],
  ...['publication_versions', 'recognition_schemes', 'recognition_credentials', 'events'],
]

/** A running service with each thing that the refusals are about, and a question that says whether anything changed. */
async function school(t: Test) {
  const started = await ready(t)
  const { as, world, operator, stored, mentor } = started
  const [clinic, office] = [await as(world.clinic), await as(world.admin)]
  const state = () =>
    stored<{ digest: string }>(
      kept
        .map(
          (table) =>
            `select md5(coalesce(string_agg(x::text, ',' order by x::text), '')) as digest from ${table} x`,
        )
        .join(' union all '),
    )
  const refused = async (code: string, ask: () => Promise<Answer>, status = 409) => {
    const before = await state()
    const { status: got, body } = await ask()
    const codes = [body.code, ...(body.errors ?? []).map((one: { code: string }) => one.code)]
    t.ok(got === status && codes.includes(code), `${code}: ${got} ${codes.join(' ')}`)
    t.same(await state(), before, `${code}: nothing changed`)
  }
  return { ...started, ...teaching(operator), clinic, office, refused, mentor }
}

t.test('credit and certificates: never more than was accredited, earned, or once', async (t) => {
  const { operator, course, version, learner, enrol, complete, post, refused } = await school(t)
  const { id: courseVersionId } = await version((await course()).id)
  const accredit = (changes: object) =>
    post(`/v1/course-versions/${courseVersionId}/accreditations`, sampleAccreditation(changes))
  const { id: accreditationId } = await accredit({})
  const { id: over } = await accredit({
    ...{ creditType: 'other_ce', effectiveFrom: '2024-01-01', effectiveTo: '2024-12-31' },
  })
  const { id: enrolmentId } = await enrol((await learner()).id, courseVersionId)
  const of = `/v1/enrolments/${enrolmentId}`
  await refused('course_not_completed', () =>
    operator.post(`${of}/certificates`, { signer: 'Sample Director' }),
  )
  await complete(enrolmentId)
  const award = (body: object) => operator.post(`${of}/credit-awards`, body)
  await refused('credit_not_accredited', () => award({ accreditationId, credits: '8.25' }))
  await refused('credit_not_accredited', () => award({ accreditationId: over }))
  await made(award({ accreditationId }))
  await refused('credit_already_awarded', () => award({ accreditationId }))
})

t.test('a story is read while its teller consents, and not a moment longer', async (t) => {
  const { operator, mentor, portal, as, world, unknownId, refused } = await school(t)
  const teller = await portal('mentor', await mentor())
  const reviewer = await as({ ...world.operator, clientId: unknownId() })
  const written = async () =>
    (await made(teller.post('/v1/stories', sampleStory({ audiences: ['public'] })))).id as string
  const untold = await written()
  await made(teller.post(`/v1/stories/${untold}/submit`, {}))
  await refused('teller_consent_required', () => reviewer.post(`/v1/stories/${untold}/publish`, {}))
  const id = await written()
  await made(teller.post(`/v1/stories/${id}/consent`, {}))
  await made(teller.post(`/v1/stories/${id}/submit`, {}))
  await made(teller.post(`/v1/stories/${id}/withdraw`, {}))
  await refused('not_found', () => reviewer.post(`/v1/stories/${id}/publish`, {}), 404)
  t.equal((await operator.get(`/v1/stories/${id}`)).status, 404)
})

t.test('no scheme reads a group of fewer than eleven', async (t) => {
  const { office, refused } = await school(t)
  await refused(
    'group_too_small',
    () =>
      office.post('/v1/recognition-schemes', {
        ...{
          code: 'small',
          name: 'Sample',
          description: 'Sample.',
          subject: 'organization',
          validMonths: 12,
        },
        rules: [{ fact: 'supervision_kept', comparison: 'at_least', threshold: 0.9, minimumGroup: 10 }],
      }),
    422,
  )
})

t.test('an hour beside a mentor is signed by its supervisor, and is at no two places', async (t) => {
  const { clinic, operator, world, mentor, post, learner, time, refused } = await school(t)
  const [hostMentorId, supervisorId, another] = [await mentor(), await mentor(), await mentor()]
  const referral = await made(clinic.post('/v1/referrals', sampleReferral(world.programId)))
  await post(`/v1/referrals/${referral.id}/accept`)
  const offer = await post(`/v1/referrals/${referral.id}/offers`, { mentorId: hostMentorId })
  const { mentorshipId } = await post(`/v1/offers/${offer.id}/accept`)
  await made(
    clinic.post('/v1/consents', presenceConsent(referral.patientId, [world.operator.organizationId])),
  )
  const program = await post('/v1/learning-programs', sampleProgram())
  const cohort = await post(`/v1/learning-programs/${program.id}/cohorts`, {
    ...{ name: 'Sample Cohort', beginsOn: '2026-11-01', endsOn: '2027-06-30' },
  })
  const { id: learnerId } = await learner()
  const placement = await post('/v1/placements', {
    cohortId: cohort.id,
    learnerId,
    hostMentorId,
    supervisorId,
  })
  time.forward({ hours: 4 })
  const hour = (beganAt: string, endedAt: string) =>
    operator.post(`/v1/placements/${placement.id}/hours`, { mentorshipId, beganAt, endedAt })
  const { id } = await made(hour('2026-11-18T20:00:00Z', '2026-11-18T21:00:00Z'))
  await refused('hours_overlap', () => hour('2026-11-18T20:59:00Z', '2026-11-18T21:30:00Z'))
  for (const wrong of [another, hostMentorId])
    await refused('sign_off_by_supervisor', () =>
      operator.post(`/v1/placement-hours/${id}/sign`, { supervisorId: wrong }),
    )
})

t.test('what is forged is refused, and what ran out is expired; anybody learns no more', async (t) => {
  const { operator, office, inject, time } = await school(t)
  const accreditation = await made(
    operator.post('/v1/accreditations', {
      code: 'caprss',
      issuer: 'Sample Council',
      fromOn: '2026-01-01',
      documentSha256: sampleHash,
    }),
  )
  await made(office.post(`/v1/accreditations/${accreditation.id}/confirm`, {}))
  const scheme = await made(
    office.post('/v1/recognition-schemes', {
      ...{ code: 'held', name: 'Sample', description: 'Sample.', subject: 'organization', validMonths: 12 },
      rules: [{ fact: 'accreditation_held', comparison: 'at_least', threshold: 1, accreditation: 'caprss' }],
    }),
  )
  const { credentialId } = await made(operator.post(`/v1/recognition-schemes/${scheme.id}/evaluations`, {}))
  const path = `/recognition/credentials/${credentialId}`
  const jwt = String((await inject({ url: path })).body)
  const verify = async (credential: string) =>
    (await inject({ method: 'POST', url: '/recognition/verify', payload: { credential } })).body
  t.match(await verify(jwt), { status: 'valid' })
  const [head, , signature] = jwt.split('.')
  const forged = [head, Buffer.from('{"sub":"x"}').toString('base64url'), signature].join('.')
  t.match(await verify(forged), { status: 404, code: 'not_found' }, 'and not a word of what stands in it')
  time.forward({ days: 400 })
  t.match((await inject({ url: `${path}/verify` })).body, { status: 'expired' })
})
