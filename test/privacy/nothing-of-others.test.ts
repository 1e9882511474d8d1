import t from 'tap'
import {
  bodySchema,
  familyOf,
  isBulk,
  isId,
  meanings,
  membersOf,
  type Operation,
  operations,
  type Schema,
} from '../support/contract.ts'
import { rightBodies } from '../support/right-bodies.ts'
import { type Answer, startService } from '../support/service.ts'
import type { Ids } from '../support/story.ts'
import { idIn, type Stranger, strangersTo } from '../support/strangers.ts'

// Longer than all of this takes on a busy machine: what is refused for its token proves nothing.
const service = await startService(t, { accessTokenSeconds: 1_800 })
const { world, told, revoked, strangers, recipient } = await strangersTo(service)

/** Right as far as its shape goes: then it is the ids that decide. */
const bodyOf = rightBodies(world)

async function ask(
  { api }: Stranger,
  operation: Operation,
  id: string,
  body: object | undefined,
  query = '',
) {
  const url = `${operation.path.replace('{id}', id)}${query}`
  if (operation.method === 'get') return api.get(url)
  const headers: Record<string, string> = isBulk(operation)
    ? { 'content-type': 'text/csv' }
    : operation.method === 'patch'
      ? { 'if-match': '*' }
      : {}
  const sent = isBulk(operation) ? 'displayName,type\nSample Mentor,peer_certified\n' : body
  return operation.method === 'patch' ? api.patch(url, sent, headers) : api.post(url, sent, headers)
}

/** What an answer may differ in: the request's own number, and in what was made, its ids and times. */
function outline({ status, body, headers }: Answer): unknown {
  const names = Object.keys(headers).sort().join()
  if (status >= 400) return { status, names, body: { ...body, requestId: '' } }
  return { status, names, body: shapeOf(body) }
}

function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf)
  if (value === null || typeof value !== 'object') return typeof value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, shapeOf(member)]))
}

const marksIn = ({ body, headers }: Answer, marks: { foundIn: (text: string) => string[] }[]) =>
  marks.flatMap((one) => one.foundIn(`${JSON.stringify(body)} ${JSON.stringify(headers)}`))

/** The family of what an id member names: `patientId`, `mentorIds`. */
const families: Readonly<Record<string, string>> = {
  learner: 'learners',
  cohort: 'cohorts',
  mentorship: 'mentorships',
  supervisor: 'mentors',
  accreditation: 'course-accreditations',
  rule: 'renewal-rules',
  terms: 'clinician-terms',
  courseVersion: 'course-versions',
  patient: 'patients',
  mentor: 'mentors',
  consent: 'consents',
  referral: 'referrals',
  program: 'programs',
  organization: 'organizations',
  client: 'clients',
  subject: 'patients',
}
const familyOfMember = (name: string) =>
  Object.entries(families).find(([word]) => new RegExp(`^${word}Ids?$|${word}Ids?$`, 'i').test(name))?.[1]

/** Every place in a body where an id of a known family may stand, as a way to put one there. */
function placesFor(schema: Schema, body: unknown, put: (value: unknown) => unknown): Place[] {
  if (body === null || typeof body !== 'object' || Array.isArray(body)) return []
  return Object.entries(membersOf(schema)).flatMap(([name, member]): Place[] => {
    const into = (value: unknown) => put({ ...body, [name]: value })
    const family = familyOfMember(name)
    const items = meanings(member).flatMap((one) => (one.items ? [one.items] : []))
    if (family && isId(member)) return [{ name, family, put: into }]
    if (family && items.some(isId)) return [{ name, family, put: (value) => into([value]) }]
    return placesFor(member, (body as Record<string, unknown>)[name], into)
  })
}
interface Place {
  readonly name: string
  readonly family: string
  readonly put: (id: unknown) => unknown
}

interface Asked {
  readonly what: string
  readonly family: string
  readonly with: (ids: Ids, id: string) => Promise<Answer>
}

/** Every way in which an operation takes an id: in its path, its query, its body. */
function waysOf(stranger: Stranger, operation: Operation, ids: Ids): Asked[] {
  const { parameters = [], path } = operation
  const name = `${operation.method} ${path}`
  const own = path.includes('{id}') ? idIn(ids, familyOf(operation)) : ''
  const inPath: Asked[] = path.includes('{id}')
    ? [
        {
          what: name,
          family: familyOf(operation),
          with: (these, id) => ask(stranger, operation, id, bodyOf(operation, these)),
        },
      ]
    : []
  const inQuery = parameters
    .filter((one) => one.in === 'query' && isId(one.schema))
    .map((one): Asked => {
      const family = familyOfMember(one.name)
      if (!family) throw new Error(`${name} takes an id of an unknown family: ${one.name}`)
      const asked = (_: Ids, id: string) => ask(stranger, operation, own, undefined, `?${one.name}=${id}`)
      return { what: `${name}?${one.name}`, family, with: asked }
    })
  const schema = bodySchema(operation)
  const places = schema ? placesFor(schema, bodyOf(operation, ids), (value) => value) : []
  const inBody = places.map(
    (place): Asked => ({
      what: `${name} with ${place.name}`,
      family: place.family,
      with: (_, id) => ask(stranger, operation, own || service.unknownId(), place.put(id) as object),
    }),
  )
  return [...inPath, ...inQuery, ...inBody]
}

/** Shows whoever asks what they did themselves: that they asked for an id stands there, be it somebody's or nobody's. */
const ownLog = new Set(['auditEvents.list'])

const absent: Ids = new Proxy({}, { get: () => service.unknownId() })

async function cannotTell(t: Tap, stranger: Stranger, ids: Ids, marks: Marked) {
  for (const operation of operations) {
    const plain = operation.path.includes('{id}')
      ? []
      : [await ask(stranger, operation, '', bodyOf(operation, ids))]
    const seen = [...plain]
    for (const way of waysOf(stranger, operation, ids)) {
      const real = await way.with(ids, idIn(ids, way.family))
      seen.push(real)
      if (ownLog.has(operation.operationId)) continue
      if (stranger.knows.has(way.family) || stranger.knows.has(operation.operationId)) continue
      const none = await way.with(absent, service.unknownId())
      t.same(outline(real), outline(none), `${way.what}: ${stranger.who}`)
    }
    for (const answer of seen)
      t.same(
        marksIn(answer, marks).filter((word) => !stranger.isTold?.has(word)),
        [],
        `${operation.method} ${operation.path}: ${stranger.who} reads no word`,
      )
  }
}
type Tap = { readonly same: typeof t.same }
type Marked = { foundIn: (text: string) => string[] }[]

/** What a stranger's own doings add to: who asked, what their own answers disclosed, and who may ask. */
const ownDoings = [
  'events',
  'audit_events',
  'idempotency_answers',
  'disclosures',
  'api_clients',
  'client_secrets',
]

/** A digest of every row that some organizations hold, but for those. */
async function heldBy(organizationIds: readonly string[]): Promise<Record<string, string>> {
  const tables = await service.stored<{ name: string }>(
    `select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization_id'
     where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and c.relname <> all ($1)`,
    [ownDoings],
  )
  const digests = tables.map(
    ({ name }) =>
      `select '${name}' as name, count(*) || md5(coalesce(string_agg(row::text, ' ' order by row::text), '')) as digest
       from ${name} row where organization_id = any ($1)`,
  )
  const rows = await service.stored<{ name: string; digest: string }>(digests.join(' union all '), [
    organizationIds,
  ])
  return Object.fromEntries(rows.map(({ name, digest }) => [name, digest]))
}

const disclosedOf = (patientId: string) =>
  service.stored('select id from disclosures where patient_id = $1 order by id', [patientId])

for (const stranger of strangers)
  t.test(`${stranger.who} reads, changes and confirms nothing of a story, by any operation`, async (t) => {
    const holders = [world.clinic.organizationId, world.operator.organizationId]
    const before = await heldBy(holders)
    const disclosed = await disclosedOf(idIn(told.ids, 'patients'))
    const { ofClinic, ofOperator } = told.marks
    // Were one answer to differ, ids could be tried until one tells that a person is in treatment somewhere.
    await cannotTell(t, stranger, told.ids, [ofClinic, ofOperator])
    t.same(await heldBy(holders), before, 'nothing was written')
    t.same(await disclosedOf(idIn(told.ids, 'patients')), disclosed, 'nothing was disclosed')
  })

t.test(`${recipient.who} finds nothing of what it was shown, by any operation`, (t) =>
  cannotTell(t, recipient, revoked.ids, [revoked.marks.ofClinic]),
)
