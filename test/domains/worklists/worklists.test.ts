import t from 'tap'
import { runSweep } from '../../../src/jobs/run.ts'
import { sweeps } from '../../../src/jobs/sweeps.ts'
import { sampleMentor, sampleReferral } from '../../support/samples.ts'
import { startService } from '../../support/service.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }

async function ready(t: Parameters<typeof startService>[0]) {
  const started = await startService(t)
  const world = await started.createWorld()
  const clinic = await started.as(world.clinic)
  const operator = await started.as(world.operator)
  const refer = async (changes: object = {}) =>
    (await clinic.post('/v1/referrals', sampleReferral(world.programId, changes))).body.id as string
  const mentor = async (changes: object = {}) => {
    const { id } = (await operator.post('/v1/mentors', sampleMentor(changes))).body
    await operator.post(`/v1/mentors/${id}/status`, { status: 'active' })
    return id as string
  }
  const accompanied = async (mentorId: string) => {
    const id = await refer()
    await operator.post(`/v1/referrals/${id}/accept`, {})
    const offer = (await operator.post(`/v1/referrals/${id}/offers`, { mentorId })).body
    const { mentorshipId } = (await operator.post(`/v1/offers/${offer.id}/accept`, {})).body
    return { id, mentorshipId: mentorshipId as string }
  }
  const list = async (name: string, api = operator) => (await api.get(`/v1/worklists/${name}`)).body.data
  const sweep = async () => {
    for (const one of sweeps)
      await runSweep(one, { service: started.service, time: started.time, log: silent })
  }
  return { ...started, world, clinic, operator, refer, mentor, accompanied, list, sweep }
}

t.test(
  'whom to call today: what falls due before midnight there, overdue first, with the reason',
  async (t) => {
    const { mentor, accompanied, list, time, operator, world, as } = await ready(t)
    const mentorId = await mentor()
    const [first, second] = [await accompanied(mentorId), await accompanied(mentorId)]
    await operator.post(`/v1/mentorships/${first.mentorshipId}/contacts`, {
      at: time.now().toISOString(),
      mode: 'phone',
      result: 'two_way',
    })
    t.match(await list('to-call-today'), [
      {
        referralId: second.id,
        mentorshipId: second.mentorshipId,
        mentorId,
        owner: { role: 'mentor' },
        reason: { code: 'attempt_first_contact', overdue: false },
        disclosure: { basis: 'consent', notice: { form: 'short' } },
      },
    ])
    time.forward({ days: 4 })
    t.match(await list('to-call-today'), [
      { referralId: second.id, reason: { code: 'attempt_first_contact', overdue: true } },
      { referralId: first.id, reason: { code: 'keep_contact' } },
    ])
    const few = await operator.get('/v1/worklists/to-call-today?limit=1')
    const rest = await operator.get(`/v1/worklists/to-call-today?limit=1&cursor=${few.body.nextCursor}`)
    t.same(
      [...few.body.data, ...rest.body.data].map(({ referralId }) => referralId),
      [second.id, first.id],
    )
    t.equal(
      (await operator.get(`/v1/worklists/to-call-today?mentorId=${world.programId}`)).body.data.length,
      0,
    )
    t.same(await list('to-call-today', await as(world.otherOperator)), [])
  },
)

t.test(
  'a clock climbs: a reminder, the coordinator, the organization’s lead, the referring clinic and the hub',
  async (t) => {
    const { refer, list, time, sweep, stored, clinic, world } = await ready(t)
    const id = await refer({ priority: 'asap' })
    const told = () =>
      stored<{ type: string; codes: { level: string }; readers: string[] }>(
        `select type, codes, reader_ids as readers from events where type like 'clock.%' and subject_id = $1 order by occurred_at, id`,
        [id],
      )
    const levels = async () => (await told()).map(({ codes }) => codes.level)
    time.forward({ hours: 1, minutes: 59 })
    await sweep()
    t.same(await levels(), [], 'not before half the time')
    time.forward({ minutes: 1 })
    await sweep()
    await sweep()
    t.same(await levels(), ['reminder'], 'once, however often somebody looks')
    time.forward({ hours: 2 })
    await sweep()
    t.same(await levels(), ['reminder', 'coordinator'])
    t.match(await list('overdue'), [
      { referralId: id, reason: { code: 'acknowledge', overdue: true, level: 'coordinator' } },
    ])
    time.forward({ hours: 2 })
    await sweep()
    t.match((await clinic.get(`/v1/referrals/${id}`)).body.owner, { role: 'organization_lead' })
    time.forward({ hours: 2 })
    await sweep()
    const events = await told()
    t.same(
      events.map(({ type }) => type),
      ['clock.reminded', 'clock.breached', 'clock.escalated', 'clock.escalated'],
    )
    t.notOk(events[0]?.readers.includes(world.clinic.organizationId), 'a reminder stays with the owner')
    for (const { readers } of events.slice(1))
      t.ok(readers.includes(world.clinic.organizationId), 'a breach is the referrer’s to see')
    const hub = await stored<{ n: number }>(
      `select count(*)::int as n from events where type = 'clock.escalated' and subject_type = 'organization' and $1 = any (reader_ids)`,
      [world.admin.organizationId],
    )
    t.same(hub, [{ n: 1 }], 'the hub learns who is late, not with whom')
  },
)

t.test(
  'unanswered in twice the time, a referral goes to a second organization that a consent names',
  async (t) => {
    const { refer, time, sweep, world, clinic, operator, as } = await ready(t)
    const { sampleConsent } = await import('../../support/samples.ts')
    const recipients = [world.operator, world.otherOperator].map(({ organizationId }) => ({
      designation: 'named',
      organizationId,
    }))
    const id = await refer({ priority: 'stat', consent: sampleConsent({ recipients }) })
    const alone = await refer({ priority: 'stat' })
    const other = await as(world.otherOperator)
    time.forward({ hours: 2 })
    for (let look = 0; look < 4; look += 1) await sweep()
    t.match((await clinic.get(`/v1/referrals/${id}`)).body, {
      receivingOrganizationId: world.otherOperator.organizationId,
      status: 'requested',
      nextAction: { code: 'acknowledge' },
    })
    t.equal((await other.get(`/v1/referrals/${id}`)).status, 200)
    t.equal((await operator.get(`/v1/referrals/${id}`)).status, 404, 'the first one no longer sees it')
    t.equal((await other.post(`/v1/referrals/${id}/accept`, {})).status, 200)
    t.match((await clinic.get(`/v1/referrals/${alone}`)).body, {
      receivingOrganizationId: world.operator.organizationId,
    })
  },
)

t.test(
  'awaiting match, needs reassignment, supervision and credentials: each row says why it is there',
  async (t) => {
    const { refer, operator, mentor, accompanied, list, time } = await ready(t)
    const waiting = await refer()
    await operator.post(`/v1/referrals/${waiting}/accept`, {})
    await operator.post(`/v1/referrals/${waiting}/waitlist`, { reviewBy: '2026-12-15' })
    t.match(await list('awaiting-match'), [
      { referralId: waiting, mentorshipId: null, reason: { code: 'offer_mentor' } },
    ])
    const mentorId = await mentor()
    const { id } = await accompanied(mentorId)
    await operator.post(`/v1/mentors/${mentorId}/status`, { status: 'paused', pauseReason: 'wellbeing' })
    t.match(await list('needs-reassignment'), [
      { referralId: id, mentorId, owner: { role: 'coordinator' }, reason: { code: 'reassign_mentor' } },
    ])
    const busy = await mentor()
    await operator.post(`/v1/mentors/${busy}/credentials`, {
      code: 'sample_title',
      issuer: 'Sample Board',
      issuedOn: '2025-12-01',
      expiresOn: '2026-12-01',
      verification: 'self_declared',
    })
    t.match(await list('credential-expiring'), [
      {
        mentorId: busy,
        reason: { code: 'credential_expiring', credential: 'sample_title', expiresOn: '2026-12-01' },
      },
    ])
    t.same(await list('credential-expiring?withinDays=5'), [])
    time.forward({ days: 8 })
    t.match(await list('supervision-due'), [
      { mentorId: busy, reason: { code: 'supervision_due', overdue: true } },
    ])
  },
)
