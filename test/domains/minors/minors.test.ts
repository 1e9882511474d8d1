import fc from 'fast-check'
import t, { type Test } from 'tap'
import { signerFaults } from '../../../src/domains/consents/signers.ts'
import { sampleConsent, samplePatient, sampleReferral } from '../../support/samples.ts'
import { startService } from '../../support/service.ts'

async function ready(t: Test) {
  const started = await startService(t)
  const world = await started.createWorld()
  const clinic = await started.as(world.clinic)
  const office = await started.as(world.admin)
  const sign = (role: string, changes: object = {}) => ({
    role,
    name: `Sample ${role}`,
    signedAt: '2026-11-17T15:00:00Z',
    ...(role !== 'patient' && { authorityBasis: 'Parent' }),
    ...changes,
  })
  const minor = (await clinic.post('/v1/patients', samplePatient({ birthDate: '2010-05-01' }))).body
  const consent = (roles: string[], changes: object = {}) =>
    clinic.post('/v1/consents', {
      patientId: minor.id,
      ...sampleConsent({
        recipients: [{ organizationId: world.operator.organizationId }],
        signatures: roles.map((role) => sign(role)),
        ...changes,
      }),
    })
  return { ...started, world, clinic, office, minor, consent }
}

const codes = ({ body }: { body: { errors?: { code: string }[] } }) => body.errors?.map(({ code }) => code)

t.test(
  'consents of minors are refused until the network has had its table of state law checked',
  async (t) => {
    const { consent, clinic, office, world } = await ready(t)
    t.strictSame(codes(await consent(['patient', 'parent'])), ['consent_minors_not_accepted'])
    const referral = sampleReferral(world.programId, { patient: samplePatient({ birthDate: '2010-05-01' }) })
    t.strictSame(codes(await clinic.post('/v1/referrals', referral)), ['consent_minors_not_accepted'])
    t.equal((await clinic.post('/v1/minor-policy', { minorsAccepted: true })).status, 403)
    t.match(await office.post('/v1/minor-policy', { minorsAccepted: true }), {
      body: { minorsAccepted: true, rules: [] },
    })
  },
)

t.test('where the law of the state is not known, minor and parent sign, and somebody reviews', async (t) => {
  const { consent, office, clinic, as, world, minor } = await ready(t)
  await office.post('/v1/minor-policy', { minorsAccepted: true })
  t.strictSame(codes(await consent(['patient'])), ['consent_parent_signature_missing'])
  t.strictSame(codes(await consent(['parent'])), ['consent_minor_signature_missing'])
  const signed = await consent(['patient', 'parent'], { jurisdiction: 'CO' })
  t.match(signed, { status: 201, body: { status: 'signed', review: 'pending' } })
  const operator = await as(world.operator)
  t.equal((await operator.get(`/v1/patients/${minor.id}`)).status, 404, 'signed is not yet active')
  const review = (outcome: string) => clinic.post(`/v1/consents/${signed.body.id}/review`, { outcome })
  t.match(await review('approved'), { body: { status: 'active', review: 'approved' } })
  t.equal((await operator.get(`/v1/patients/${minor.id}`)).status, 200)
  t.equal((await review('rejected')).status, 409)
  const other = await consent(['patient', 'guardian'])
  t.match(await clinic.post(`/v1/consents/${other.body.id}/review`, { outcome: 'rejected' }), {
    body: { status: 'entered_in_error', review: 'rejected' },
  })
})

t.test('where it is known, it says who signs', async (t) => {
  const { consent, office } = await ready(t)
  const rule = { jurisdiction: 'CO', consentAge: 12, source: 'Sample statute' }
  const older = { jurisdiction: 'UT', consentAge: 18, source: 'Sample statute' }
  await office.post('/v1/minor-policy', { minorsAccepted: true, rules: [rule, older] })
  t.match(await consent(['patient'], { jurisdiction: 'CO' }), { status: 201, body: { status: 'active' } })
  t.strictSame(codes(await consent(['parent'], { jurisdiction: 'CO' })), ['consent_minor_signature_missing'])
  t.strictSame(codes(await consent(['patient'], { jurisdiction: 'UT' })), [
    'consent_parent_signature_missing',
  ])
  t.match(await consent(['patient', 'parent'], { jurisdiction: 'UT' }), { body: { status: 'active' } })
})

t.test('somebody who signs for the patient says by what right', async (t) => {
  const { clinic, world } = await ready(t)
  const patient = (await clinic.post('/v1/patients', samplePatient())).body
  const signatures = [{ role: 'personal_representative', name: 'Sample', signedAt: '2026-11-17T15:00:00Z' }]
  const recipients = [{ organizationId: world.operator.organizationId }]
  const refused = await clinic.post('/v1/consents', {
    patientId: patient.id,
    ...sampleConsent({ signatures, recipients }),
  })
  t.match(refused.body.errors, [
    { pointer: '#/signatures/0/authorityBasis', code: 'consent_signature_authority_missing' },
  ])
})

t.test('nobody under the age of majority is ever bound by a parent’s signature alone', async () => {
  const rule = fc.option(
    fc.record({
      consentAge: fc.integer({ min: 0, max: 21 }),
      parentSignsToo: fc.boolean(),
      majorityAge: fc.integer({ min: 18, max: 21 }),
    }),
    { nil: undefined },
  )
  fc.assert(
    fc.property(
      fc.integer({ min: 2005, max: 2025 }),
      rule,
      fc.subarray(['patient', 'parent', 'guardian']),
      fc.boolean(),
      (year, law, roles, minorsAccepted) => {
        const signed = {
          birthDate: `${year}-06-01`,
          countsFrom: new Date('2026-11-17T12:00:00Z'),
          roles,
          rule: law,
          minorsAccepted,
        }
        const { issues, review } = signerFaults(signed, [])
        const isMinor = 2026 - year < (law?.majorityAge ?? 18)
        if (!isMinor) return issues.length === 0
        const parentSigned = roles.some((role) => role !== 'patient')
        const parentNeeded = !law || law.parentSignsToo || 2026 - year < law.consentAge
        const fits = minorsAccepted && roles.includes('patient') && (parentSigned || !parentNeeded)
        return fits === (issues.length === 0) && (review === 'pending') === (minorsAccepted && !law)
      },
    ),
  )
})
