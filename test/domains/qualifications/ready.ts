import type { Test } from 'tap'
import { openSystemContext } from '../../../src/db/access.ts'
import { sweepEligibility } from '../../../src/domains/qualifications/sweep.ts'
import { sampleMentor } from '../../support/samples.ts'
import { startService } from '../../support/service.ts'

/** An operator with its mentors, what it demands of them, and what is recorded. */
export async function ready(t: Test, options?: { now?: Date }) {
  const started = await startService(t, options)
  const { service, time, stored } = started
  const world = await started.createWorld()
  const operator = await started.as(world.operator)
  const posted = async (path: string, body: object) => {
    const answer = await operator.post(path, body)
    if (answer.status >= 300) throw new Error(JSON.stringify(answer.body))
    return answer.body
  }
  const become = (id: string, status: string) => posted(`/v1/mentors/${id}/status`, { status })
  const mentor = async (changes: object = {}) => {
    const { id } = await posted('/v1/mentors', sampleMentor(changes))
    await become(id, 'active')
    return id as string
  }
  const demand = (changes: object = {}) =>
    posted('/v1/mentor-requirements', { item: 'screening', code: 'background_check', ...changes })
  const screening = (mentorId: string, changes: object = {}) =>
    posted(`/v1/mentors/${mentorId}/screenings`, sampleScreening(changes))
  const credential = (mentorId: string, changes: object = {}) =>
    posted(`/v1/mentors/${mentorId}/credentials`, sampleCredential(changes))
  const eligibility = async (id: string) => (await operator.get(`/v1/mentors/${id}/eligibility`)).body
  /** What matching reads. */
  const shadow = async (id: string) => {
    const [row] = await stored<{ until: Date | null; clock: string | null }>(
      'select eligible_until as until, remediation_clock_id as clock from mentors where id = $1',
      [id],
    )
    return row
  }
  const clocksOf = (id: string) =>
    stored<{ action: string; running: boolean; due_at: Date; owner_role: string; organization_id: string }>(
      'select action, running, due_at, owner_role, organization_id from clocks where subject_id = $1 order by id',
      [id],
    )
  const running = async (id: string) => (await clocksOf(id)).map((clock) => clock.running)
  const eventsOf = (id: string) =>
    stored<{ type: string; codes: object; organization_id: string }>(
      `select type, codes, organization_id from events where subject_id = $1 and type like 'mentor.eligibility%' order by id`,
      [id],
    )
  const sweep = (limit = 100) =>
    openSystemContext(service, world.networkId, { requestId: 'sweep', now: time.now() }).transaction(
      (ctx) => sweepEligibility(ctx, limit),
      { action: 'test' },
    )
  /** As the portal of this person. */
  const portal = async (type: 'mentor' | 'patient', id: string) =>
    started.withToken((await posted('/v1/portal-tokens', { subject: { type, id } })).accessToken)
  return {
    ...started,
    world,
    operator,
    become,
    mentor,
    demand,
    screening,
    credential,
    eligibility,
    shadow,
    clocksOf,
    running,
    eventsOf,
    sweep,
    portal,
  }
}

export const sampleScreening = (changes: object = {}) => ({
  kind: 'background_check',
  resultClass: 'clear',
  decision: 'eligible',
  decidedBy: 'Sample Coordinator',
  performedOn: '2026-11-02',
  ...changes,
})

export const sampleCredential = (changes: object = {}) => ({
  code: 'icrc_pr',
  issuer: 'Sample Certification Board',
  jurisdiction: 'US-DE',
  issuedOn: '2025-11-18',
  expiresOn: '2027-11-17',
  ...changes,
})
