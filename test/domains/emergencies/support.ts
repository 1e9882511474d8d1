import type { Test } from 'tap'
import { runSweep } from '../../../src/jobs/run.ts'
import { sweeps } from '../../../src/jobs/sweeps.ts'
import { sampleMentor, sampleReferral } from '../../support/samples.ts'
import { type Answer, startService } from '../../support/service.ts'

export const opening = (changes: object = {}) => ({
  reasonCode: 'overdose',
  explanation: 'Brought in by ambulance.',
  medicalPersonnel: { name: 'Dr. Sample', affiliation: 'Sample General Hospital', role: 'physician' },
  whyConsentNotObtainable: 'Unconscious on arrival.',
  discloserName: 'Sample Nurse',
  ...changes,
})

export const documentation = (changes: object = {}) => ({
  medicalPersonnel: { name: 'Dr. Sample', affiliation: 'Sample General Hospital' },
  discloserName: 'Sample Nurse',
  disclosedAt: '2026-11-18T19:00:00Z',
  nature: 'Opioid overdose.',
  ...changes,
})

/** A person of the clinic's who is accompanied by the operator; beside them a hospital that never heard of them. */
export async function ready(t: Test) {
  const started = await startService(t)
  const world = await started.createWorld()
  const [clinic, operator, hospital, otherOperator] = [
    await started.as(world.clinic),
    await started.as(world.operator),
    await started.as(world.otherClinic),
    await started.as(world.otherOperator),
  ]
  /** A second system of the same organization. */
  const another = (member: typeof world.clinic) => started.as({ ...member, clientId: started.unknownId() })
  const privacyOffice = await another(world.clinic)
  const made = async (asked: Promise<Answer>) => {
    const { status, body } = await asked
    if (status >= 300) throw new Error(JSON.stringify(body))
    return body
  }
  const refer = () => made(clinic.post('/v1/referrals', sampleReferral(world.programId)))
  async function accompany() {
    const referral = await refer()
    await made(operator.post(`/v1/referrals/${referral.id}/accept`, {}))
    const { id: mentorId } = await made(operator.post('/v1/mentors', sampleMentor()))
    await made(operator.post(`/v1/mentors/${mentorId}/status`, { status: 'active' }))
    const offer = await made(operator.post(`/v1/referrals/${referral.id}/offers`, { mentorId }))
    const { mentorshipId } = await made(operator.post(`/v1/offers/${offer.id}/accept`, {}))
    await made(
      operator.post(`/v1/mentorships/${mentorshipId}/agreements`, {
        goals: ['Fish again.'],
        emergencyPlan: 'Call my sister.',
      }),
    )
    return { referral, mentorshipId, patientId: referral.patientId as string }
  }
  const deps = { service: started.service, time: started.time, log: console } as never
  const sweep = async () => {
    for (const one of sweeps) await runSweep(one, deps)
  }
  const eventsOf = (id: string) =>
    started.stored<{ type: string; codes: object; readers: string[]; organization_id: string }>(
      `select type, codes, organization_id, reader_ids::text[] as readers from events where subject_id = $1 order by id`,
      [id],
    )
  return {
    ...started,
    world,
    clinic,
    operator,
    hospital,
    otherOperator,
    privacyOffice,
    another,
    made,
    refer,
    accompany,
    sweep,
    eventsOf,
  }
}
