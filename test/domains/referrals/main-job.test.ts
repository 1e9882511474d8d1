import t from 'tap'
import { sampleMentor, sampleReferral } from '../../support/samples.ts'
import { startService } from '../../support/service.ts'

t.test(
  'a clinic refers in one call and sees the person being accompanied, from match to ending',
  async (t) => {
    const { as, createWorld, time } = await startService(t)
    const world = await createWorld()
    const clinic = await as(world.clinic)
    const operator = await as(world.operator)

    const created = await clinic.post('/v1/referrals', sampleReferral(world.programId))
    t.equal(created.status, 201)
    t.match(created.body, {
      status: 'requested',
      businessStatus: 'received',
      organizationId: world.clinic.organizationId,
      receivingOrganizationId: world.operator.organizationId,
      owner: { organizationId: world.operator.organizationId, role: 'coordinator' },
      nextAction: { code: 'acknowledge', dueAt: '2026-11-19T19:00:00.000Z' },
    })
    const { id } = created.body
    const engagement = async () => (await clinic.get(`/v1/referrals/${id}/engagement`)).body
    t.match(await engagement(), { status: 'awaiting_match', mentorship: null })

    t.match((await operator.post(`/v1/referrals/${id}/accept`, {})).body, {
      status: 'accepted',
      nextAction: { code: 'offer_mentor' },
    })
    const mentor = (await operator.post('/v1/mentors', sampleMentor())).body
    await operator.post(`/v1/mentors/${mentor.id}/status`, { status: 'active' })
    const offer = await operator.post(`/v1/referrals/${id}/offers`, { mentorId: mentor.id })
    t.equal(offer.status, 201)
    t.match(await engagement(), { status: 'awaiting_match' })
    const accepted = (await operator.post(`/v1/offers/${offer.body.id}/accept`, {})).body
    t.match(accepted, { status: 'accepted' })
    t.match(await engagement(), {
      status: 'awaiting_first_contact',
      mentorship: { id: accepted.mentorshipId, mentorType: 'peer_certified', startedOn: '2026-11-18' },
      disclosure: { basis: 'consent', notice: { version: '2024-1', form: 'long' } },
    })

    const contact = (result: string, mode = 'phone') =>
      operator.post(`/v1/mentorships/${accepted.mentorshipId}/contacts`, {
        at: time.now().toISOString(),
        mode,
        result,
      })
    time.forward({ hours: 3 })
    t.equal((await contact('no_answer')).status, 201)
    t.match(await engagement(), { status: 'attempting', reasons: [{ code: 'contact_attempted' }] })
    t.match((await clinic.get(`/v1/referrals/${id}`)).body, {
      status: 'in_progress',
      businessStatus: 'attempting_contact',
    })

    time.forward({ hours: 20 })
    await contact('two_way')
    t.match(await engagement(), { status: 'connected', contactsLast30Days: 1 })
    time.forward({ days: 3 })
    await contact('two_way')
    time.forward({ days: 3 })
    await contact('two_way')
    t.match(await engagement(), { status: 'engaged', contactsLast30Days: 3, retention: { day30: null } })
    time.forward({ days: 11 })
    t.match(await engagement(), {
      status: 'at_risk',
      openAlerts: [{ code: 'clock_overdue', action: 'keep_contact' }],
    })
    time.forward({ days: 20 })
    t.match(await engagement(), { status: 'lapsed', retention: { day30: false, day60: null } })
    await contact('two_way')
    t.match(await engagement(), { status: 're_engaged' })
    time.forward({ days: 2 })
    await contact('two_way')
    t.match(await engagement(), { status: 'engaged' })

    const closed = await operator.post(`/v1/mentorships/${accepted.mentorshipId}/close`, {
      outcome: 'goals_met',
      nextSupport: 'Weekly meetings',
    })
    t.match(closed.body, { status: 'closed', outcome: 'goals_met' })
    t.match(await engagement(), { status: 'ended', outcome: 'goals_met' })
    t.match((await clinic.get(`/v1/referrals/${id}`)).body, {
      status: 'completed',
      owner: null,
      nextAction: null,
    })
  },
)
