import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t from 'tap'
import { serverUrl } from '../../support/database.ts'
import { birthDate, dumped, mark, marked, phone } from './story.ts'

/** As text, as bytes in hexadecimal and as base64 at each of its three offsets: the ways in which a dump shows a word. */
function facesOf(word: string): string[] {
  const base64 = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), Buffer.from(word)])
      .toString('base64')
      .replace(/=+$/, '')
    return text.slice(offset === 0 ? 0 : offset + 1, -2)
  })
  return [word, Buffer.from(word).toString('hex'), ...base64]
}

const faces = [mark, phone, birthDate].flatMap(facesOf)
const shows = (text: string) => faces.some((face) => text.includes(face))

t.test('a dump of the database shows no name, number, date of birth or word of anybody', async (t) => {
  const story = await marked(t)
  await story.end()
  const rows = await dumped(story)
  t.ok(rows.some(({ table }) => table === 'public.contacts'))
  t.ok(rows.some(({ table }) => table === 'public.idempotency_answers'))
  const found = rows.filter(({ row }) => shows(row))
  t.same(found, [])

  if (serverUrl && 'connectionString' in story.owner && story.owner.connectionString) {
    const dump = await promisify(execFile)('pg_dump', [story.owner.connectionString], {
      maxBuffer: 256 * 1024 * 1024,
    }).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw error
    })
    t.notOk(dump && shows(dump.stdout), 'nor does pg_dump')
  }
})

t.test('to those who may read it, everything is there', async (t) => {
  const { clinic, operator, referral, id, mentorId, mentorshipId, contactId, end, identifier } =
    await marked(t)
  await end()
  t.match((await clinic.get(`/v1/patients/${referral.patientId}`)).body, {
    name: `${mark} Patient`,
    birthDate,
    postalCode: mark,
    identifiers: [identifier],
    contactPoints: [{ value: phone }],
  })
  t.match((await operator.get(`/v1/patients/${referral.patientId}`)).body, { name: `${mark} Patient` })
  t.match((await operator.get(`/v1/referrals/${id}`)).body, { note: `${mark} note` })
  t.match((await operator.get(`/v1/mentors/${mentorId}`)).body, {
    displayName: `${mark} Mentor`,
    experienceStatement: `${mark} experience`,
    supervisorName: `${mark} Supervisor`,
  })
  t.match((await operator.get(`/v1/mentorships/${mentorshipId}`)).body, { nextSupport: `${mark} next` })
  t.match((await operator.get(`/v1/contacts/${contactId}/versions`)).body.data, [
    { summary: `${mark} corrected` },
    { summary: `${mark} summary` },
  ])
  t.match((await operator.get(`/v1/mentorships/${mentorshipId}/agreements`)).body.data, [
    { goals: [`${mark} goal`], emergencyPlan: `${mark} plan` },
  ])
  t.match((await operator.get(`/v1/referrals/${id}/offers`)).body.data, [
    { status: 'accepted', declineReason: null },
    { declineReason: `${mark} declined` },
  ])
  t.match((await operator.get(`/v1/mentors/${mentorId}/screenings`)).body.data, [
    { rationale: `${mark} rationale` },
  ])
  t.match((await operator.get('/v1/supervision-sessions')).body.data, [{ actions: `${mark} actions` }])
})

t.test('a number finds its patient exactly or not at all, in its own organization', async (t) => {
  const { clinic, as, world, identifier, referral } = await marked(t)
  const found = (api: typeof clinic, value: string) =>
    api.get(`/v1/patients?identifier=${encodeURIComponent(`${identifier.system}|${value}`)}`)
  t.match((await found(clinic, identifier.value)).body.data, [{ id: referral.patientId }])
  t.same((await found(clinic, identifier.value.slice(0, -1))).body.data, [])
  t.same((await found(clinic, identifier.value.toLowerCase())).body.data, [])
  t.same((await found(await as(world.otherClinic), identifier.value)).body.data, [])
})

t.test('the same new number brought by many at once is one patient', async (t) => {
  const { clinic, stored } = await marked(t)
  const identifier = { system: 'https://clinic.example/mrn', value: 'raced' }
  const answers = await Promise.all(
    Array.from({ length: 6 }, (_, index) =>
      clinic.post('/v1/patients', { identifier, name: `Sample ${index}` }),
    ),
  )
  t.equal(new Set(answers.map(({ body }) => body.id)).size, 1)
  t.same(
    await stored(`select count(*)::int as n from person_keys where person_id = $1`, [answers[0]?.body.id]),
    [{ n: 1 }],
  )
})
