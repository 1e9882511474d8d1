import t from 'tap'
import { buildApp } from '../../src/app.ts'
import { type Person, type Scope, scopes } from '../../src/core/context.ts'
import { connect } from '../../src/db/client.ts'
import { portalScopes } from '../../src/domains/portal/contract.ts'
import { familyOf, isBulk, type Operation, operations, shownBody } from '../support/contract.ts'
import { countRoundTrips } from '../support/round-trips.ts'
import { startService } from '../support/service.ts'
import { idIn, strangersTo } from '../support/strangers.ts'
import type { Member } from '../support/world.ts'

const service = await startService(t)
const { world, elsewhere, told, revoked, own } = await strangersTo(service)

/** The same service again, over a connection that is counted: what it says to the database, and how often it waits. */
async function counted() {
  const counter = await countRoundTrips(service.owner)
  const { connectionString } = service.owner
  const through = connectionString
    ? {
        connectionString: Object.assign(new URL(connectionString), { host: `127.0.0.1:${counter.port}` })
          .href,
      }
    : { host: '127.0.0.1', port: counter.port, user: 'postgres', database: 'postgres' }
  const database = connect({ connection: through, poolSize: 1 })
  const app = await buildApp({
    service: { database, keyring: service.service.keyring },
    time: service.time,
    publicUrl: () => 'http://alongside.test',
    accessTokenSeconds: 900,
    logger: false,
  })
  t.teardown(async () => {
    await app.close()
    await database.end()
    await counter.close()
  })
  return { app, counter }
}
const { app, counter } = await counted()

async function tokenOf(member: Member, granted: readonly Scope[], person?: Person) {
  const { clientId, networkId, organizationId } = member
  return (await app.issueToken({ clientId, networkId, organizationId, scopes: granted, person })).accessToken
}

async function effortOf(token: string, operation: Operation, id: string) {
  const { trips, result } = await counter.during(() =>
    app.inject({
      method: operation.method.toUpperCase() as 'GET',
      url: operation.path.replace('{id}', id),
      headers: {
        authorization: `Bearer ${token}`,
        ...(operation.method === 'patch' && { 'if-match': '*' }),
        ...(operation.method !== 'get' && { 'content-type': 'application/json' }),
      },
      ...(operation.method !== 'get' && { payload: JSON.stringify(shownBody(operation)) }),
    }),
  )
  return { status: result.statusCode, trips }
}

/** Who asks, about whose story: the id is right, and not theirs. */
const askers = [
  { who: 'another organization', token: await tokenOf(world.otherOperator, withoutOffice()), ids: told.ids },
  { who: 'another network', token: await tokenOf(elsewhere.clinic, withoutOffice()), ids: told.ids },
  { who: 'a revoked recipient', token: await tokenOf(world.operator, withoutOffice()), ids: revoked.ids },
  {
    who: 'another patient',
    token: await tokenOf(world.clinic, portalScopes.patient, {
      type: 'patient',
      id: idIn(own.ids, 'patients'),
    }),
    ids: told.ids,
  },
  {
    who: 'another mentor',
    token: await tokenOf(world.operator, portalScopes.mentor, {
      type: 'mentor',
      id: idIn(own.ids, 'mentors'),
    }),
    ids: told.ids,
  },
]

function withoutOffice(): Scope[] {
  return scopes.filter((scope) => scope !== 'network:write')
}

/** Families of a person's record; the rest is the directory's, or the revoked recipient's own. */
const ofPeople = new Set(['patients', 'referrals', 'consents', 'emergency-disclosures', 'restrictions'])
const asked = operations.filter(
  (operation) => operation.path.includes('{id}') && ofPeople.has(familyOf(operation)) && !isBulk(operation),
)

t.test('whoever may not know a person waits for the database as often as for nobody', async (t) => {
  t.ok(asked.length > 20)
  // Warms what is read once: signing keys, prepared statements.
  for (const { token } of askers)
    for (const operation of asked) await effortOf(token, operation, service.unknownId())
  for (const { who, token, ids } of askers)
    for (const operation of asked) {
      const nobody = () => effortOf(token, operation, service.unknownId())
      const somebody = () => effortOf(token, operation, idIn(ids, familyOf(operation)))
      const [none, theirs] = await leastOf(nobody, somebody)
      // One more question to the database could be heard from outside, and tells that there is somebody.
      t.same(theirs, none, `${operation.method} ${operation.path}: ${who}`)
    }
})

type Effort = Awaited<ReturnType<typeof effortOf>>

/**
 * Once a minute a request reads the signing keys as well, and a pause of this process counts as a trip: where two differ both
 * are asked again. A question that is always asked stands in the least of three, too.
 */
async function leastOf(one: () => Promise<Effort>, other: () => Promise<Effort>): Promise<[Effort, Effort]> {
  let [a, b] = [await one(), await other()]
  for (let again = 0; again < 2 && a.status === b.status && a.trips !== b.trips; again += 1) {
    const [c, d] = [await one(), await other()]
    a = { ...c, trips: Math.min(a.trips, c.trips) }
    b = { ...d, trips: Math.min(b.trips, d.trips) }
  }
  return [a, b]
}
