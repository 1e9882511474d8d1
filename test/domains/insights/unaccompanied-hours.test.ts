import t from 'tap'
import { ready } from '../engagement/support.ts'

const hour = 3_600_000

t.test('hours without anybody are counted from the request to the mentor, and between mentors', async (t) => {
  const { accepted, match, operator, time } = await ready(t)
  const from = time.now()
  const id = await accepted()
  time.forward({ hours: 5 })
  const mentorshipId = await match(id)
  time.forward({ hours: 20 })
  await operator.post(`/v1/mentorships/${mentorshipId}/close`, { outcome: 'mentor_unavailable' })
  time.forward({ hours: 3 })
  await match(id)
  time.forward({ hours: 10 })
  const hours = async (begin = from, end = time.now()) =>
    (
      await operator.get(
        `/v1/insights/unaccompanied-hours?from=${begin.toISOString()}&to=${end.toISOString()}`,
      )
    ).body
  t.strictSame(await hours(), {
    from: from.toISOString(),
    to: time.now().toISOString(),
    asOf: time.now().toISOString(),
    programId: null,
    referrals: 1,
    openHours: 38,
    unaccompaniedHours: 8,
    waitingForFirstMentorHours: 5,
    betweenMentorsHours: 3,
    people: 1,
    medianHours: 8,
    longestHours: 8,
    longestStretchHours: 5,
  })
  const at = (hours: number) => new Date(from.getTime() + hours * hour)
  t.match(await hours(at(2), at(26.5)), {
    openHours: 24.5,
    waitingForFirstMentorHours: 3,
    betweenMentorsHours: 1.5,
    longestStretchHours: 3,
  })
  t.match(await hours(at(6), at(20)), {
    referrals: 1,
    openHours: 14,
    unaccompaniedHours: 0,
    people: 0,
    medianHours: null,
    longestHours: null,
    longestStretchHours: null,
  })
  t.match(await hours(at(-48), at(-24)), { referrals: 0, openHours: 0, unaccompaniedHours: 0 })
  t.match(await hours(from, at(1_000)), { openHours: 38 }, 'the future has no hours yet')
  t.match(await hours(at(100), at(200)), { referrals: 0, openHours: 0 }, 'none at all')
})

t.test('a hold is no time alone, a pause is no time without a mentor, an absent mentor is', async (t) => {
  const { accepted, matched, operator, time, stored, clinic, referred } = await ready(t)
  const from = time.now()
  const held = await accepted()
  const paused = await matched()
  const away = await matched()
  const mistaken = await referred()
  time.forward({ hours: 4 })
  await clinic.post(`/v1/referrals/${mistaken}/enter-in-error`, { text: 'Wrong patient' })
  const date = { resumeBy: '2026-12-10' }
  await operator.post(`/v1/referrals/${held}/hold`, { reason: 'awaiting_document', ...date })
  await operator.post(`/v1/mentorships/${paused.mentorshipId}/pause`, date)
  await stored('update mentorships set reassign_since = $2 where id = $1', [away.mentorshipId, time.now()])
  time.forward({ hours: 10 })
  await operator.post(`/v1/referrals/${held}/resume`, {})
  time.forward({ hours: 1 })
  const { body } = await operator.get(
    `/v1/insights/unaccompanied-hours?from=${from.toISOString()}&to=${time.now().toISOString()}`,
  )
  t.match(body, {
    referrals: 3,
    openHours: 35,
    unaccompaniedHours: 16,
    waitingForFirstMentorHours: 5,
    betweenMentorsHours: 11,
    people: 2,
    medianHours: 8,
    longestHours: 11,
    longestStretchHours: 11,
  })
})

t.test('each organization counts what it received, and each program its own', async (t) => {
  const { referred, operator, clinic, as, world, time, unknownId } = await ready(t)
  const from = time.now()
  const second = await operator.post('/v1/programs', {
    name: 'Sample Night Line',
    modes: ['phone'],
    languages: ['en'],
  })
  await referred()
  await referred({ programId: second.body.id })
  await referred({ programId: world.otherProgramId })
  time.forward({ hours: 2 })
  const query = `from=${from.toISOString()}&to=${time.now().toISOString()}`
  const read = async (api: typeof operator, more = '') =>
    (await api.get(`/v1/insights/unaccompanied-hours?${query}${more}`)).body
  t.match(await read(operator), { referrals: 2, unaccompaniedHours: 4 })
  t.match(await read(operator, `&programId=${world.programId}`), { referrals: 1, programId: world.programId })
  t.match(await read(await as(world.otherOperator)), { referrals: 1, unaccompaniedHours: 2 })
  t.match(await read(clinic), { referrals: 0, unaccompaniedHours: 0 })
  for (const programId of [world.otherProgramId, unknownId()])
    t.match(await read(operator, `&programId=${programId}`), {
      status: 422,
      errors: [{ pointer: '#/programId', code: 'unknown_program' }],
    })
  const narrow = await as(world.operator, ['engagement:read'])
  t.match(await read(narrow), { status: 403, code: 'insufficient_scope' })
})

t.test('a period is not empty and not longer than a leap year', async (t) => {
  const { operator } = await ready(t)
  const fault = async (query: string) => {
    const { status, body } = await operator.get(`/v1/insights/unaccompanied-hours?${query}`)
    t.equal(status, 422)
    return body.errors.map(({ pointer, code }: Record<string, string>) => `${pointer} ${code}`)
  }
  t.strictSame(await fault('from=2026-01-01T00:00:00Z&to=2026-01-01T00:00:00Z'), ['#/to period_empty'])
  t.strictSame(await fault('from=2025-01-01T00:00:00Z&to=2026-01-02T00:00:01Z'), ['#/to period_too_long'])
  t.strictSame(await fault('from=2026-11-19T00:00:00Z'), ['#/to period_empty'], 'it ends now')
  const lastMonth = (await operator.get('/v1/insights/unaccompanied-hours')).body
  t.match(lastMonth, { from: '2026-10-19T19:00:00.000Z', to: '2026-11-18T19:00:00.000Z' })
})
