import t from 'tap'
import { runSweep } from '../../../src/jobs/run.ts'
import { sweeps } from '../../../src/jobs/sweeps.ts'
import { sampleMentor, sampleReferral } from '../../support/samples.ts'
import { startService } from '../../support/service.ts'

t.test(
  'what must never be is told loudly, again and again, and mended where no judgement is needed',
  async (t) => {
    const { as, createWorld, stored, service, time } = await startService(t)
    const world = await createWorld()
    const [clinic, operator] = [await as(world.clinic), await as(world.operator)]
    const { id: mentorId } = (await operator.post('/v1/mentors', sampleMentor())).body
    await operator.post(`/v1/mentors/${mentorId}/status`, { status: 'active' })
    const { id } = (await clinic.post('/v1/referrals', sampleReferral(world.programId))).body
    await operator.post(`/v1/referrals/${id}/accept`, {})
    const offer = (await operator.post(`/v1/referrals/${id}/offers`, { mentorId })).body
    await operator.post(`/v1/offers/${offer.id}/accept`, {})

    const logged: unknown[] = []
    const log = { debug() {}, info() {}, warn() {}, error: (...said: unknown[]) => void logged.push(said) }
    const verify = sweeps.find(({ name }) => name === 'accompaniment.verify')
    const look = () => (verify ? runSweep(verify, { service, time, log }) : undefined)
    const told = () =>
      stored<{ kind: string; organization_id: string }>(
        `select codes->>'kind' as kind, organization_id from events where type = 'accompaniment.violated' order by id`,
      )
    await look()
    t.same([logged, await told()], [[], []], 'nothing to tell')

    await stored(`update mentors set load = 7 where id = $1`, [mentorId])
    await stored(`update mentors set status = 'paused' where id = $1`, [mentorId])
    await look()
    t.match(await told(), [
      { kind: 'mentor_away', organization_id: world.operator.organizationId },
      { kind: 'load_is_not_the_sum', organization_id: world.operator.organizationId },
    ])
    t.equal(logged.length, 1)
    t.same(await stored('select load from mentors where id = $1', [mentorId]), [{ load: 1 }], 'counted anew')
    await look()
    t.same(
      (await told()).map(({ kind }) => kind),
      ['mentor_away', 'load_is_not_the_sum', 'mentor_away'],
      'found again until somebody has mended it',
    )
  },
)
