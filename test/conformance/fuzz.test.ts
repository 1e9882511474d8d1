import { randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import type { Ajv2020 as Ajv } from 'ajv/dist/2020.js'
import type { FormatsPlugin } from 'ajv-formats'
import fc from 'fast-check'
import type { InjectOptions } from 'fastify'
import t from 'tap'
import { type Person, scopes } from '../../src/core/context.ts'
import { catalogue } from '../../src/core/errors.ts'
import { portalScopes } from '../../src/domains/portal/contract.ts'
import { matchingRun } from '../../src/jobs/matching.ts'
import { createOpenApi } from '../../src/rest/openapi.ts'
import { makeEducation } from '../support/education.ts'
import { makeGrounds, spokenDisclosure } from '../support/grounds.ts'
import { recognized } from '../support/recognized.ts'
import { sampleConsent, sampleMentor, samplePatient, sampleReferral } from '../support/samples.ts'
import { type Answer, startService } from '../support/service.ts'
import { tellings } from '../support/tellings.ts'
import type { World } from '../support/world.ts'

/** Fixed, so that a run that fails fails again; change it now and then to look elsewhere. */
const seed = 20_261_118
const runsOfBody = 40
const runsOfQuery = 25

const require = createRequire(import.meta.url)
const { Ajv2020 } = require('ajv/dist/2020.js') as { Ajv2020: new (options: object) => Ajv }
const addFormats = require('ajv-formats') as FormatsPlugin

interface Parameter {
  readonly in: string
  readonly name: string
  readonly required?: boolean
  readonly schema: { readonly enum?: readonly string[]; readonly example?: unknown }
}
interface Operation {
  readonly path: string
  readonly method: string
  readonly operationId: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Record<string, { readonly example?: object }> }
}
/** What the contract shows as the body of an operation. */
const shownBody = ({ requestBody }: Operation): object | undefined =>
  Object.values(requestBody?.content ?? {}).find(({ example }) => example !== undefined)?.example
type Ids = Readonly<Record<string, string>>

const published = JSON.parse(JSON.stringify(createOpenApi('http://alongside.test')))
const ajv = new Ajv2020({ strict: false })
addFormats(ajv)
ajv.addSchema(published, 'openapi')

const operations = Object.entries<Record<string, Omit<Operation, 'path' | 'method'>>>(published.paths)
  .flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]): Operation => ({ ...operation, path, method })),
  )
  // A stream has no end; what it refuses is proved beside its domain.
  .filter(({ path }) => path.startsWith('/v1/') && path !== '/v1/events/stream')

/** Whether a body is one that the contract allows. */
function isAllowed({ path, method }: Operation, body: unknown): boolean {
  const keys = ['paths', path, method, 'requestBody', 'content', 'application/json', 'schema']
  const pointer = keys
    .map((key) => encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1')))
    .join('/')
  const validate = ajv.getSchema(`openapi#/${pointer}`)
  if (!validate) throw new Error(`${method} ${path} has no schema for its body`)
  return validate(body) === true
}

// Longer than all of this takes on a busy machine: what is refused for its token proves nothing.
const service = await startService(t, { accessTokenSeconds: 1_800 })

const exampleOf = (operationId: string) =>
  shownBody(operations.find((operation) => operation.operationId === operationId) as Operation) as object

/** One of everything. A second referral waits for its answer, a third for a mentor. */
async function populate(world: World): Promise<Ids> {
  const clinic = await service.as(world.clinic)
  const operator = await service.as(world.operator)
  const office = await service.as(world.admin)
  const made = async (asked: Promise<Answer>) => {
    const { status, body } = await asked
    if (status >= 300) throw new Error(JSON.stringify(body))
    return body
  }
  const refer = () => made(clinic.post('/v1/referrals', sampleReferral(world.programId)))
  const referral = await refer()
  const requested = await refer()
  const accepted = await refer()
  await made(operator.post(`/v1/referrals/${referral.id}/accept`, {}))
  await made(operator.post(`/v1/referrals/${accepted.id}/accept`, {}))
  const join = async () => {
    const { id } = await made(operator.post('/v1/mentors', sampleMentor({ capacity: 50 })))
    return made(operator.post(`/v1/mentors/${id}/status`, { status: 'active' }))
  }
  const [mentor, another] = [await join(), await join()]
  const run = await computedRun(world)
  const offer = await made(operator.post(`/v1/referrals/${referral.id}/offers`, { mentorId: mentor.id }))
  const { mentorshipId } = await made(operator.post(`/v1/offers/${offer.id}/accept`, {}))
  await made(operator.post(`/v1/referrals/${referral.id}/shortlist`, { mentorIds: [another.id] }))
  const open = await made(operator.post(`/v1/referrals/${accepted.id}/offers`, { mentorId: mentor.id }))
  const contact = await made(
    operator.post(`/v1/mentorships/${mentorshipId}/contacts`, {
      at: '2026-11-18T19:00:00Z',
      mode: 'phone',
      result: 'two_way',
    }),
  )
  const ofPatient = `/v1/patients/${referral.patientId}`
  const emergency = await made(
    clinic.post(`${ofPatient}/emergency-disclosures`, exampleOf('emergencies.open')),
  )
  const conflict = { patientId: referral.patientId, kind: 'small_community' }
  // Of a kind that no other mentor here is, so that nobody lacks it.
  const requirement = { item: 'credential', code: randomCode(), mentorTypes: ['health_student'] }
  const endpoint = await made(operator.post('/v1/webhook-endpoints', exampleOf('webhookEndpoints.create')))
  const ruleSet = { ...exampleOf('engagement.proposeRuleSet'), name: `eng-${randomCode()}` }
  const session = { ...exampleOf('supervisionSessions.record'), mentorIds: [mentor.id] }
  const papers = `/v1/mentors/${mentor.id}`
  const [screened, certified, demanded, supervised, declared, proposed] = [
    await made(operator.post(`${papers}/screenings`, exampleOf('screenings.record'))),
    await made(operator.post(`${papers}/credentials`, exampleOf('credentials.record'))),
    await made(operator.post('/v1/mentor-requirements', requirement)),
    await made(operator.post('/v1/supervision-sessions', session)),
    await made(operator.post(`${papers}/conflicts`, conflict)),
    await made(office.post('/v1/engagement/rule-sets', ruleSet)),
  ]
  const recognition = await recognized(office, operator, world)
  return {
    ...recognition,
    ...(await makeGrounds(world, clinic, referral.patientId)),
    ...(await tellings(service, world, { mentorId: mentor.id, mentorshipId, patientId: referral.patientId })),
    ...(await makeEducation({ clinic, operator }, world, {
      ...{ patientId: referral.patientId, hostMentorId: mentor.id, supervisorId: another.id, mentorshipId },
    })),
    referrals: referral.id,
    requested: requested.id,
    accepted: accepted.id,
    patients: referral.patientId,
    consents: referral.consentId,
    mentors: mentor.id,
    another: another.id,
    offers: open.id,
    mentorships: mentorshipId,
    contacts: contact.id,
    screenings: screened.id,
    credentials: certified.id,
    'mentor-requirements': demanded.id,
    'supervision-sessions': supervised.id,
    conflicts: declared.id,
    'matching-runs': run,
    'emergency-disclosures': emergency.id,
    engagement: proposed.id,
    'webhook-endpoints': endpoint.id,
    organizations: world.operator.organizationId,
    programs: world.programId,
    clients: world.clinic.clientId,
  }
}

const randomCode = () => randomBytes(4).toString('hex')

/** A matching run that has been computed, by the job that computes it. */
async function computedRun({ operator, programId }: World): Promise<string> {
  const { body } = await (await service.as(operator)).post('/v1/matching-runs', { programId })
  const worker = { service: service.service, networkId: operator.networkId, time: service.time }
  const { signal } = new AbortController()
  const log = { error: (...said: unknown[]) => t.fail('the run failed', { said }) }
  await matchingRun.run({ ...worker, signal, log } as never, { runId: body.id })
  return body.id
}

const world = await service.createWorld()
const ids = await populate(world)
/** Written to by nothing that follows: what is read must still be there to be read. */
const kept = await populate(world)
const otherIds = await populate(await service.createWorld())

async function tokenOf(member: World['clinic'], granted: readonly string[], person?: Person) {
  const { clientId, networkId, organizationId } = member
  const grant = { clientId, networkId, organizationId, scopes: granted, person }
  return (await service.app.issueToken(grant)).accessToken
}
/**
 * Clinic and operator with every scope there is, the operator with its usual ones, and a mentor and a patient each with
 * a portal token: those who write, and those whose rows nobody writes to.
 */
const tokens = [
  await tokenOf(world.clinic, scopes),
  await tokenOf(world.operator, scopes),
  await tokenOf(world.operator, world.operator.scopes),
  await tokenOf(world.operator, portalScopes.mentor, { type: 'mentor', id: ids.mentors ?? '' }),
  await tokenOf(world.clinic, portalScopes.patient, { type: 'patient', id: ids.patients ?? '' }),
  await tokenOf(world.operator, portalScopes.mentor, { type: 'mentor', id: kept.mentors ?? '' }),
  await tokenOf(world.clinic, portalScopes.patient, { type: 'patient', id: kept.patients ?? '' }),
]

/** A body that is right, for mutation to start from: a sample, or what the contract shows. */
function rightBody(operation: Operation): unknown {
  const samples: Record<string, () => object> = {
    'referrals.create': () => sampleReferral(world.programId, { patient: samplePatient() }),
    'consents.create': () => ({
      patientId: ids.patients,
      ...sampleConsent({ recipients: [{ organizationId: world.operator.organizationId }] }),
    }),
    'organizationAgreements.create': () => ({
      ...exampleOf('organizationAgreements.create'),
      counterpartyOrganizationId: world.admin.organizationId,
    }),
    'disclosures.record': () => spokenDisclosure(ids.patients ?? ''),
    'consents.check': () => ({
      patientId: ids.patients,
      recipient: { organizationId: world.operator.organizationId },
      dataClasses: ['identity'],
    }),
    'organizations.create': () => ({ name: 'Sample Hub', kind: 'hub', url: 'https://hub.example' }),
    'offers.create': () => ({ mentorId: ids.mentors }),
    'contacts.record': () => ({ at: '2026-11-18T19:00:00Z', mode: 'phone', result: 'two_way', minutes: 5 }),
    'shortlists.create': () => ({ mentorIds: [ids.another] }),
    'shortlists.choose': () => ({ mentorId: ids.another }),
    'conflicts.declare': () => ({ patientId: ids.patients, kind: 'workplace', beganOn: '2026-01-01' }),
    'supervisionSessions.record': () => ({
      ...exampleOf('supervisionSessions.record'),
      mentorIds: [ids.mentors],
    }),
    'recoveryPlans.adopt': () => ({ blueprintId: ids.blueprints }),
    'stories.create': () => ({ ...exampleOf('stories.create'), mentorId: ids.mentors }),
    'matchingRuns.create': () => ({ programId: world.programId, maxOffersPerMentor: 2 }),
    'enrolments.create': () => ({
      learnerId: ids.learners,
      courseVersionId: kept['course-versions'],
    }),
    'placements.create': () => ({
      ...{ cohortId: kept.cohorts, learnerId: ids.learners, hostMentorId: kept.another },
      supervisorId: kept.mentors,
    }),
    'placementHours.record': () => ({
      ...{ mentorshipId: ids.mentorships, competencies: ['managing_crises'] },
      ...{ beganAt: '2026-11-18T19:01:00Z', endedAt: '2026-11-18T19:03:00Z' },
    }),
    'placementHours.sign': () => ({ supervisorId: ids.another }),
    'creditAwards.create': () => ({ accreditationId: ids['course-accreditations'] }),
    'portalTokens.create': () => ({ subject: { type: 'mentor', id: ids.mentors } }),
  }
  return samples[operation.operationId]?.() ?? structuredClone(shownBody(operation)) ?? {}
}

const memberNames = [...new Set(JSON.stringify(published).match(/(?<="properties":\{"|\},")\w+(?=":\{)/g))]
const codes = [
  ...new Set(
    [...JSON.stringify(published).matchAll(/"enum":\[([^\]]+)\]/g)].flatMap(
      ([, all = '']) => JSON.parse(`[${all}]`) as string[],
    ),
  ),
]
const texts = fc.oneof(
  fc.constantFrom(
    ...[
      '',
      ' ',
      '\u0000',
      '\ud800',
      '\udfff\ud800',
      '\ufeff',
      '%',
      '%00',
      "' or 1=1--",
      '{}',
      'null',
      '-1',
      '1e9',
    ],
    ...[
      'x'.repeat(201),
      'x'.repeat(5_000),
      'é'.repeat(200),
      '💩'.repeat(100),
      '1',
      '0',
      '1000',
      '2147483648',
    ],
    ...['2026-02-30', '0000-01-01', '1899-12-31', '2026-11-20', '9999-12-31', '+010000-01-01', '2026-11-18'],
    ...['2026-11-18T19:00:00Z', '0000-01-01T00:00:00Z', '9999-12-31T23:59:59-23:59', '2026-06-30T23:59:60Z'],
    ...[
      'America/Denver',
      'Etc/GMT+12',
      'Mars/Phobos',
      'en',
      'en-US-x-y',
      'sha256:00',
      'https://a.example/\u0000',
    ],
    ...['toString', '__proto__', 'a|b', 'a|', '|b', 'FREQ=WEEKLY', '*', '"v1"'],
  ),
  fc.constantFrom(...codes),
  fc.constantFrom(...Object.values(ids), ...Object.values(otherIds), service.unknownId()),
  fc.string({ unit: 'binary', maxLength: 30 }),
)
const values = fc.oneof(
  texts,
  fc.constantFrom(null, true, false, 0, -0, -1, 1.5, 7, 1e308, 2 ** 31, 2 ** 53, [], {}, [[]], [null]),
  fc.array(texts, { maxLength: 3 }),
  fc.jsonValue({ maxDepth: 3 }),
)
const names = fc.oneof(
  fc.constantFrom(...memberNames),
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    '',
    'a/b~c',
    '\ud800',
    '\u0000',
    '%',
    'id',
    'length',
  ),
)

interface Mutation {
  readonly how: 'drop' | 'replace' | 'add' | 'repeat'
  /** Which of the places in the body, counted round. */
  readonly place: number
  readonly name: string
  readonly value: unknown
}
const mutations = fc.oneof(
  { weight: 1, arbitrary: fc.constant<Mutation[]>([]) },
  {
    weight: 4,
    arbitrary: fc.array(
      fc.record<Mutation>({
        how: fc.constantFrom('drop', 'replace', 'replace', 'add', 'repeat'),
        place: fc.nat(200),
        name: names,
        value: values,
      }),
      { minLength: 1, maxLength: 4 },
    ),
  },
)

type Holder = Record<string, unknown>

/** Every object and list of a body, the body itself first. */
const holdersIn = (value: unknown): Holder[] =>
  value !== null && typeof value === 'object'
    ? [value as Holder, ...Object.values(value).flatMap(holdersIn)]
    : []

/** Sets a member even where assigning would reach the prototype. */
const set = (holder: Holder, name: string, value: unknown) =>
  Object.defineProperty(holder, name, { value, enumerable: true, configurable: true, writable: true })

function mutate(whole: unknown, steps: readonly Mutation[]): unknown {
  let body = structuredClone(whole)
  for (const { how, place, name, value: given } of steps) {
    const value = structuredClone(given)
    const holders = holdersIn(body)
    const places = holders.flatMap((holder) => Object.keys(holder).map((key) => ({ holder, key })))
    const holder = holders[place % Math.max(holders.length, 1)]
    const chosen = places[place % Math.max(places.length, 1)]
    if (!holder) body = value
    else if (how === 'add') Array.isArray(holder) ? holder.push(value) : set(holder, name, value)
    else if (!chosen) body = how === 'replace' ? value : body
    else if (how === 'replace') set(chosen.holder, chosen.key, value)
    else if (how === 'repeat')
      set(chosen.holder, chosen.key, Array(60).fill(structuredClone(chosen.holder[chosen.key])))
    else if (Array.isArray(chosen.holder)) chosen.holder.splice(Number(chosen.key), 1)
    else delete chosen.holder[chosen.key]
  }
  return body
}

const headers = fc.record(
  {
    'idempotency-key': fc.constantFrom('one', 'two', '"two"', 'a b', ''),
    'if-match': fc.constantFrom('*', '"v1"', '"v2"', 'v1', ''),
    'if-none-match': fc.constantFrom('*', '"v1"', '"v2"', ',,', ''),
    'x-request-id': fc.constantFrom('mine', '', '<>', 'x'.repeat(200)),
    'x-acting-user': fc.constantFrom('Dr. Sample', '', 'é', 'x'.repeat(300)),
  },
  { requiredKeys: [] },
)

/** Percent-encodes what can be, and leaves some as no client should send it. */
const encoded = fc.oneof(
  { weight: 8, arbitrary: texts.map((text) => encodeURIComponent(text.toWellFormed())) },
  { weight: 1, arbitrary: fc.constantFrom('%', '%ff', '%E0%A4%A', '%00', '+', '&', '=', '%2F..%2F', '[]') },
)

const familyOf = (path: string) => path.split('/')[2] ?? ''

const idsOf = ({ path }: Operation, of: Ids) => {
  const family = familyOf(path)
  const real = [of[family], ...(family === 'referrals' ? [of.requested, of.accepted] : [])]
  if (path.includes('{id}') && real[0] === undefined) throw new Error(`populate() makes none of ${family}`)
  return fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...real.map((id) => id ?? service.unknownId())) },
    { weight: 1, arbitrary: encoded },
  )
}

function queryOf({ parameters = [] }: Operation) {
  const documented = parameters.filter((parameter) => parameter.in === 'query')
  const named = documented.map(({ name, schema }) =>
    fc.tuple(fc.constant(name), schema.enum ? fc.oneof(fc.constantFrom(...schema.enum), encoded) : encoded),
  )
  const any = fc.tuple(
    names.map((name) => encodeURIComponent(name.toWellFormed())),
    encoded,
  )
  return fc
    .array(fc.oneof(...named, ...(named.length > 0 ? named : []), any), { maxLength: 3 })
    .map((pairs) => pairs.map(([name, value]) => `${name}=${value}`).join('&'))
}

/** What has to be asked, as the contract shows it. */
const shownQuery = ({ parameters = [] }: Operation) =>
  parameters
    .filter((parameter) => parameter.in === 'query' && parameter.required)
    .map(({ name, schema }) => `${name}=${encodeURIComponent(String(schema.example))}`)
    .join('&')

const urlOf = ({ path }: Operation, id: string) => path.replace('{id}', id)

/** What every answer keeps, whatever was asked; `inject` has held it against the contract already. */
function keepsItsWord({ status, headers, body }: Answer): void {
  if (status >= 500) throw new Error(`it answered ${status}: ${JSON.stringify(body)}`)
  if (status < 400) return
  if (!/^application\/problem\+json\b/.test(String(headers['content-type'])))
    throw new Error(`a refusal of type ${headers['content-type']}: ${JSON.stringify(body)}`)
  if (!(body.code in catalogue) || body.status !== status || body.requestId !== headers['x-request-id'])
    throw new Error(`a refusal that is none: ${JSON.stringify(body)}`)
}

/** Operations that took what was sent at least once: to be refused always would prove little. */
const accepted = new Set<string>()

async function ask(operation: Operation, options: InjectOptions, token: number): Promise<Answer> {
  const authorization = `Bearer ${tokens[token]}`
  const answer = await service.inject({ ...options, headers: { authorization, ...options.headers } })
  keepsItsWord(answer)
  if (answer.status < 400) accepted.add(operation.operationId)
  return answer
}

interface Runs {
  readonly numRuns: number
  /** Asked before all else. */
  readonly examples?: [unknown][]
}

async function holds(t: Tap, operation: Operation, property: unknown, { numRuns, examples = [] }: Runs) {
  // Of its own for each, or every operation would meet the same mutations.
  const found = await fc.check(property as fc.IAsyncProperty<[unknown]>, {
    seed: seed + operations.indexOf(operation),
    numRuns,
    examples,
  })
  const report = found.failed
    ? `${fc.defaultReportMessage(found as never)}\n${String(found.errorInstance)}`
    : 'none'
  t.equal(report, 'none', `${operation.method} ${operation.path}`)
}
type Tap = Pick<typeof t, 'equal'>

/** What is right is asked by each of the callers first: an operation that takes it must not escape by chance. */
const asIs = ({ path }: Operation, of: Ids, rest: unknown): [unknown][] =>
  [0, 1, 3, 4, 5, 6].map((caller) => [[of[familyOf(path)] ?? '', rest, {}, caller]])

/** The clinic a little more often: most of what is created here is a clinic's. */
const token = fc.constantFrom(0, 0, 0, 1, 1, 2, 3, 4, 5, 6)
const isBulk = ({ requestBody }: Operation) => requestBody?.content['application/x-ndjson'] !== undefined
const withBody = operations.filter((operation) => operation.requestBody !== undefined && !isBulk(operation))
const bulk = operations.filter(isBulk)
const readings = operations.filter(({ method }) => method === 'get')

t.test(
  'a body that is right but for something is taken or refused, and never breaks the service',
  async (t) => {
    for (const operation of withBody) {
      const whole = rightBody(operation)
      const asked = fc.tuple(idsOf(operation, ids), mutations, headers, token)
      const property = fc.asyncProperty(asked, async ([id, steps, sent, caller]) => {
        const body = JSON.stringify(mutate(whole, steps))
        const answer = await ask(
          operation,
          {
            method: operation.method.toUpperCase() as 'POST',
            url: urlOf(operation, id),
            headers: {
              'content-type': 'application/json',
              ...(operation.method === 'patch' && { 'if-match': '*' }),
              ...sent,
            },
            payload: body,
          },
          caller,
        )
        if (answer.status < 400 && !isAllowed(operation, JSON.parse(body)))
          throw new Error(`it took a body that the contract forbids: ${body}`)
      })
      await holds(t, operation, property, { numRuns: runsOfBody, examples: asIs(operation, ids, []) })
    }
  },
)

t.test('lines that are right but for something are taken or refused one by one', async (t) => {
  const [create] = operations.filter(({ operationId }) => operationId === 'mentors.create')
  if (!create) throw new Error('each line is a mentor as for mentors.create')
  const right = rightBody(create)
  const line = fc.oneof(
    { weight: 4, arbitrary: mutations.map((steps) => JSON.stringify(mutate(right, steps))) },
    { weight: 1, arbitrary: texts.map((text) => text.toWellFormed()) },
  )
  const cell = texts.map((text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text))
  const row = fc.array(cell, { maxLength: 3 }).map((cells) => ['Sample', 'family_peer', ...cells].join(','))
  const files = fc.oneof(
    fc.record({
      type: fc.constant('application/x-ndjson'),
      lines: fc.array(line, { minLength: 1, maxLength: 6 }),
    }),
    fc.record({
      type: fc.constant('text/csv'),
      lines: fc
        .tuple(
          fc.subarray(['languages', 'availability', 'capacity', 'mustNot']),
          fc.array(fc.oneof(row, texts)),
        )
        .map(([columns, rows]) => [['displayName', 'type', ...columns].join(','), ...rows]),
    }),
  )
  for (const operation of bulk) {
    const asked = fc.tuple(files, fc.constantFrom('', '?dryRun=true', '?dryRun=false'), headers, token)
    const property = fc.asyncProperty(asked, async ([{ type, lines }, query, sent, caller]) => {
      const answer = await ask(
        operation,
        {
          method: 'POST',
          url: `${operation.path}${query}`,
          headers: { 'content-type': type, ...sent },
          payload: Buffer.from(lines.join('\n')),
        },
        caller,
      )
      if (answer.status !== 200 || answer.headers['idempotency-replayed']) return
      const { lines: told, accepted: taken, refused, dryRun } = answer.body
      const good = told.filter(({ status }: { status: string }) => status !== 'refused')
      if (taken !== good.length || taken + refused !== told.length)
        throw new Error(`a report that does not add up: ${JSON.stringify(answer.body)}`)
      for (const { line: number, status } of good) {
        if (status !== (dryRun ? 'valid' : 'created')) throw new Error(`line ${number} was ${status}`)
        if (
          type === 'application/x-ndjson' &&
          !isAllowed(create, JSON.parse(lines.join('\n').split('\n')[number - 1] ?? ''))
        )
          throw new Error(`it took a line that the contract forbids: ${number} of ${lines.join('\n')}`)
      }
    })
    await holds(t, operation, property, { numRuns: runsOfBody })
  }
})

t.test('a body that is nothing but junk is refused', async (t) => {
  const junk = fc.oneof(
    fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.stringify(value)),
    fc.string({ unit: 'binary' }),
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
    fc.constantFrom('', 'null', '[', `${'['.repeat(10_000)}${']'.repeat(10_000)}`, '{"a":1,"a":2}', '1e999'),
  )
  const types = fc.oneof(
    { weight: 6, arbitrary: fc.constant('application/json') },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        ...[
          'text/plain',
          'application/json; charset=utf-16',
          'a/b',
          '',
          '/',
          'text/csv',
          'application/x-ndjson',
        ],
      ),
    },
  )
  for (const operation of [...withBody, ...bulk]) {
    const asked = fc.tuple(idsOf(operation, ids), junk, types, token)
    const property = fc.asyncProperty(asked, async ([id, payload, type, caller]) => {
      await ask(
        operation,
        {
          method: operation.method.toUpperCase() as 'POST',
          url: urlOf(operation, id),
          headers: { 'content-type': type, ...(operation.method === 'patch' && { 'if-match': '*' }) },
          payload,
        },
        caller,
      )
    })
    await holds(t, operation, property, { numRuns: runsOfQuery })
  }
})

t.test('a reading of any id with any query answers or refuses, and never breaks the service', async (t) => {
  for (const operation of readings) {
    const asked = fc.tuple(idsOf(operation, kept), queryOf(operation), headers, token)
    const property = fc.asyncProperty(asked, async ([id, query, sent, caller]) => {
      await ask(operation, { url: `${urlOf(operation, id)}?${query}`, headers: sent }, caller)
    })
    await holds(t, operation, property, {
      numRuns: runsOfQuery,
      examples: asIs(operation, kept, shownQuery(operation)),
    })
  }
})

t.test('every reading and every creation was also taken, so that the refusals mean something', async (t) => {
  const creations = [...withBody, ...bulk].filter(({ path }) => !path.includes('{id}'))
  const never = [...readings, ...creations]
    .map(({ operationId }) => operationId)
    .filter((id) => !accepted.has(id))
  t.same(never, [])
})
