import t from 'tap'
import { startService } from '../../support/service.ts'

const own = ['emergencies:read', 'emergencies:write', 'referrals:read']

/** A clinic's client that may open emergencies, at a service whose tokens live as long as any may. */
async function ready(t: Parameters<typeof startService>[0]) {
  const { app, as, createWorld } = await startService(t, { accessTokenSeconds: 900 })
  const { admin, clinic } = await createWorld()
  const { clientSecret, id } = (
    await (
      await as(admin)
    ).post('/v1/clients', {
      organizationId: clinic.organizationId,
      name: 'Sample EHR',
      scopes: own,
    })
  ).body
  return async (scope?: string) => {
    const reply = await app.inject({
      method: 'POST',
      url: '/oauth/token',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        authorization: `Basic ${Buffer.from(`${id}:${clientSecret}`).toString('base64')}`,
      },
      payload: new URLSearchParams({ grant_type: 'client_credentials', ...(scope && { scope }) }).toString(),
    })
    const { scope: granted, expires_in: expiresIn } = reply.json()
    return { status: reply.statusCode, scopes: String(granted).split(' '), expiresIn }
  }
}

t.test(
  'the scope that opens emergencies is granted by name only, and for five minutes at most',
  async (t) => {
    const token = await ready(t)
    // A token that a nightly export holds would otherwise open any record.
    t.same(await token(), { status: 200, scopes: ['emergencies:read', 'referrals:read'], expiresIn: 900 })
    t.same(await token('emergencies:write'), { status: 200, scopes: ['emergencies:write'], expiresIn: 300 })
    t.match(await token('referrals:read emergencies:write'), { expiresIn: 300 })
  },
)
