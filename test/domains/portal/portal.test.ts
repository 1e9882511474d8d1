import t from 'tap'
import { routes } from '../../../src/rest/routes.ts'
import { sampleMentor, sampleReferral } from '../../support/samples.ts'
import { type Api, type Started, startService } from '../../support/service.ts'

async function ready(t: Parameters<typeof startService>[0]) {
  const started = await startService(t)
  const world = await started.createWorld()
  const clinic = await started.as(world.clinic)
  const operator = await started.as(world.operator)
  const mentor = async (changes: object = {}) => {
    const { id } = (await operator.post('/v1/mentors', sampleMentor(changes))).body
    await operator.post(`/v1/mentors/${id}/status`, { status: 'active' })
    return id as string
  }
  const referred = async () => {
    const { body } = await clinic.post('/v1/referrals', sampleReferral(world.programId))
    await operator.post(`/v1/referrals/${body.id}/accept`, {})
    return body as { id: string; patientId: string }
  }
  return { ...started, world, clinic, operator, mentor, referred }
}

async function portalOf(
  started: Pick<Started, 'withToken'>,
  by: Api,
  type: string,
  id: string,
  scopes?: string[],
) {
  const answer = await by.post('/v1/portal-tokens', { subject: { type, id }, ...(scopes && { scopes }) })
  return { answer, api: started.withToken(answer.body.accessToken ?? 'none') }
}

t.test('a mentor sees and acts on their own offers and mentorships, and on nobody else’s', async (t) => {
  const started = await ready(t)
  const { operator, mentor, referred } = started
  const [own, other] = [await mentor(), await mentor()]
  const [mine, theirs] = [await referred(), await referred()]
  const offer = (await operator.post(`/v1/referrals/${mine.id}/offers`, { mentorId: own })).body
  const strange = (await operator.post(`/v1/referrals/${theirs.id}/offers`, { mentorId: other })).body
  const { answer, api } = await portalOf(started, operator, 'mentor', own)
  t.match(answer, {
    status: 200,
    body: { tokenType: 'Bearer', expiresIn: 300, subject: { type: 'mentor', id: own } },
  })

  t.same(
    (await api.get('/v1/offers')).body.data.map(({ id }: { id: string }) => id),
    [offer.id],
  )
  t.equal((await api.get(`/v1/offers/${strange.id}`)).status, 404)
  t.equal((await api.post(`/v1/offers/${strange.id}/accept`, {})).status, 404)
  t.equal((await api.get(`/v1/mentors/${other}`)).status, 404)
  const accepted = await api.post(`/v1/offers/${offer.id}/accept`, {})
  t.match(accepted, { status: 200, body: { status: 'accepted' } })
  const { mentorshipId } = accepted.body

  t.match(await api.get(`/v1/mentorships/${mentorshipId}`), { status: 200, body: { mentorId: own } })
  t.match(await api.get(`/v1/mentorships/${mentorshipId}/patient`), {
    status: 200,
    body: {
      name: 'Sample Patient',
      contactPoints: [{ value: '+13035550142' }],
      disclosure: { basis: 'consent' },
    },
  })
  const contact = {
    at: started.time.now().toISOString(),
    mode: 'phone',
    result: 'two_way',
    summary: 'Sample note',
  }
  const recorded = await api.post(`/v1/mentorships/${mentorshipId}/contacts`, contact)
  t.equal(recorded.status, 201)
  t.match(await api.post(`/v1/contacts/${recorded.body.id}/correct`, { result: 'voicemail' }), {
    status: 200,
    body: { version: 2, result: 'voicemail' },
  })
  t.equal((await api.get(`/v1/contacts/${recorded.body.id}/versions`)).body.data.length, 2)

  await operator.post(`/v1/offers/${strange.id}/accept`, {})
  const foreign = (await operator.get(`/v1/mentorships?mentorId=${other}`)).body.data[0].id
  t.equal((await api.get(`/v1/mentorships/${foreign}`)).status, 404)
  t.equal((await api.get(`/v1/mentorships/${foreign}/patient`)).status, 404)
  t.equal((await api.get(`/v1/mentorships/${foreign}/contacts`)).status, 404)
  t.equal((await api.post(`/v1/mentorships/${foreign}/contacts`, contact)).status, 404)
  t.equal((await api.post(`/v1/mentorships/${foreign}/recuse`, {})).status, 404)
  t.same((await api.get('/v1/mentorships')).body.data.length, 1)
  t.match(await api.post(`/v1/mentorships/${mentorshipId}/recuse`, {}), {
    status: 200,
    body: { status: 'closed' },
  })
  t.equal((await api.get(`/v1/mentorships/${mentorshipId}/patient`)).status, 404, 'not after it has closed')
})

t.test('a mentor changes what is their own, and decides alone who sees it', async (t) => {
  const started = await ready(t)
  const { operator, mentor } = started
  const id = await mentor({ type: 'clinician_with_lived_experience', substances: ['alcohol'] })
  const { api } = await portalOf(started, operator, 'mentor', id)
  t.ok((await operator.get(`/v1/mentors/${id}`)).body.withheld.includes('substances'))
  const { headers } = await api.get(`/v1/mentors/${id}`)
  const wide = { releases: { substances: ['coordinator'] } }
  t.match(await operator.patch(`/v1/mentors/${id}`, wide, { 'if-match': String(headers.etag) }), {
    status: 422,
    body: { errors: [{ pointer: '#/releases', code: 'mentor_decides' }] },
  })
  t.match(await api.patch(`/v1/mentors/${id}`, { capacity: 90 }, { 'if-match': String(headers.etag) }), {
    status: 422,
    body: { errors: [{ pointer: '#/capacity', code: 'organization_decides' }] },
  })
  t.equal((await api.patch(`/v1/mentors/${id}`, wide, { 'if-match': String(headers.etag) })).status, 200)
  t.same((await operator.get(`/v1/mentors/${id}`)).body.substances, ['alcohol'])
})

t.test('a patient sees their own record, chooses among the shortlist, and has the last word', async (t) => {
  const started = await ready(t)
  const { clinic, operator, mentor, referred } = started
  const [one, two] = [await mentor({ displayName: 'Sample Mentor One' }), await mentor()]
  const [mine, theirs] = [await referred(), await referred()]
  await operator.post(`/v1/referrals/${mine.id}/shortlist`, { mentorIds: [one, two] })
  const { api } = await portalOf(started, clinic, 'patient', mine.patientId)

  t.equal((await api.get(`/v1/patients/${mine.patientId}`)).status, 200)
  t.equal((await api.get(`/v1/patients/${theirs.patientId}`)).status, 404)
  t.equal((await api.get(`/v1/referrals/${mine.id}`)).status, 200)
  t.equal((await api.get(`/v1/referrals/${theirs.id}`)).status, 404)
  t.match(await api.get(`/v1/referrals/${mine.id}/engagement`), {
    status: 200,
    body: { status: 'awaiting_match' },
  })
  t.equal((await api.get(`/v1/referrals/${theirs.id}/engagement`)).status, 404)
  t.equal((await api.get(`/v1/referrals/${mine.id}/timeline`)).status, 200)
  t.equal((await api.get(`/v1/referrals/${theirs.id}/timeline`)).status, 404)
  const shortlist = await api.get(`/v1/referrals/${mine.id}/shortlist`)
  t.equal(shortlist.body.data.length, 2)
  t.ok(shortlist.body.data.every(({ score }: { score?: number }) => score === undefined))
  t.equal((await api.get(`/v1/referrals/${theirs.id}/shortlist`)).status, 404)
  t.equal((await api.post(`/v1/referrals/${theirs.id}/choice`, { mentorId: one })).status, 404)
  const chosen = await api.post(`/v1/referrals/${mine.id}/choice`, { mentorId: one })
  t.match(chosen, { status: 201, body: { chosenBy: 'patient', mentorId: one, score: null } })
  await operator.post(`/v1/offers/${chosen.body.id}/accept`, {})

  const { id: mentorshipId } = (await api.get('/v1/mentorships')).body.data[0]
  await operator.post(`/v1/mentorships/${mentorshipId}/contacts`, {
    at: started.time.now().toISOString(),
    mode: 'phone',
    result: 'two_way',
  })
  await operator.post(`/v1/mentorships/${mentorshipId}/close`, {
    outcome: 'goals_met',
    nextSupport: 'Sample meetings',
  })
  const voice = { feltAccompanied: 'yes', wouldAgain: true, text: 'Sample words' }
  t.match(await api.post(`/v1/mentorships/${mentorshipId}/closing-voices`, { ...voice, voice: 'mentor' }), {
    status: 422,
    body: { errors: [{ code: 'not_your_voice' }] },
  })
  t.match(await api.post(`/v1/mentorships/${mentorshipId}/closing-voices`, voice), {
    status: 200,
    body: { data: [{ voice: 'patient', text: 'Sample words' }] },
  })
  t.match((await operator.get(`/v1/mentorships/${mentorshipId}/closing-voices`)).body.data, [
    { voice: 'patient' },
  ])
})

t.test('a portal token opens nothing that is not made for a person of its kind', async (t) => {
  const started = await ready(t)
  const { clinic, operator, mentor, referred } = started
  const [id, { patientId }] = [await mentor(), await referred()]
  const portals = {
    mentor: (await portalOf(started, operator, 'mentor', id)).api,
    patient: (await portalOf(started, clinic, 'patient', patientId)).api,
  }
  const anyId = started.unknownId()
  for (const [type, api] of Object.entries(portals))
    for (const route of routes.filter(({ action }) => !(action.portal as readonly string[]).includes(type))) {
      const path = `/v1${route.path.replace(/\{\w+\}/g, anyId)}`
      const answer =
        route.method === 'get'
          ? await api.get(path)
          : route.method === 'patch'
            ? await api.patch(path, {}, { 'if-match': '"v1"' })
            : await api.post(path, route.bulk ? 'x' : {}, route.bulk ? { 'content-type': 'text/csv' } : {})
      t.equal(answer.status, 403, `${type}: ${route.action.id}`)
    }
  const both = await portals.mentor.post('/v1/portal-tokens', { subject: { type: 'mentor', id } })
  t.equal(both.status, 403, 'a token makes no tokens')
})

t.test('a portal token is asked for by those to whom the person belongs', async (t) => {
  const started = await ready(t)
  const { world, clinic, operator, mentor, referred, as } = started
  const [id, { patientId }] = [await mentor(), await referred()]
  const unknown = { status: 422, body: { errors: [{ pointer: '#/subject/id' }] } }
  t.match((await portalOf(started, await as(world.otherOperator), 'mentor', id)).answer, unknown)
  t.match((await portalOf(started, await as(world.otherClinic), 'patient', patientId)).answer, unknown)
  t.equal((await portalOf(started, operator, 'patient', patientId)).answer.status, 200, 'under a consent')
  t.match((await portalOf(started, clinic, 'patient', patientId, ['mentors:read'])).answer, {
    status: 422,
    body: { errors: [{ pointer: '#/scopes/0', code: 'scope_not_for_portal' }] },
  })
  const narrow = await portalOf(started, operator, 'mentor', id, ['mentors:read'])
  t.equal((await narrow.api.get(`/v1/mentors/${id}`)).status, 200)
  t.equal((await narrow.api.get('/v1/offers')).status, 403)
  await operator.post(`/v1/mentors/${id}/status`, { status: 'ended' })
  t.match((await portalOf(started, operator, 'mentor', id)).answer, unknown)
})

t.test('two people behind one portal never share an answer by its key', async (t) => {
  const started = await ready(t)
  const { operator, mentor, referred } = started
  const people = await Promise.all([mentor(), mentor()])
  const offers = []
  for (const mentorId of people) {
    const { id } = await referred()
    offers.push((await operator.post(`/v1/referrals/${id}/offers`, { mentorId })).body.id)
  }
  const key = { 'idempotency-key': 'accept-1' }
  for (const [index, mentorId] of people.entries()) {
    const { api } = await portalOf(started, operator, 'mentor', mentorId)
    const answer = await api.post(`/v1/offers/${offers[index]}/decline`, {}, key)
    t.match(answer, { status: 200, body: { id: offers[index], mentorId } })
  }
})

t.test('behind the person wall raw SQL finds the person’s own rows and no others', async (t) => {
  const started = await ready(t)
  const { operator, mentor, referred, world, service, stored } = started
  const [own, other] = [await mentor(), await mentor()]
  for (const mentorId of [own, other]) {
    const { id } = await referred()
    const offer = (await operator.post(`/v1/referrals/${id}/offers`, { mentorId })).body
    await operator.post(`/v1/offers/${offer.id}/accept`, {})
  }
  const tables = await stored<{ name: string }>(`
    select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization_id'
    where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace
      and c.relname not in ('programs', 'program_capacities', 'idempotency_answers')`)
  const { openContext } = await import('../../../src/db/access.ts')
  const caller = {
    ...world.operator,
    scopes: new Set<string>(),
    person: { type: 'mentor' as const, id: own },
  }
  const ctx = openContext(service, caller, { requestId: 'test', now: started.time.now() })
  const seen: Record<string, number> = {}
  await ctx.transaction(
    async ({ db }) => {
      for (const { name } of tables) {
        const { rows } = await db.execute<{ rows: number }>(`select count(*)::int as rows from ${name}`)
        if (rows[0]?.rows) seen[name] = rows[0].rows
      }
    },
    { action: 'test' },
  )
  t.same(seen, { mentors: 1, offers: 1, mentorships: 1 })
})
