import { loadavg } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { changes } from './changes.mjs'
import { clock } from './client.mjs'
import { summarize } from './measure.mjs'

const patienceMs = 180_000
/** Endpoints made at a time. */
const atOnce = 16

const make = ({ operator, programId }) => operator.post(changes.program.path, changes.program.body({ programId }))

export const register = (api, url, types) => api.post('/v1/webhook-endpoints', { url, types })

export async function untilActive(owner, networkId) {
  const end = clock() + patienceMs
  for (;;) {
    const { rows } = await owner.query(`select count(*)::int as waiting from webhook_endpoints where network_id = $1 and status = 'unverified'`, [networkId])
    if (rows[0].waiting === 0) return
    if (clock() > end) throw new Error(`${rows[0].waiting} endpoints were not verified in time`)
    await delay(200)
  }
}

/** One event that every endpoint wants: how long until each has had it. */
export async function measureDrain({ world, receivers, owner, endpoints, say, metered }) {
  const from = clock()
  let asked = 0
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (asked < endpoints) {
        asked += 1
        await register(world.endpointOwners[asked % world.endpointOwners.length], `${receivers.url}/drain/${asked}`, ['organization.created', 'program.created'])
      }
    }),
  )
  const made = (clock() - from) / 1000
  await untilActive(owner, world.networkId)
  const verified = (clock() - from) / 1000
  say(`${endpoints} endpoints made in ${made.toFixed(0)} s, and verified ${(verified - made).toFixed(0)} s later`)
  const times = new Map()
  receivers.onEvent = (path) => {
    if (path.startsWith('/drain/') && !times.has(path)) times.set(path, clock())
  }
  await owner.query('vacuum (analyze)')
  const begun = await metered(`${endpoints} endpoints drain`, async () => {
    await make(world)
    const answered = clock()
    const end = answered + patienceMs
    while (times.size < endpoints && clock() < end) await delay(50)
    return answered
  })
  const waits = summarize([...times.values()].map((time) => Math.max(0, time - begun)))
  const load = loadavg()[0]
  const { rows } = await owner.query(
    `select count(*)::int as more from webhook_deliveries where network_id = $1 and kind = 'event' and attempts > 1`,
    [world.networkId],
  )
  await owner.query(`update webhook_endpoints set status = 'deleted' where network_id = $1 and url like '%/drain/%'`, [world.networkId])
  return { endpoints, owners: world.endpointOwners.length, made, verified, missing: endpoints - times.size, again: rows[0].more, ...waits, load }
}
