import type { Test } from 'tap'
import { openSystemContext } from '../../../src/db/access.ts'
import { sweepRecognition } from '../../../src/domains/recognition/sweep.ts'
import { sampleMentor, sampleReferral } from '../../support/samples.ts'
import { type Answer, startService } from '../../support/service.ts'

export const supervisionRule = { fact: 'supervision_kept', comparison: 'at_least', threshold: 0.9 }

export const sampleScheme = (changes: object = {}) => ({
  code: 'mentorship_ready',
  name: 'Mentorship-ready',
  description: 'Supervision is kept.',
  subject: 'organization',
  validMonths: 12,
  rules: [supervisionRule],
  ...changes,
})

/** A network whose office publishes schemes, and an operator with as many mentors as a test asks for. */
export async function recognitionReady(t: Test) {
  const started = await startService(t)
  const world = await started.createWorld()
  const [office, operator, otherOperator, clinic] = await Promise.all(
    [world.admin, world.operator, world.otherOperator, world.clinic].map((member) => started.as(member)),
  )
  if (!office || !operator || !otherOperator || !clinic) throw new Error('Four members')
  const made = async (asked: Promise<Answer>) => {
    const { status, body } = await asked
    if (status >= 300) throw new Error(JSON.stringify(body))
    return body
  }
  const mentor = async (changes: object = {}) => {
    const { id } = await made(operator.post('/v1/mentors', sampleMentor(changes)))
    await made(operator.post(`/v1/mentors/${id}/status`, { status: 'active' }))
    return id as string
  }
  const mentors = async (count: number) => {
    const ids: string[] = []
    for (let made = 0; made < count; made += 1) ids.push(await mentor({ capacity: 50 }))
    return ids
  }
  const supervise = (mentorIds: readonly string[]) =>
    made(
      operator.post('/v1/supervision-sessions', {
        at: started.time.now().toISOString(),
        kind: 'group',
        minutes: 50,
        mentorIds,
        supervisorName: 'Sample Supervisor',
      }),
    )
  const publish = (changes: object = {}) =>
    made(office.post('/v1/recognition-schemes', sampleScheme(changes)))
  const evaluate = (schemeId: string, body: object = {}) =>
    operator.post(`/v1/recognition-schemes/${schemeId}/evaluations`, body)
  /** A person who is accompanied from now on; returns what their story goes on with. */
  const accompany = async (mentorId: string) => {
    const referral = await made(clinic.post('/v1/referrals', sampleReferral(world.programId)))
    await made(operator.post(`/v1/referrals/${referral.id}/accept`, {}))
    const offer = await made(operator.post(`/v1/referrals/${referral.id}/offers`, { mentorId }))
    const { mentorshipId } = (await operator.post(`/v1/offers/${offer.id}/accept`, {})).body
    return { referralId: referral.id, mentorshipId: mentorshipId as string }
  }
  const talk = (mentorshipId: string) =>
    made(
      operator.post(`/v1/mentorships/${mentorshipId}/contacts`, {
        at: started.time.now().toISOString(),
        mode: 'phone',
        result: 'two_way',
      }),
    )
  const close = (mentorshipId: string, changes: object = {}) =>
    made(
      operator.post(`/v1/mentorships/${mentorshipId}/close`, {
        outcome: 'goals_met',
        nextSupport: 'Sample meetings on Thursdays',
        ...changes,
      }),
    )
  const speak = async (mentorshipId: string, voices: readonly string[] = ['patient', 'mentor']) => {
    for (const voice of voices) {
      const { status, body } = await operator.post(`/v1/mentorships/${mentorshipId}/closing-voices`, {
        voice,
        wouldAgain: true,
      })
      if (status >= 300) throw new Error(JSON.stringify(body))
    }
  }
  /** What the sweep does when its hour comes. */
  const sweep = () =>
    openSystemContext(started.service, world.networkId, {
      requestId: 'test',
      now: started.time.now(),
    }).transaction((ctx) => sweepRecognition(ctx, 50), { action: 'recognition.evaluate' })
  return {
    ...started,
    ...{ world, office, operator, otherOperator, clinic, made, mentor, mentors, supervise },
    ...{ publish, evaluate, accompany, talk, close, speak, sweep },
  }
}

export const faults = ({ body }: { body: { errors?: { pointer: string; code: string }[] } }) =>
  (body.errors ?? []).map(({ pointer, code }) => `${pointer} ${code}`).sort()
