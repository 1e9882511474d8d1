import t from 'tap'
import { done, ready } from './ready.ts'
t.test('x', async (t) => {
  const world = await ready(t)
  const { matched, mentor, offer, accept, operator, service } = world
  const by = await mentor({ capacity: 50 })
  const to = await mentor({ capacity: 50 })
  const orig = service.database.pool.connect.bind(service.database.pool)
  ;(service.database.pool as any).connect = async () => {
    const c: any = await orig()
    if (!c.patched) {
      c.patched = true
      const q = c.query.bind(c)
      c.query = (...a: any[]) => { const p = q(...a); if (p?.catch) p.catch((e: any) => { if (e.code !== '25P02') console.error('PGERR', e.code, e.message, e.constraint, e.detail, String(a[0]?.text ?? a[0]).slice(0, 150)) }); return p }
    }
    return c
  }
  for (let round = 0; round < 4; round += 1) {
    const { referralId, mentorshipId } = await matched(by)
    const asked = await done(offer(referralId, to, { handOver: true }))
    const close = () => operator.post(`/v1/mentorships/${mentorshipId}/close`, { outcome: 'mentor_unavailable' })
    const calls = [() => accept(asked.id), close, () => accept(asked.id)]
    const answers = await Promise.all((round % 2 ? calls.reverse() : calls).map((call) => call()))
    console.error(round, answers.map(a => a.status + ' ' + (a.body.code ?? a.body.status)))
  }
})
