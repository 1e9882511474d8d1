/**
 * The whole story against a running demo: token → referral → accept → offer → mentorship → contacts → engagement.
 * Run `npm start` in one terminal and `npm run example` in another. Needs nothing but Node.
 */
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

const path = join(process.env.DATA_DIR ?? 'data', 'demo-credentials.json')
const demo = JSON.parse(
  await readFile(path, 'utf8').catch(() => {
    console.error(`There is no ${path}. Start the service with npm start first.`)
    process.exit(1)
  }),
)

/** Prints a request and its answer, the long notice cut short, and stops at the first that fails. */
async function call(title, method, url, { headers = {}, body } = {}) {
  const reply = await fetch(`${demo.baseUrl}${url}`, { method, headers, body })
  const answer = await reply.json()
  console.log(`\n── ${title}\n${method} ${url}`)
  if (body !== undefined) console.log(String(body).length > 1_500 ? `${String(body).slice(0, 1_500)}…` : String(body))
  console.log(`→ ${reply.status}`)
  console.log(JSON.stringify(answer, (key, value) => (key === 'text' && value?.length > 90 ? `${value.slice(0, 90)}…` : value), 2))
  if (!reply.ok) process.exit(1)
  return answer
}

async function client(name) {
  const { clientId, clientSecret } = demo.clients[name]
  const { access_token: token } = await call(`A token for the ${name}`, 'POST', '/oauth/token', {
    headers: { authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  })
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  return {
    get: (title, url) => call(title, 'GET', url, { headers }),
    post: (title, url, body) =>
      call(title, 'POST', url, { headers: { ...headers, 'idempotency-key': randomUUID() }, body: JSON.stringify(body, null, 2) }),
  }
}

const clinic = await client('clinic')
const operator = await client('operator')
const today = new Date().toISOString()
const inAYear = new Date(Date.now() + 365 * 86_400_000).toISOString()

const referral = await clinic.post('The clinic refers a patient, in one call', '/v1/referrals', {
  placerId: `EHR-ORDER-${Date.now()}`,
  patient: {
    identifier: { system: 'https://clinic.example/mrn', value: '889900' },
    name: 'Sample Patient',
    birthDate: '1991-04-12',
    language: 'en',
    timeZone: 'America/Denver',
    contactPoints: [{ system: 'phone', value: '+13035550142', permissions: ['call', 'text'], preferred: true }],
  },
  programId: demo.programs[0].id,
  reason: ['transition_of_care'],
  priority: 'urgent',
  preferences: { languages: ['en'], modes: ['phone'] },
  consent: {
    patientNameAsSigned: 'Sample Patient',
    bothDirections: true,
    dataClasses: ['identity', 'contact', 'referral_reason', 'referral_status', 'engagement_status', 'contact_summary', 'safety'],
    informationDescription: 'That I was referred to a mentor, how to reach me, and whether we are in contact.',
    purposes: ['treatment'],
    expiration: { on: inAYear.slice(0, 10) },
    statements: { rightToRevoke: true, redisclosurePotential: true, refusalConsequences: true },
    revocationInstructions: 'Write to the front desk of Sample Clinic.',
    signatures: [{ role: 'patient', name: 'Sample Patient', method: 'electronic', signedAt: today }],
    signedOn: today.slice(0, 10),
  },
})
const { id } = referral
const status = `/v1/referrals/${id}/engagement`

await clinic.get('Is the person accompanied yet?', status)
await operator.get('The mentorship operator reads the referral, under the consent', `/v1/referrals/${id}`)
await operator.post('… and accepts it', `/v1/referrals/${id}/accept`, {})
const mentor = await operator.post('A mentor joins', '/v1/mentors', {
  displayName: 'Sample Mentor',
  type: 'peer_certified',
  languages: ['en'],
  modes: ['phone'],
})
await operator.post('… and is ready to accompany', `/v1/mentors/${mentor.id}/status`, { status: 'active' })
const offer = await operator.post('The referral is put before the mentor', `/v1/referrals/${id}/offers`, { mentorId: mentor.id })
const { mentorshipId } = await operator.post('The mentor says yes: a mentorship begins', `/v1/offers/${offer.id}/accept`, {})
await clinic.get('The clinic sees that somebody is there', status)

const contact = (title, result) =>
  operator.post(title, `/v1/mentorships/${mentorshipId}/contacts`, { at: new Date().toISOString(), mode: 'phone', result })
await contact('A first attempt', 'no_answer')
await contact('They talk', 'two_way')
await contact('… and again', 'two_way')
await contact('… and again', 'two_way')
const engagement = await clinic.get('The clinic reads the engagement status', status)
await clinic.get('What happened, step by step', `/v1/referrals/${id}/history`)
console.log(`\nThe person is ${engagement.status}.`)
