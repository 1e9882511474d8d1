import { Pool } from 'undici'

/** The same clock in every process of this machine, in milliseconds. */
export const clock = () => performance.timeOrigin + performance.now()

/** One client over connections that are kept; its token is renewed in time. */
export function createApi(base, { id, clientSecret }, connections = 32) {
  const pool = new Pool(base, { connections, pipelining: 1, bodyTimeout: 0, headersTimeout: 0 })
  let token
  let renewAt = 0
  async function getToken() {
    const authorization = `Basic ${Buffer.from(`${id}:${clientSecret}`).toString('base64')}`
    const form = { authorization, 'content-type': 'application/x-www-form-urlencoded' }
    const reply = await pool.request({ method: 'POST', path: '/oauth/token', headers: form, body: 'grant_type=client_credentials' })
    const { access_token, expires_in } = await reply.body.json()
    renewAt = performance.now() + (expires_in - 60) * 1000
    return `Bearer ${access_token}`
  }
  function authorization() {
    if (performance.now() >= renewAt) {
      renewAt = Number.POSITIVE_INFINITY
      token = getToken()
    }
    return token
  }
  async function ask(method, path, body, { signal } = {}) {
    const headers = { authorization: await authorization(), ...(body && { 'content-type': 'application/json' }) }
    const reply = await pool.request({ method, path, headers, signal, ...(body && { body: JSON.stringify(body) }) })
    if (reply.statusCode >= 300) throw new Error(`${method} ${path.split('?')[0]}: ${reply.statusCode} ${(await reply.body.text()).slice(0, 150)}`)
    return reply
  }
  const json = async (...asked) => (await ask(...asked)).body.json()
  return {
    authorization,
    ask,
    get: (path, options) => json('GET', path, undefined, options),
    post: (path, body) => json('POST', path, body),
    close: () => pool.destroy(),
  }
}
