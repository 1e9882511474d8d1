import t from 'tap'
import { openContext } from '../../../src/db/access.ts'
import { markEngagementDue, unshareEngagement } from '../../../src/domains/engagement/mark.ts'
import { sweepEngagement } from '../../../src/domains/engagement/sweep.ts'
import { sampleConsent } from '../../support/samples.ts'
import { ready } from './support.ts'

t.test('what facts and time bring about is told once, with the reasons and the rule set', async (t) => {
  const { matched, contact, sweep, changes, told, time, world } = await ready(t)
  const { referralId, mentorshipId } = await matched()
  await sweep()
  await contact(mentorshipId)
  await sweep()
  t.equal(await sweep(), 0, 'what is not due is not looked at')
  time.forward({ days: 10, hours: 1 })
  t.equal(await sweep(), 1, 'time alone makes it due')
  time.forward({ days: 18 })
  await sweep()
  await contact(mentorshipId)
  await sweep()
  const history = await changes(referralId)
  t.strictSame(
    history.map(({ from, status, rule_set }) => [from, status, rule_set]),
    [
      [null, 'awaiting_first_contact', 'eng-1'],
      ['awaiting_first_contact', 'connected', 'eng-1'],
      ['connected', 'at_risk', 'eng-1'],
      ['at_risk', 'lapsed', 'eng-1'],
      ['lapsed', 're_engaged', 'eng-1'],
    ],
  )
  t.match(history[2]?.reasons, [{ code: 'contact_overdue' }, { code: 'two_way_contact' }])
  t.strictSame(
    await told(referralId),
    history.map(({ from, status }) => ({
      organization_id: world.operator.organizationId,
      reader_ids: `{${world.clinic.organizationId}}`,
      codes: { ...(from && { from }), status, ruleSet: 'eng-1' },
    })),
    'each change is an event of the receiving organization that the sending one may read',
  )
})

t.test('what has not changed is not told, however often facts move', async (t) => {
  const { matched, contact, sweep, changes, time } = await ready(t)
  const { referralId, mentorshipId } = await matched()
  await contact(mentorshipId)
  for (let day = 0; day < 5; day += 1) {
    await contact(mentorshipId, { result: 'no_answer' })
    await sweep()
    time.forward({ days: 1 })
  }
  t.strictSame(
    (await changes(referralId)).map(({ status }) => status),
    ['connected'],
  )
})

t.test('a sweep takes so many at a time, and the longest due first', async (t) => {
  const { referred, sweep, changes, time } = await ready(t)
  const first = await referred()
  time.forward({ minutes: 1 })
  const others = [await referred(), await referred()]
  t.equal(await sweep(1), 1)
  t.equal((await changes(first)).length, 1)
  t.equal(await sweep(1), 1)
  t.equal(await sweep(10), 1)
  t.equal(await sweep(10), 0)
  for (const id of [first, ...others]) t.equal((await changes(id)).length, 1)
})

t.test('of two sweeps at once each change is told by one', async (t) => {
  const { referred, sweep, stored } = await ready(t)
  for (let person = 0; person < 6; person += 1) await referred()
  const looked = await Promise.all([sweep(), sweep(), sweep()])
  while ((await sweep()) > 0);
  t.ok(looked.reduce((sum, next) => sum + next, 0) >= 6)
  t.strictSame(
    await stored(
      'select count(*)::int as changes, count(distinct referral_id)::int as referrals from engagement_changes',
    ),
    [{ changes: 6, referrals: 6 }],
  )
})

t.test('a fact that moves while a sweep looks is looked at again', async (t) => {
  const { matched, contact, sweep, engagement, changes } = await ready(t)
  const { referralId, mentorshipId } = await matched()
  await Promise.all([sweep(), contact(mentorshipId)])
  await sweep()
  t.match(await engagement(referralId), { status: 'connected' })
  t.equal((await changes(referralId)).at(-1)?.status, 'connected')
})

t.test('either side of a referral may say that its facts moved, and nobody else', async (t) => {
  const { referred, world, service, time, stored } = await ready(t)
  const { clinic, operator, otherOperator } = world
  const id = await referred()
  const mark = (member: typeof clinic) =>
    openContext(
      service,
      { ...member, scopes: new Set() },
      { requestId: 'test', now: time.now() },
    ).transaction(
      async (ctx) =>
        markEngagementDue(ctx, {
          id,
          organizationId: operator.organizationId,
          readerIds: [clinic.organizationId],
        }),
      { action: 'test' },
    )
  for (const member of [clinic, operator, clinic]) {
    time.forward({ minutes: 1 })
    await mark(member)
    t.strictSame(
      await stored('select organization_id, reader_ids[1] as reader, due_at from engagement_states'),
      [
        {
          organization_id: operator.organizationId,
          reader: clinic.organizationId,
          due_at: time.now(),
        },
      ],
    )
  }
  await t.rejects(mark(otherOperator))
})

t.test('where a referral goes on to another organization, what is told of it goes along', async (t) => {
  const { referred, world, asSystem, sweep, told, stored } = await ready(t)
  const id = await referred()
  await sweep()
  const next = { organizationId: world.otherOperator.organizationId, readerIds: [] }
  await asSystem(async (ctx) => markEngagementDue(ctx, { id, ...next }))
  await stored(`update engagement_states set status = 'connected' where referral_id = $1`, [id])
  await sweep()
  t.match((await told(id)).at(-1), { organization_id: next.organizationId, reader_ids: '{}' })
})

t.test('another network’s referrals are not its business', async (t) => {
  const { referred, asSystem, createWorld, stored } = await ready(t)
  const elsewhere = await createWorld()
  await referred()
  t.equal(await asSystem((ctx) => sweepEngagement(ctx, 10), elsewhere.networkId), 0)
  t.strictSame(await stored('select id from engagement_changes'), [])
})

t.test('an answer is computed at the moment of the request, not read from what was told', async (t) => {
  const { matched, contact, sweep, engagement, time } = await ready(t)
  const { referralId, mentorshipId } = await matched()
  await contact(mentorshipId)
  await sweep()
  time.forward({ days: 11 })
  t.match(await engagement(referralId), {
    status: 'at_risk',
    ruleSet: 'eng-1',
    reasons: [{ code: 'contact_overdue' }, { code: 'two_way_contact' }],
    retention: { day30: null, day60: null, day90: null },
  })
  time.forward({ days: 80 })
  t.match(await engagement(referralId), {
    status: 'lapsed',
    retention: { day30: false, day60: false, day90: false },
  })
})

t.test('a contact that was entered in error never happened', async (t) => {
  const { matched, contact, engagement, stored } = await ready(t)
  const { referralId, mentorshipId } = await matched()
  await contact(mentorshipId, { result: 'no_answer' })
  const { body } = await contact(mentorshipId)
  t.match(await engagement(referralId), { status: 'connected', contactsLast30Days: 1 })
  await stored('update contacts set entered_in_error = true where id = $1', [body.id])
  t.match(await engagement(referralId), {
    status: 'attempting',
    contactsLast30Days: 0,
    firstContactAt: null,
  })
})

t.test('every pause and hold is read, and silence counts anew after each', async (t) => {
  const { matched, contact, engagement, operator, stored, time } = await ready(t)
  const { referralId, mentorshipId } = await matched()
  await contact(mentorshipId)
  const start = time.now().getTime()
  const at = (days: number) => new Date(start + days * 86_400_000)
  await stored(
    `insert into mentorship_pauses (network_id, id, organization_id, reader_ids, mentorship_id, referral_id, began_at, ended_at)
     select network_id, gen_random_uuid(), organization_id, reader_ids, id, referral_id, span.began_at, span.ended_at
     from mentorships, (values ($2::timestamptz, $3::timestamptz), ($4, $5)) as span (began_at, ended_at) where id = $1`,
    [mentorshipId, at(5), at(20), at(25), at(40)],
  )
  time.set(at(30))
  t.match(await engagement(referralId), { status: 'paused', reasons: [{ code: 'mentorship_paused' }] })
  time.set(at(45))
  t.match(await engagement(referralId), { status: 'connected', since: at(40).toISOString() })
  await operator.post(`/v1/referrals/${referralId}/hold`, {
    reason: 'in_hospital_or_residential',
    resumeBy: at(80).toISOString().slice(0, 10),
  })
  t.match(await engagement(referralId), { status: 'paused', reasons: [{ code: 'referral_on_hold' }] })
  time.set(at(75))
  await operator.post(`/v1/referrals/${referralId}/resume`, {})
  time.set(at(80))
  t.match(await engagement(referralId), { status: 'connected', since: at(75).toISOString() })
})

t.test('an alert names who waits for a mentor, and who was left without anybody', async (t) => {
  const { matched, contact, engagement, operator, clinic, stored, time, match } = await ready(t)
  const { referralId, mentorshipId } = await matched()
  await contact(mentorshipId)
  const away = time.now().toISOString()
  await stored('update mentorships set reassign_since = $2 where id = $1', [mentorshipId, away])
  t.match(await engagement(referralId), {
    status: 'connected',
    openAlerts: [{ code: 'needs_reassignment', action: 'reassign_mentor', since: away }],
  })
  time.forward({ hours: 1 })
  await operator.post(`/v1/mentorships/${mentorshipId}/close`, { outcome: 'mentor_unavailable' })
  t.match(await engagement(referralId), {
    status: 'awaiting_match',
    openAlerts: [{ code: 'unaccompanied', action: 'name_next_support' }],
  })
  const next = await match(referralId)
  t.strictSame((await engagement(referralId)).openAlerts, [], 'the next mentor ends it')
  await contact(next)
  await operator.post(`/v1/mentorships/${next}/close`, { outcome: 'person_ended' })
  t.match(await engagement(referralId), { status: 'ended', openAlerts: [{ code: 'unaccompanied' }] })
  await stored('update mentorships set next_support_declined = true where id = $1', [next])
  t.strictSame((await engagement(referralId)).openAlerts, [], 'who wanted nothing next is not left alone')
  await stored('update mentorships set next_support_declined = false where id = $1', [next])
  await clinic.post(`/v1/referrals/${referralId}/reopen`, { placerId: 'again', consent: sampleConsent() })
  t.strictSame((await engagement(referralId)).openAlerts, [], 'nor who is referred again')
})

t.test('whatever happens at once, in the end what was told is what is', async (t) => {
  const { matched, contact, operator, clinic, sweep, changes, time } = await ready(t)
  const people: { referralId: string; mentorshipId: string }[] = []
  for (let person = 0; person < 6; person += 1) people.push(await matched())
  let busy = true
  const sweeping = [0, 1].map(async () => {
    while (busy) await sweep(3)
  })
  const living = people.map(async ({ referralId, mentorshipId }, index) => {
    await contact(mentorshipId)
    if (index % 3 === 0)
      await clinic.post(`/v1/referrals/${referralId}/cancel`, { reason: 'person_declined' })
    else if (index % 3 === 1)
      await operator.post(`/v1/referrals/${referralId}/hold`, {
        reason: 'incarcerated',
        resumeBy: '2026-12-01',
      })
    else await contact(mentorshipId, { result: 'no_answer' })
  })
  await Promise.all(living)
  busy = false
  await Promise.all(sweeping)
  time.forward({ minutes: 1 })
  while ((await sweep()) > 0);
  for (const [index, { referralId }] of people.entries()) {
    const told = await changes(referralId)
    t.equal(told.at(-1)?.status, ['ended', 'paused', 'connected'][index % 3])
    for (const [place, { from }] of told.entries())
      t.equal(from, place === 0 ? null : told[place - 1]?.status, 'without a gap')
  }
})

t.test('a withdrawn consent takes what was told out of the clinic’s sight', async (t) => {
  const { matched, contact, sweep, asSystem, stored } = await ready(t)
  const { referralId, mentorshipId } = await matched()
  await contact(mentorshipId)
  await sweep()
  await asSystem((ctx) => unshareEngagement(ctx, [referralId]))
  t.strictSame(
    await stored(
      `select reader_ids::text from engagement_states union all select reader_ids::text from engagement_changes`,
    ),
    [{ reader_ids: '{}' }, { reader_ids: '{}' }],
  )
})
