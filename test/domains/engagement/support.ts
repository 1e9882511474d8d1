import type { Test } from 'tap'
import type { TxCtx } from '../../../src/core/context.ts'
import { openSystemContext } from '../../../src/db/access.ts'
import { sweepEngagement } from '../../../src/domains/engagement/sweep.ts'
import { sampleMentor, sampleReferral } from '../../support/samples.ts'
import { startService } from '../../support/service.ts'

/** A world in which people are referred, matched and talked to in few words. */
export async function ready(t: Test) {
  const started = await startService(t)
  const { time, service, stored } = started
  const world = await started.createWorld()
  const clinic = await started.as(world.clinic)
  const operator = await started.as(world.operator)
  const admin = await started.as(world.admin)

  const referred = async (changes: object = {}) =>
    (await clinic.post('/v1/referrals', sampleReferral(world.programId, changes))).body.id as string
  const accepted = async (changes: object = {}) => {
    const id = await referred(changes)
    await operator.post(`/v1/referrals/${id}/accept`, {})
    return id
  }
  const mentor = async (changes: object = {}) => {
    const { id } = (await operator.post('/v1/mentors', sampleMentor({ capacity: 50, ...changes }))).body
    await operator.post(`/v1/mentors/${id}/status`, { status: 'active' })
    return id as string
  }
  let somebody: Promise<string> | undefined
  const match = async (referralId: string, mentorId?: string) => {
    somebody ??= mentor()
    const offer = await operator.post(`/v1/referrals/${referralId}/offers`, {
      mentorId: mentorId ?? (await somebody),
    })
    const { body } = await operator.post(`/v1/offers/${offer.body.id}/accept`, {})
    return body.mentorshipId as string
  }
  const matched = async (changes: object = {}) => {
    const referralId = await accepted(changes)
    return { referralId, mentorshipId: await match(referralId) }
  }
  const contact = (mentorshipId: string, changes: object = {}) =>
    operator.post(`/v1/mentorships/${mentorshipId}/contacts`, {
      at: time.now().toISOString(),
      mode: 'phone',
      result: 'two_way',
      ...changes,
    })
  const engagement = async (id: string) => (await clinic.get(`/v1/referrals/${id}/engagement`)).body

  const asSystem = <T>(work: (ctx: TxCtx) => Promise<T>, networkId = world.networkId) =>
    openSystemContext(service, networkId, { requestId: 'sweep', now: time.now() }).transaction(work, {
      action: 'test',
    })
  const sweep = (limit = 200) => asSystem((ctx) => sweepEngagement(ctx, limit))
  const changes = (referralId: string) =>
    stored<{ from: string | null; status: string; rule_set: string; reasons: { code: string }[] }>(
      'select from_status as from, status, rule_set, reasons from engagement_changes where referral_id = $1 order by id',
      [referralId],
    )
  const told = async (referralId: string) =>
    stored<{ organization_id: string; reader_ids: string; codes: Record<string, string> }>(
      `select organization_id, reader_ids::text, codes from events where type = 'engagement.changed' and subject_id = $1 order by id`,
      [referralId],
    )
  return {
    ...started,
    world,
    clinic,
    operator,
    admin,
    referred,
    accepted,
    mentor,
    match,
    matched,
    contact,
    engagement,
    asSystem,
    sweep,
    changes,
    told,
  }
}
