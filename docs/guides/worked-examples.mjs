/**
 * Three stories against a running demo, request by request: a school runs a placement; an organization earns recognition and shows it; a
 * patient adopts a blueprint. Run `npm start` in one terminal and `node docs/guides/worked-examples.mjs` in another. Needs nothing but Node.
 */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/**
 * A story gets `client(name)` and `publicly`, each with get, post and patch that answer `{ status, body }`, and the demo's credentials. It says what it
 * expects of each answer, and stops where one is another.
 */
function expecting(status, code) {
  return (title, answer) => {
    if (answer.status === status && (code === undefined || answer.body.code === code)) return answer.body
    throw new Error(`${title}: expected ${status} ${code ?? ''}, got ${answer.status} ${JSON.stringify(answer.body)}`)
  }
}
const [ok, created, conflict] = [expecting(200), expecting(201), (code) => expecting(409, code)]

const minute = 60_000
const dayOf = (at) => new Date(at).toISOString().slice(0, 10)
const year = 365 * 24 * 60 * minute

/** A living mentorship of a person whom the clinic referred, long enough under way. */
async function accompanied({ operator, clinic, now }, suits = async () => true) {
  const { data } = ok('The mentorships', await operator.get('/v1/mentorships?status=active&limit=100'))
  for (const one of data) {
    const isClinics = (await clinic.get(`/v1/referrals/${one.referralId}`)).status === 200
    if (isClinics && Date.parse(one.startedAt) < now - 120 * minute && (await suits(one))) return one
  }
  throw new Error('The demo network has no such mentorship any more. Start with an empty DATA_DIR.')
}

/** A school sends a student along with a mentor, and reads how far they are: nothing of whom they were with. */
export async function placement({ client, demo, now }) {
  const [operator, clinic, school] = [await client('operator'), await client('clinic'), await client('school')]
  const { id: mentorshipId, patientId, mentorId: hostMentorId } = await accompanied({ operator, clinic, now })
  const { data: mentors } = ok('The mentors', await operator.get('/v1/mentors?status=active&type=peer_certified&limit=100'))
  const supervisorId = mentors.find(({ id }) => id !== hostMentorId).id

  const program = created('A program of learning', await operator.post('/v1/learning-programs', {
    name: `Sample Practicum ${now}`,
    framework: 'samhsa_core_2015',
    competencies: ['sharing_lived_experience'],
    requiredMinutes: 45,
    reflectionsRequired: 1,
  }))
  const cohort = created('A cohort', await operator.post(`/v1/learning-programs/${program.id}/cohorts`, {
    name: 'Sample Cohort',
    beginsOn: dayOf(now - 30 * 24 * 60 * minute),
    endsOn: dayOf(now + year),
  }))
  const learner = created('The student', await operator.post('/v1/learners', { name: 'Sample Student', profession: 'student' }))
  const schoolOrganizationId = demo.clients.school.organizationId
  const placed = created('The placement', await operator.post('/v1/placements', {
    cohortId: cohort.id,
    learnerId: learner.id,
    hostMentorId,
    supervisorId,
    schoolOrganizationId,
    schoolReference: 'STUDENT-0042',
    relationship: 'observed',
  }))
  const ago = (minutes) => new Date(now - minutes * minute).toISOString()
  const hour = (from = 60, to = 15) =>
    operator.post(`/v1/placements/${placed.id}/hours`, {
      mentorshipId,
      beganAt: ago(from),
      endedAt: ago(to),
      competencies: ['sharing_lived_experience'],
      reflection: 'Sample: I listened, and learned how little has to be said.',
    })
  conflict('presence_not_consented')('Nobody sits with a person who was not asked', await hour())
  const both = [demo.clients.operator.organizationId, schoolOrganizationId]
  const consent = created('The person was asked, agreed and signed; the clinic writes it down', await clinic.post('/v1/consents', {
    patientId,
    patientNameAsSigned: 'Sample Patient',
    dataClasses: ['learner_presence'],
    informationDescription: 'That somebody who learns is there when I talk with my mentor.',
    purposes: ['treatment'],
    recipients: both.map((organizationId) => ({ organizationId })),
    expiration: { none: true },
    statements: { rightToRevoke: true, redisclosurePotential: true, refusalConsequences: true },
    revocationInstructions: 'Write to the front desk of Sample Clinic.',
    signatures: [{ role: 'patient', name: 'Sample Patient', method: 'handwritten', signedAt: ago(90) }],
    signedOn: dayOf(now - 90 * minute),
  }))
  conflict('presence_not_consented')('What began before they signed is none', await hour(100, 91))
  const recorded = created('An hour', await hour())
  if (recorded.consentId !== consent.id) throw new Error('Each hour names the consent that it rests on')
  conflict('sign_off_by_supervisor')('Nobody else signs it', await operator.post(`/v1/placement-hours/${recorded.id}/sign`, { supervisorId: hostMentorId }))
  ok('The supervisor signs it', await operator.post(`/v1/placement-hours/${recorded.id}/sign`, { supervisorId }))
  const read = ok('The school reads', await school.get(`/v1/placements/${placed.id}`))
  if (read.status !== 'completed') throw new Error(`The placement is ${read.status}`)
  return read
}

/** An organization has an accreditation confirmed, is evaluated by a scheme, and is found with what it earned. */
export async function recognition({ client, publicly, demo, now }) {
  const [operator, office] = [await client('operator'), await client('networkAdmin')]
  const code = `sample_accredited_${now}`
  const accreditation = created('Evidence from outside', await operator.post('/v1/accreditations', {
    code,
    issuer: 'Sample Accreditation Council',
    fromOn: dayOf(now - year),
    untilOn: dayOf(now + year),
    documentSha256: `sha256:${createHash('sha256').update(`Sample document ${now}`).digest('hex')}`,
    public: true,
  }))
  const scheme = created('The office publishes a scheme', await office.post('/v1/recognition-schemes', {
    code,
    name: 'Sample: accredited',
    description: 'Sample: holds an accreditation that the office has seen.',
    subject: 'organization',
    validMonths: 12,
    rules: [{ fact: 'accreditation_held', comparison: 'at_least', threshold: 1, accreditation: code }],
  }))
  const evaluate = () => operator.post(`/v1/recognition-schemes/${scheme.id}/evaluations`, {})
  const before = created('What nobody has seen does not count', await evaluate())
  if (before.outcome !== 'not_met') throw new Error(`It counted: ${before.outcome}`)
  ok('The office has seen the document', await office.post(`/v1/accreditations/${accreditation.id}/confirm`, {}))
  const { outcome, credentialId } = created('Evaluated fact by fact', await evaluate())
  if (outcome !== 'met') throw new Error(`The outcome is ${outcome}`)
  const verified = ok('Anybody verifies it', await publicly.get(`/recognition/credentials/${credentialId}/verify`))
  ok('The office opens the directory', await office.post('/v1/public-directory', { name: 'sample-network' }))
  const { organizationId } = demo.clients.operator
  ok('The organization lists itself', await operator.patch(`/v1/organizations/${organizationId}`, { listed: true }))
  const shown = ok('Anybody finds it', await publicly.get(`/openreferral/sample-network/v3/organizations/${organizationId}`))
  if (!shown.attributes.some(({ value }) => value?.endsWith(credentialId))) throw new Error('It is not shown')
  return verified
}

/** A person takes up a way that others walked, makes it their own, and signs it with their mentor. */
export async function blueprint({ client, portal, now }) {
  const [operator, clinic] = [await client('operator'), await client('clinic')]
  let plan
  const { mentorId, patientId } = await accompanied({ operator, clinic, now }, async ({ id, patientId: of }) => {
    const begun = await (await portal(operator, 'patient', of)).post(`/v1/mentorships/${id}/recovery-plan`, {})
    plan = begun.body
    return begun.status === 201
  })
  const me = await portal(operator, 'patient', patientId)
  const path = `/v1/recovery-plans/${plan.id}`
  const { data } = ok('What there is to choose from', await me.get(`${path}/blueprints`))
  const adopted = ok('The person adopts one', await me.post(`${path}/adopt`, { blueprintId: data[0].id }, { 'if-match': `"v${plan.version}"` }))
  const [first, ...rest] = adopted.goals
  const mine = ok('… and it is theirs to change', await me.patch(path, {
    vision: 'Sample: a quiet house.',
    goals: [{ id: first.id, statement: 'Sample: one meeting, with my sister.', domain: first.domain }],
  }, { 'if-match': `"v${adopted.version}"` }))
  if (mine.goals.length !== 1 || rest.length === 0) throw new Error('The goals are not the person’s own')
  ok('They sign what they read', await me.post(`${path}/sign`, { digest: mine.digest }))
  const mentor = await portal(operator, 'mentor', mentorId)
  const signed = ok('Their mentor signs it too', await mentor.post(`${path}/sign`, { digest: mine.digest }))
  if (!signed.signedByPatientAt || !signed.signedByMentorAt) throw new Error('It is not signed by both')
  return signed
}

/** The stories' way to a running demo. */
async function main() {
  const path = join(process.env.DATA_DIR ?? 'data', 'demo-credentials.json')
  const demo = JSON.parse(await readFile(path, 'utf8'))
  const send = (headers) => async (method, url, body, more) => {
    const reply = await fetch(`${demo.baseUrl}${url}`, {
      method,
      headers: { ...headers, ...(body && { 'content-type': 'application/json' }), ...more },
      ...(body && { body: JSON.stringify(body) }),
    })
    console.log(`${method} ${url} → ${reply.status}`)
    return { status: reply.status, body: await reply.json() }
  }
  const withHeaders = (headers) => {
    const sent = send(headers)
    return {
      get: (url) => sent('GET', url),
      post: (url, body, more) => sent('POST', url, body, more),
      patch: (url, body, more = { 'if-match': '*' }) => sent('PATCH', url, body, more),
    }
  }
  const client = async (name) => {
    const { clientId, clientSecret } = demo.clients[name]
    const reply = await fetch(`${demo.baseUrl}/oauth/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    })
    return withHeaders({ authorization: `Bearer ${(await reply.json()).access_token}` })
  }
  const portal = async (api, type, id) => {
    const { body } = await api.post('/v1/portal-tokens', { subject: { type, id } })
    return withHeaders({ authorization: `Bearer ${body.accessToken}` })
  }
  const given = { client, portal, publicly: withHeaders({}), demo, now: Date.now() }
  for (const story of [placement, recognition, blueprint]) {
    console.log(`\n── ${story.name}`)
    console.log(JSON.stringify(await story(given), null, 2))
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await main()
