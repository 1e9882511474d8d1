import t from 'tap'
import { sampleConsent } from '../../support/samples.ts'
import { ready } from './support.ts'

interface Entry {
  readonly at: string
  readonly type: string
  readonly codes: Record<string, string>
}

t.test('a timeline tells what happened in order, newest first, in codes', async (t) => {
  const { matched, contact, operator, clinic, sweep, time, stored } = await ready(t)
  const { referralId, mentorshipId } = await matched()
  time.forward({ hours: 1 })
  await contact(mentorshipId, { result: 'no_answer', summary: 'ZZ nobody there' })
  time.forward({ hours: 1 })
  await contact(mentorshipId, { mode: 'video', minutes: 20, summary: 'ZZ what was said' })
  await sweep()
  time.forward({ hours: 1 })
  await operator.post(`/v1/referrals/${referralId}/hold`, {
    reason: 'in_hospital_or_residential',
    text: 'ZZ which hospital',
    resumeBy: '2026-12-01',
  })
  time.forward({ days: 1 })
  await operator.post(`/v1/referrals/${referralId}/resume`, {})
  time.forward({ hours: 1 })
  const began = time.now()
  time.forward({ hours: 1 })
  await stored(
    `insert into mentorship_pauses (network_id, id, organization_id, reader_ids, mentorship_id, referral_id, began_at, ended_at)
     select network_id, gen_random_uuid(), organization_id, reader_ids, id, referral_id, $2, $3 from mentorships where id = $1`,
    [mentorshipId, began, time.now()],
  )
  time.forward({ hours: 1 })
  await operator.post(`/v1/mentorships/${mentorshipId}/close`, {
    outcome: 'planned_end',
    nextSupport: 'ZZ group',
  })
  const { data } = (await operator.get(`/v1/referrals/${referralId}/timeline?limit=100`)).body
  const steps = ['request', 'accept', 'hold', 'resume', 'close_mentorship']
  const told = (data as Entry[])
    .filter(({ codes }) => codes.command === undefined || steps.includes(codes.command))
    .map(({ type, codes }) => [type, codes] as const)
    .reverse()
  t.equal(told.length, 12)
  t.match(told, [
    ['referral.moved', { command: 'request', status: 'requested', businessStatus: 'received' }],
    ['referral.moved', { command: 'accept', status: 'accepted' }],
    ['mentorship.started', { mentorType: 'peer_certified' }],
    ['contact.made', { mode: 'phone', result: 'no_answer' }],
    ['contact.made', { mode: 'video', result: 'two_way' }],
    ['engagement.changed', { status: 'connected', ruleSet: 'eng-1' }],
    ['referral.moved', { command: 'hold', status: 'on_hold', reason: 'in_hospital_or_residential' }],
    ['referral.moved', { command: 'resume', status: 'in_progress' }],
    ['mentorship.paused', {}],
    ['mentorship.resumed', {}],
    ['referral.moved', { command: 'close_mentorship', status: 'completed' }],
    ['mentorship.closed', { outcome: 'planned_end' }],
  ])
  t.notMatch(JSON.stringify(data), /ZZ/)
  const times = (data as Entry[]).map(({ at }) => at)
  t.strictSame(times, times.toSorted().reverse())

  const pages: Entry[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const query: string = cursor ? `&cursor=${cursor}` : ''
    const page = (await operator.get(`/v1/referrals/${referralId}/timeline?limit=2${query}`)).body
    pages.push(...page.data)
    cursor = page.nextCursor
  }
  t.strictSame(pages, data, 'page by page it is the same, without a gap and without a repetition')
  const seen = (await clinic.get(`/v1/referrals/${referralId}/timeline?limit=100`)).body
  t.strictSame(seen.data, data, 'with a consent for all of it the clinic reads the same')
  t.match(seen.disclosure, { notice: { form: 'long' } })
  t.notOk('redacted' in seen)
})

t.test('each kind of entry crosses under its own data class only', async (t) => {
  const { matched, contact, clinic, operator, stored, world, sweep } = await ready(t)
  const under = async (dataClasses: string[]) => {
    const { referralId, mentorshipId } = await matched({ consent: sampleConsent({ dataClasses }) })
    await contact(mentorshipId)
    await sweep()
    return referralId
  }
  const kinds = (data: Entry[]) => [...new Set(data.map(({ type }) => type))].sort()
  const statusOnly = await under(['referral_status', 'engagement_status'])
  const partly = (await clinic.get(`/v1/referrals/${statusOnly}/timeline`)).body
  t.strictSame(kinds(partly.data), ['engagement.changed', 'mentorship.started', 'referral.moved'])
  t.strictSame(partly.redacted, ['contact_summary'])
  t.match(
    await stored('select organization_id, data_classes from disclosures where id = $1', [
      partly.disclosure.id,
    ]),
    [{ organization_id: world.operator.organizationId, data_classes: ['engagement_status'] }],
  )
  const own = (await clinic.get(`/v1/referrals/${await under(['referral_status'])}/timeline`)).body
  t.strictSame(kinds(own.data), ['referral.moved'], 'its own referral’s history needs no consent')
  t.strictSame(own.redacted, ['engagement_status', 'contact_summary'])
  t.notOk('disclosure' in own)
  const theirs = (await operator.get(`/v1/referrals/${statusOnly}/timeline`)).body
  t.strictSame(kinds(theirs.data), [
    'contact.made',
    'engagement.changed',
    'mentorship.started',
    'referral.moved',
  ])
  t.match(theirs.disclosure, { notice: { form: 'long' } }, 'the referral is the clinic’s')
})

t.test('a contact entered in error is no part of it, and to strangers there is none', async (t) => {
  const { matched, contact, operator, as, world, stored, unknownId } = await ready(t)
  const { referralId, mentorshipId } = await matched()
  const { body } = await contact(mentorshipId)
  await stored('update contacts set entered_in_error = true where id = $1', [body.id])
  const { data } = (await operator.get(`/v1/referrals/${referralId}/timeline`)).body
  t.notOk(data.some(({ type }: Entry) => type === 'contact.made'))
  for (const stranger of [world.otherClinic, world.otherOperator])
    t.equal((await (await as(stranger)).get(`/v1/referrals/${referralId}/timeline`)).status, 404)
  t.equal((await operator.get(`/v1/referrals/${unknownId()}/timeline`)).status, 404)
})

t.test('a mentor who is away shows, with the moment since when', async (t) => {
  const { matched, operator, stored, time } = await ready(t)
  const { referralId, mentorshipId } = await matched()
  time.forward({ hours: 1 })
  await stored('update mentorships set reassign_since = $2 where id = $1', [mentorshipId, time.now()])
  t.match((await operator.get(`/v1/referrals/${referralId}/timeline?limit=1`)).body, {
    data: [{ at: time.now().toISOString(), type: 'mentorship.needs_reassignment' }],
    nextCursor: String,
  })
})
