import { randomUUID } from 'node:crypto'
import { connect, createClient, createKeyring, createNetwork, createOrganization, masterKeyOf, openContext, scopes } from './service.mjs'

const today = () => new Date().toISOString().slice(0, 10)
/** What a clinic sends. */
export const referral = (programId) => ({
  patient: {
    identifier: { system: 'https://clinic.example/mrn', value: randomUUID() },
    name: 'Sample Patient',
    birthDate: '1991-04-12',
    timeZone: 'America/Denver',
    contactPoints: [{ system: 'phone', value: '+13035550142', permissions: ['call'] }],
  },
  programId,
  reason: ['transition_of_care'],
  priority: 'routine',
  consent: {
    kind: 'specific_disclosure',
    patientNameAsSigned: 'Sample Patient',
    bothDirections: true,
    dataClasses: ['identity', 'contact', 'referral_reason', 'referral_status', 'engagement_status', 'contact_summary'],
    informationDescription: 'That I was referred to a mentor, and whether we are in contact.',
    purposes: ['treatment'],
    expiration: { on: new Date(Date.now() + 200 * 86_400_000).toISOString().slice(0, 10) },
    statements: { rightToRevoke: true, redisclosurePotential: true, refusalConsequences: true },
    revocationInstructions: 'Write to the front desk of Sample Clinic.',
    signatures: [{ role: 'patient', name: 'Sample Patient', method: 'electronic', signedAt: `${today()}T00:00:00Z` }],
    signedOn: today(),
  },
})

/** A network with a clinic and an operator, each with a client that may do everything there. */
export async function createWorld(seed, databaseUrl) {
  const database = connect({ connection: { connectionString: databaseUrl }, poolSize: 2 })
  const service = { database, keyring: createKeyring(masterKeyOf(seed)) }
  const now = new Date()
  const networkId = await createNetwork(service, 'Sample Network', now)
  const nobody = '00000000-0000-0000-0000-000000000000'
  const office = openContext(service, { networkId, organizationId: nobody, clientId: nobody, scopes: new Set(scopes) }, { requestId: 'bench', now })
  const enrol = async (name, kind) => {
    const { id } = await createOrganization(office, { name, kind, timeZone: 'America/Denver' })
    const granted = scopes.filter((scope) => scope !== 'network:write')
    return createClient(office, { organizationId: id, name, scopes: granted })
  }
  const clients = { clinic: await enrol('Sample Clinic', 'hospital'), operator: await enrol('Sample Recovery Community', 'rco') }
  await database.pool.end()
  return { clients, networkId }
}

/** A client with its token, which it renews. */
export function createApi(base, { id, clientSecret }) {
  let token
  let renewAt = 0
  async function getToken() {
    const authorization = `Basic ${Buffer.from(`${id}:${clientSecret}`).toString('base64')}`
    const reply = await fetch(`${base}/oauth/token`, { method: 'POST', headers: { authorization }, body: new URLSearchParams({ grant_type: 'client_credentials' }) })
    const { access_token, expires_in } = await reply.json()
    renewAt = performance.now() + (expires_in - 60) * 1000
    return `Bearer ${access_token}`
  }
  async function authorization() {
    if (performance.now() >= renewAt) {
      renewAt = Number.POSITIVE_INFINITY
      token = getToken()
    }
    return token
  }
  async function ask(method, path, body, { signal } = {}) {
    const headers = { authorization: await authorization(), ...(body && { 'content-type': 'application/json' }) }
    const reply = await fetch(`${base}${path}`, { method, headers, signal, ...(body && { body: JSON.stringify(body) }) })
    if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${(await reply.text()).slice(0, 300)}`)
    return reply
  }
  const json = async (...asked) => (await ask(...asked)).json()
  return { authorization, ask, get: (path, options) => json('GET', path, undefined, options), post: (path, body) => json('POST', path, body) }
}
