import type { Test } from 'tap'
import { sampleConsent } from '../../support/samples.ts'
import { done, ready as storyReady } from '../stories/ready.ts'

export const planConsent = sampleConsent({
  dataClasses: [
    ...['identity', 'contact', 'referral_reason', 'referral_status', 'engagement_status', 'contact_summary'],
    ...['recovery_plan', 'milestones'],
  ],
})

/** A pair with a plan, and the portals of the two: the person's by the organization that accompanies, and by the clinic. */
export async function ready(t: Test, consent: object = planConsent) {
  const started = await storyReady(t)
  const { operator, clinic, accepted, mentor, paired, portal, reviewer } = started
  const referralId = await accepted({ consent })
  const mentorId = await mentor()
  const mentorshipId = await paired(referralId, mentorId)
  const { patientId } = (await operator.get(`/v1/referrals/${referralId}`)).body as { patientId: string }
  const person = await portal('patient', patientId)
  const personAtClinic = await portal('patient', patientId, clinic)
  const companion = await portal('mentor', mentorId)
  const plan = await done(person.post(`/v1/mentorships/${mentorshipId}/recovery-plan`, {}))
  const path = `/v1/recovery-plans/${plan.id}`
  const change = async (changes: object, api = person) => {
    const { version } = (await api.get(path)).body
    return api.patch(path, changes, { 'if-match': `"v${version}"` })
  }
  const sign = async (api = person) => api.post(`${path}/sign`, { digest: (await api.get(path)).body.digest })
  /** A program's blueprint that is read, with these steps. */
  const published = async (changes: object = {}) => {
    const step = { what: 'Sample: go to one meeting.', domain: 'community' }
    const steps = [
      { key: 'first', ...step },
      { key: 'second', ...step, startDay: 14, after: ['first'] },
    ]
    const { id } = await done(operator.post('/v1/blueprints', { title: 'Sample way', steps, ...changes }))
    await done(operator.post(`/v1/blueprints/${id}/submit`, {}))
    if (!('mentorId' in changes)) await done(operator.post(`/v1/blueprints/${id}/publish`, {}))
    return id as string
  }
  return {
    ...started,
    ...{ referralId, mentorId, mentorshipId, patientId, person, personAtClinic, companion, plan, path },
    ...{ change, sign, published, reviewer },
  }
}

export { done }
