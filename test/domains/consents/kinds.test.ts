import t from 'tap'
import { sampleConsent, sampleReferral } from '../../support/samples.ts'
import { startService } from '../../support/service.ts'

t.test('what 42 CFR 2.31 wants apart is not combined: each of these is a consent of its own', async (t) => {
  const { as, createWorld, stored } = await startService(t)
  const world = await createWorld()
  const clinic = await as(world.clinic)
  const { patientId } = (await clinic.post('/v1/referrals', sampleReferral(world.programId))).body
  const consent = (kind: string, purposes: readonly string[]) =>
    clinic.post('/v1/consents', {
      patientId,
      ...sampleConsent({ kind, purposes, recipients: [{ organizationId: world.operator.organizationId }] }),
    })
  const count = () => stored('select count(*)::int as n from consents')
  const before = await count()
  for (const [kind, purposes, pointer] of [
    ['proceedings', ['legal_proceeding', 'treatment'], '#/purposes'],
    ['proceedings', ['treatment'], '#/purposes'],
    ['specific_disclosure', ['treatment', 'legal_proceeding'], '#/kind'],
    ['counseling_notes', ['treatment', 'legal_proceeding'], '#/kind'],
    ['criminal_justice', ['criminal_justice', 'treatment'], '#/purposes'],
    ['specific_disclosure', ['criminal_justice'], '#/kind'],
    ['research', ['research', 'treatment'], '#/purposes'],
    ['tpo_single', ['treatment', 'research'], '#/purposes'],
  ] as const)
    t.match(
      await consent(kind, purposes),
      { status: 422, body: { errors: [{ pointer, code: 'consent_kind_combined' }] } },
      `${kind} for ${purposes.join(' and ')}`,
    )
  t.same(await count(), before, 'nothing was stored')
  for (const [kind, purposes] of [
    ['proceedings', ['legal_proceeding']],
    ['counseling_notes', ['treatment']],
  ] as const)
    t.equal((await consent(kind, purposes)).status, 201, `${kind} by itself`)
})
