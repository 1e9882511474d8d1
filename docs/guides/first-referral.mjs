/**
 * The whole story against a running demo: token → referral → accept → candidates, explained → automatic offer → the
 * mentor accepts with a portal token → worklist → contacts, one of them corrected → engagement → an ending with both
 * voices. Run `npm start` in one terminal and `npm run example` in another. Needs nothing but Node.
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
  return withToken(token)
}

function withToken(token) {
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
await operator.get('Who fits, in order, and why', `/v1/referrals/${id}/candidates?limit=2`)
await clinic.get('The same, as far as the mentors let a clinic see it', `/v1/referrals/${id}/candidates?limit=2`)
const offer = await operator.post('The best candidate is asked, and after a no the next', `/v1/referrals/${id}/offers`, { auto: true })

/** What a clinic or program embeds in its own portal: a token that finds nothing but this person's own. */
async function portal(host, type, subjectId) {
  const { accessToken } = await host.post(`A portal token for the ${type}`, '/v1/portal-tokens', { subject: { type, id: subjectId } })
  return withToken(accessToken)
}
const mentor = await portal(operator, 'mentor', offer.mentorId)
await mentor.get('The mentor sees what waits for an answer', '/v1/offers?status=pending')
const { mentorshipId } = await mentor.post('… and says yes: a mentorship begins', `/v1/offers/${offer.id}/accept`, {})
const mentorship = `/v1/mentorships/${mentorshipId}`
await mentor.get('Whom to call', `${mentorship}/patient`)
await clinic.get('The clinic sees that somebody is there', status)
await operator.get('The coordinator sees who is to be called today', '/v1/worklists/to-call-today?limit=3')

const contact = (title, result) =>
  mentor.post(title, `${mentorship}/contacts`, { at: new Date().toISOString(), mode: 'phone', result })
const first = await contact('A first attempt', 'no_answer')
await mentor.post('It was the voicemail that answered: a correction', `/v1/contacts/${first.id}/correct`, { result: 'voicemail' })
await contact('They talk', 'two_way')
await mentor.post('What the two agreed', `${mentorship}/agreements`, { goals: ['A walk each week'], modes: ['phone'], hours: 'Weekday evenings' })
await contact('… and talk again', 'two_way')
await contact('… and again', 'two_way')
const engagement = await clinic.get('The clinic reads the engagement status', status)

await operator.post('Some time later the goals are met', `${mentorship}/close`, {
  outcome: 'goals_met',
  nextSupport: 'Sample Recovery Community meetings',
})
await mentor.post('Both are heard: the mentor', `${mentorship}/closing-voices`, { wouldAgain: true })
const patient = await portal(clinic, 'patient', referral.patientId)
await patient.post('… and the person', `${mentorship}/closing-voices`, { feltAccompanied: 'yes', wouldAgain: true })
await clinic.get('The clinic sees that it has ended', status)
await clinic.get('What happened, step by step', `/v1/referrals/${id}/timeline`)
console.log(`\nUntil the mentorship ended, the answer was: the person is ${engagement.status}.`)
