import { Readable } from 'node:stream'
import type { InjectOptions } from 'fastify'
import t, { type Test } from 'tap'
import { scopes } from '../../src/core/context.ts'
import { catalogue, type ErrorCode } from '../../src/core/errors.ts'
import type { Route } from '../../src/rest/route.ts'
import { routes } from '../../src/rest/routes.ts'
import { makeEducation } from '../support/education.ts'
import { makeGrounds } from '../support/grounds.ts'
import { recognized } from '../support/recognized.ts'
import { sampleConsent, sampleMentor, samplePatient, sampleReferral } from '../support/samples.ts'
import { type Answer, startService } from '../support/service.ts'
import { tellings } from '../support/tellings.ts'
import type { Member, World } from '../support/world.ts'

/** Put wherever a value can be wrong: an answer that holds it has told a caller's log about a patient. */
const marker = 'ZZMARKER'

const json = { 'content-type': 'application/json' }
const csv = { 'content-type': 'text/csv' }
const url = (route: Route, id: string) => `/v1${route.path.replace('{id}', id)}`
const called = ({ method, path }: Route) => `${method} ${path}`
const withId = routes.filter(({ path }) => path.includes('{id}'))
/** Many lines of text in one body; what is wrong with a line is told in the report. */
const bulk = routes.filter((route) => route.bulk)
const withBody = routes.filter((route) => route.method !== 'get' && !route.bulk)
const lists = routes.filter(({ refusals, stream }) => refusals.includes('invalid_cursor') && !stream)

/** What stands in the path of each family of routes. */
type Ids = Readonly<Record<string, string>>
const familyOf = ({ path }: Route) => path.split('/')[1] ?? ''

function idFor(ids: Ids, route: Route): string {
  if (!route.path.includes('{')) return ''
  const id = ids[familyOf(route)]
  if (id === undefined) throw new Error(`populate() makes none of ${familyOf(route)}: add one`)
  return id
}

/** A body that is right as far as its shape goes. */
function bodyOf(route: Route, ids: Ids): object | string | undefined {
  if (route.method === 'get') return undefined
  if (route.bulk) return 'displayName,type\nSample Mentor,peer_certified\n'
  const bodies: Readonly<Record<string, object>> = {
    'referrals.create': sampleReferral(ids.programs ?? ''),
    'consents.create': { patientId: ids.patients, ...sampleConsent() },
    'offers.create': { mentorId: ids.mentors },
  }
  return bodies[route.action.id] ?? (route.example?.request as object | undefined) ?? {}
}

type Send = (options: InjectOptions) => Promise<Answer>

/** Sends anything at all, as the member of a world and with its usual scopes or these. */
async function senderOf(member: Member, granted: readonly string[] = member.scopes): Promise<Send> {
  const { accessToken } = await service.app.issueToken({
    clientId: member.clientId,
    networkId: member.networkId,
    organizationId: member.organizationId,
    scopes: granted,
  })
  return ({ headers, ...options }) =>
    service.inject({ ...options, headers: { authorization: `Bearer ${accessToken}`, ...headers } })
}

/** PATCH demands a precondition before all else; `*` is one that always holds. */
function request(
  route: Route,
  id: string,
  payload?: unknown,
): InjectOptions & { headers: Record<string, string> } {
  return {
    method: route.method.toUpperCase() as 'GET',
    url: url(route, id),
    headers: {
      ...(payload !== undefined && (route.bulk ? csv : json)),
      ...(route.method === 'patch' && { 'if-match': '*' }),
    },
    ...(payload !== undefined && {
      payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
    }),
  }
}

/** What a refusal owes its caller, whatever it refuses. */
function isRefusal(t: Test, answer: Answer, code: ErrorCode, what: string) {
  const { body, headers } = answer
  const { status, title } = catalogue[code]
  t.match(
    {
      answered: answer.status,
      media: headers['content-type'],
      ...body,
      told: `${JSON.stringify(body)}${JSON.stringify(headers)}`.includes(marker),
    },
    {
      answered: status,
      media: /^application\/problem\+json\b/,
      type: new RegExp(`/errors/${code}$`),
      title,
      status,
      code,
      detail: /\S/,
      requestId: String(headers['x-request-id']),
      told: false,
    },
    what,
  )
}

const faultsOf = ({ body }: Answer): string[] =>
  ((body.errors ?? []) as { pointer: string; code: string }[])
    .map(({ pointer, code }) => `${pointer} ${code}`)
    .sort()

/** A refusal of the input that names exactly these faults. */
function names(t: Test, answer: Answer, faults: readonly string[], what: string) {
  isRefusal(t, answer, 'invalid_input', what)
  t.same(faultsOf(answer), [...faults].sort(), what)
}

/** A digest of every row of every table but the audit trail, which refusals are written to: whatever else is written shows. */
async function everythingStored(): Promise<Record<string, string>> {
  const tables = await service.stored<{ name: string }>(
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
       and relname not in ('audit_events', 'audit_unsealed')`,
  )
  const digests = tables.map(
    ({ name }) =>
      `select '${name}' as name, count(*) || ' ' || md5(coalesce(string_agg(row::text, ' ' order by row::text), '')) as digest from ${name} row`,
  )
  const rows = await service.stored<{ name: string; digest: string }>(digests.join(' union all '))
  return Object.fromEntries(rows.map(({ name, digest }) => [name, digest]))
}

/** Runs `work`, then holds that it left nothing behind. */
async function writesNothing(t: Test, work: () => Promise<void>) {
  const before = await everythingStored()
  t.ok('patients' in before && 'disclosures' in before, 'the tables are looked at')
  await work()
  t.same(await everythingStored(), before, 'nothing was written but to the audit trail')
}

/** The body that the contract shows. */
function exampleOf(operation: string): object {
  return routes.find(({ action }) => action.id === operation)?.example?.request as object
}

/** One of everything, held by the clinic and the operator of a world. */
async function populate(world: World): Promise<Ids> {
  const clinic = await service.as(world.clinic)
  const operator = await service.as(world.operator)
  const made = (answer: Answer) => {
    if (answer.status >= 300) throw new Error(JSON.stringify(answer.body))
    return answer.body
  }
  const referral = made(await clinic.post('/v1/referrals', sampleReferral(world.programId)))
  made(await operator.post(`/v1/referrals/${referral.id}/accept`, {}))
  const mentor = made(await operator.post('/v1/mentors', sampleMentor()))
  made(await operator.post(`/v1/mentors/${mentor.id}/status`, { status: 'active' }))
  const offer = made(await operator.post(`/v1/referrals/${referral.id}/offers`, { mentorId: mentor.id }))
  const { mentorshipId } = made(await operator.post(`/v1/offers/${offer.id}/accept`, {}))
  const contact = made(
    await operator.post(`/v1/mentorships/${mentorshipId}/contacts`, {
      at: '2026-11-18T19:00:00Z',
      mode: 'phone',
      result: 'no_answer',
    }),
  )
  const another = made(await operator.post('/v1/mentors', sampleMentor()))
  made(await operator.post(`/v1/mentors/${another.id}/status`, { status: 'active' }))
  made(await operator.post(`/v1/referrals/${referral.id}/shortlist`, { mentorIds: [another.id] }))
  const office = await service.as(world.admin)
  const idOf = async (asked: Promise<Answer>): Promise<string> => made(await asked).id
  const [screening, credential, requirement, session, conflict, run, ruleSet] = [
    await idOf(operator.post(`/v1/mentors/${mentor.id}/screenings`, exampleOf('screenings.record'))),
    await idOf(operator.post(`/v1/mentors/${mentor.id}/credentials`, exampleOf('credentials.record'))),
    await idOf(operator.post('/v1/mentor-requirements', exampleOf('mentorRequirements.set'))),
    await idOf(
      operator.post('/v1/supervision-sessions', {
        ...exampleOf('supervisionSessions.record'),
        mentorIds: [mentor.id],
      }),
    ),
    await idOf(
      operator.post(`/v1/mentors/${mentor.id}/conflicts`, {
        patientId: referral.patientId,
        kind: 'small_community',
      }),
    ),
    await idOf(operator.post('/v1/matching-runs', { programId: world.programId })),
    await idOf(office.post('/v1/engagement/rule-sets', exampleOf('engagement.proposeRuleSet'))),
  ]
  const emergency = await idOf(
    clinic.post(`/v1/patients/${referral.patientId}/emergency-disclosures`, exampleOf('emergencies.open')),
  )
  const endpoint = await idOf(operator.post('/v1/webhook-endpoints', exampleOf('webhookEndpoints.create')))
  return {
    'webhook-endpoints': endpoint,
    ...(await tellings(service, world, { mentorId: mentor.id, mentorshipId, patientId: referral.patientId })),
    ...(await recognized(office, operator, world)),
    ...(await makeGrounds(world, clinic, referral.patientId)),
    ...(await makeEducation({ clinic, operator }, world, {
      ...{ patientId: referral.patientId, hostMentorId: mentor.id, supervisorId: another.id, mentorshipId },
    })),
    screenings: screening,
    credentials: credential,
    'mentor-requirements': requirement,
    'supervision-sessions': session,
    conflicts: conflict,
    'matching-runs': run,
    engagement: ruleSet,
    'emergency-disclosures': emergency,
    contacts: contact.id,
    referrals: referral.id,
    patients: referral.patientId,
    consents: referral.consentId,
    mentors: mentor.id,
    offers: offer.id,
    mentorships: mentorshipId,
    organizations: world.operator.organizationId,
    programs: world.programId,
    clients: world.operator.clientId,
  }
}

/** One service for all of the file: refusals leave nothing behind, and every promise here holds that too. */
const service = await startService(t)
const world = await service.createWorld()
const otherWorld = await service.createWorld()
const ids = await populate(world)
const otherIds = await populate(otherWorld)
const clinic = await senderOf(world.clinic, scopes)
const operator = await senderOf(world.operator, scopes)
/** Of another organization in the same network, and with every scope but the one that runs the network. */
const stranger = await senderOf(
  world.otherOperator,
  scopes.filter((scope) => scope !== 'network:write'),
)
/** And one with every scope, for what only runs the network. */
const runner = await senderOf(world.otherOperator, scopes)
const strangerTo = (route: Route) => (route.action.scope === 'network:write' ? runner : stranger)
/** Who may see and change a resource of each family, so that nothing but the fault stands in its way. */
const ofClinic = new Set([
  'patients',
  'consents',
  'agreements',
  'restrictions',
  'treating-relationships',
  'emergency-disclosures',
  'disclosures',
  'accounting-requests',
  'legal-holds',
  'destruction-certificates',
])
const holderOf = (route: Route) => (ofClinic.has(familyOf(route)) ? clinic : operator)
const refer = (payload: InjectOptions['payload'], headers: Record<string, string> = json) =>
  clinic({ method: 'POST', url: '/v1/referrals', headers, payload })

/** A right referral with one member, deep or not, set to something else. */
function spoil(whole: object, path: string, value: unknown): object {
  const copy = structuredClone(whole) as Record<string, unknown>
  const keys = path.split('/').slice(1)
  const last = keys.pop() ?? ''
  const holder = keys.reduce<Record<string, unknown>>((at, key) => at[key] as Record<string, unknown>, copy)
  holder[last] = value
  return copy
}

/** As the samples, with every text that the contract knows. */
const fullReferral = (programId: string) =>
  sampleReferral(programId, {
    patient: samplePatient({ postalCode: '80205' }),
    preferences: { languages: ['en'], must: { languages: ['en'] }, mustNot: {} },
    consent: sampleConsent({ purposeText: 'To find a mentor.', expiration: { event: 'End of treatment' } }),
  })

t.test('a member that does not exist is refused by name, wherever it stands', async (t) => {
  await writesNothing(t, async () => {
    const body = sampleReferral(world.programId, {
      priorty: marker,
      'a/b~c': marker,
      patient: {
        ...samplePatient({ nmae: marker }),
        contactPoints: [{ system: 'sms', value: '1', kind: marker }],
      },
      preferences: { must: { langauges: [marker] }, mustnot: {} },
      consent: sampleConsent({ signedby: marker, statements: { rightToRevoke: true, right: marker } }),
    })
    const answer = await refer(body)
    isRefusal(t, answer, 'invalid_input', 'a referral')
    const unknown = faultsOf(answer).filter((fault) => fault.endsWith(' unknown_field'))
    t.same(
      unknown,
      [
        '#/a~1b~0c unknown_field',
        '#/consent/signedby unknown_field',
        '#/consent/statements/right unknown_field',
        '#/patient/contactPoints/0/kind unknown_field',
        '#/patient/nmae unknown_field',
        '#/preferences/must/langauges unknown_field',
        '#/preferences/mustnot unknown_field',
        '#/priorty unknown_field',
      ],
      'every one is named',
    )
    for (const route of withBody) {
      const spoilt = { ...(bodyOf(route, ids) as object), noSuchMember: marker }
      const answer = await clinic(request(route, idFor(ids, route), spoilt))
      isRefusal(t, answer, 'invalid_input', called(route))
      t.ok(faultsOf(answer).includes('#/noSuchMember unknown_field'), `${called(route)} names it`)
    }
    for (const route of bulk) {
      const { url, ...asked } = request(route, '', bodyOf(route, ids))
      const answer = await clinic({ ...asked, url: `${url}?noSuchMember=${marker}` })
      names(t, answer, ['#/noSuchMember unknown_field'], called(route))
    }
    for (const route of routes.filter(({ method }) => method === 'get')) {
      const wanted = route.path === '/search' ? '&text=Sample' : ''
      const answer = await clinic({ url: `${url(route, idFor(ids, route))}?stauts=${marker}${wanted}` })
      names(t, answer, ['#/stauts unknown_field'], called(route))
    }
    for (const route of withBody.filter(({ path }) => path.includes('{id}'))) {
      const spoilt = { ...(bodyOf(route, ids) as object), id: marker }
      const answer = await clinic(request(route, idFor(ids, route), spoilt))
      names(t, answer, ['#/id unknown_field'], `${called(route)} takes its id from the path alone`)
    }
  })
})

t.test('a value of the wrong type is refused where it stands', async (t) => {
  await writesNothing(t, async () => {
    const wrong: [string, unknown, string][] = [
      ['/placerId', 4711, 'invalid_type'],
      ['/patient', marker, 'invalid_type'],
      ['/patient', [], 'invalid_type'],
      ['/patient/name', { family: marker }, 'invalid_type'],
      ['/patient/name', null, 'invalid_type'],
      ['/patient/identifier', marker, 'invalid_type'],
      ['/patient/contactPoints', { system: marker }, 'invalid_type'],
      ['/patient/contactPoints/0/preferred', 'true', 'invalid_type'],
      ['/patient/contactPoints/0/permissions', marker, 'invalid_type'],
      ['/programId', 1, 'invalid_type'],
      ['/programId', marker, 'invalid_format'],
      ['/reason', marker, 'invalid_type'],
      ['/reason', [], 'too_few'],
      ['/reason/0', 7, 'invalid_code'],
      ['/priority', marker, 'invalid_code'],
      ['/priority', null, 'invalid_code'],
      ['/preferences', [], 'invalid_type'],
      ['/preferences/must', marker, 'invalid_type'],
      ['/preferences/languages/0', true, 'invalid_type'],
      ['/consent', marker, 'invalid_type'],
      ['/consent', [], 'invalid_type'],
      ['/consent/purposes', 'treatment', 'invalid_type'],
      ['/consent/purposes', 7, 'invalid_type'],
      ['/consent/statements', null, 'invalid_type'],
      ['/consent/statements', marker, 'invalid_type'],
      ['/consent/expiration', null, 'invalid_type'],
      ['/consent/expiration', '2027-06-30', 'invalid_type'],
      ['/consent/expiration/on', 20270630, 'invalid_type'],
      ['/consent/signatures', {}, 'invalid_type'],
      ['/consent/signatures/0', marker, 'invalid_type'],
      ['/consent/bothDirections', 'yes', 'invalid_type'],
      ['/consent/dataClasses', 'identity', 'invalid_type'],
      ['/note', ['a', marker], 'invalid_type'],
    ]
    for (const [path, value, code] of wrong) {
      const body = spoil(sampleReferral(world.programId), path, value)
      const answer = await refer(body)
      const what = `${path} as ${JSON.stringify(value)}`
      isRefusal(t, answer, 'invalid_input', what)
      t.ok(faultsOf(answer).includes(`#${path} ${code}`), `${what} is ${code}, of ${faultsOf(answer)}`)
    }
  })
})

t.test('a date or an instant that does not exist is refused', async (t) => {
  const noDates = [
    '2026-02-30',
    '2025-02-29',
    '2026-13-01',
    '2026-00-10',
    '2026-1-2',
    '20260102',
    '0000-01-01',
  ]
  const noInstants = [
    '2026-02-30T10:00:00Z',
    '2026-11-20T24:00:00Z',
    '2026-11-20T10:00:00',
    '2026-11-20 10:00:00Z',
    '2026-11-20',
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59-23:59',
  ]
  await writesNothing(t, async () => {
    const isNamed = (answer: Answer, pointer: string, what: string) => {
      isRefusal(t, answer, 'invalid_input', what)
      t.ok(
        faultsOf(answer).some((fault) => fault.startsWith(`#${pointer} `)),
        `${what} is named, in ${faultsOf(answer)}`,
      )
    }
    for (const date of noDates) {
      for (const path of ['/patient/birthDate', '/consent/signedOn', '/consent/expiration/on']) {
        const payload = spoil(sampleReferral(world.programId), path, date)
        const answer = await refer(payload)
        isNamed(answer, path, `${path} ${date}`)
      }
      const hold = { method: 'POST' as const, url: `/v1/referrals/${ids.referrals}/hold`, headers: json }
      const payload = { reason: 'incarcerated', resumeBy: date }
      isNamed(await clinic({ ...hold, payload }), '/resumeBy', `resumeBy ${date}`)
    }
    for (const instant of noInstants) {
      const payload = spoil(sampleReferral(world.programId), '/consent/signatures/0/signedAt', instant)
      const answer = await refer(payload)
      isNamed(answer, '/consent/signatures/0/signedAt', `signedAt ${instant}`)
      for (const list of ['referrals', 'patients']) {
        const pull = await clinic({ url: `/v1/${list}?modifiedSince=${encodeURIComponent(instant)}` })
        isNamed(pull, '/modifiedSince', `${list} modifiedSince ${instant}`)
      }
    }
  })
})

t.test('text longer than its bound is refused, and names the bound, not the text', async (t) => {
  const bounds: [string, number][] = [
    ['/placerId', 200],
    ['/note', 4000],
    ['/patient/name', 200],
    ['/patient/postalCode', 20],
    ['/patient/identifier/system', 200],
    ['/patient/identifier/value', 200],
    ['/patient/contactPoints/0/value', 200],
    ['/consent/patientNameAsSigned', 200],
    ['/consent/informationDescription', 2000],
    ['/consent/purposeText', 1000],
    ['/consent/revocationInstructions', 1000],
    ['/consent/expiration/event', 500],
    ['/consent/signatures/0/name', 200],
  ]
  await writesNothing(t, async () => {
    for (const [path, max] of bounds) {
      const payload = spoil(fullReferral(world.programId), path, marker.padEnd(max + 1, 'x'))
      const answer = await refer(payload)
      names(t, answer, [`#${path} too_long`], path)
    }
    const answer = await clinic({ url: `/v1/referrals?placerId=${marker.padEnd(201, 'x')}` })
    names(t, answer, ['#/placerId too_long'], 'in a query')
  })
})

t.test('text that is not Unicode, or that no database can hold, is refused', async (t) => {
  const texts = [
    '/placerId',
    '/note',
    '/patient/name',
    '/patient/postalCode',
    '/patient/identifier/system',
    '/patient/identifier/value',
    '/patient/contactPoints/0/value',
    '/consent/patientNameAsSigned',
    '/consent/informationDescription',
    '/consent/purposeText',
    '/consent/revocationInstructions',
    '/consent/expiration/event',
    '/consent/signatures/0/name',
  ]
  const unstorable = [`${marker}\ud800`, `\udc00${marker}`, `${marker}\ude00\ud83d`, `${marker}\u0000`]
  const post = (url: string, payload: string) => clinic({ method: 'POST', url, headers: json, payload })
  await writesNothing(t, async () => {
    for (const path of texts) {
      for (const text of unstorable) {
        const body = JSON.stringify(spoil(fullReferral(world.programId), path, text))
        names(
          t,
          await post('/v1/referrals', body),
          [`#${path} invalid_unicode`],
          `${path} ${JSON.stringify(text)}`,
        )
      }
    }
    for (const text of unstorable) {
      const what = JSON.stringify(text)
      const organization = { name: 'Sample Hub', kind: 'hub', url: `https://hub.example/${text}` }
      const refused = await post('/v1/organizations', JSON.stringify(organization))
      isRefusal(t, refused, 'invalid_input', `a URL with ${what}`)
      const key = { kty: 'EC', kid: 'k', crv: 'P-256', x: 'x', y: 'y' }
      for (const jwk of [
        { ...key, x: text },
        { ...key, x5t: text },
        { ...key, kid: text },
      ]) {
        const client = { name: 'Sample EHR', scopes: ['referrals:read'], jwks: { keys: [jwk] } }
        isRefusal(t, await post('/v1/clients', JSON.stringify(client)), 'invalid_input', `a key with ${what}`)
      }
    }
    const query = encodeURIComponent(`${marker}|\u0000`)
    isRefusal(
      t,
      await clinic({ url: `/v1/patients?identifier=${query}` }),
      'invalid_input',
      'U+0000 in a query',
    )
    isRefusal(t, await clinic({ url: '/v1/referrals?placerId=%00' }), 'invalid_input', 'U+0000 in a query')
    for (const name of ['\ud800', '\u0000', '%', '\udfff/~']) {
      const body = JSON.stringify({ ...fullReferral(world.programId), [name]: marker })
      const answer = await post('/v1/referrals', body)
      isRefusal(t, answer, 'invalid_input', `a member named ${JSON.stringify(name)}`)
      t.match(faultsOf(answer), [/^#\/\S+ unknown_field$/], 'and it is named')
    }
  })
})

t.test('a body that is not JSON in UTF-8 is refused before anything is looked at', async (t) => {
  const whole = JSON.stringify(sampleReferral(world.programId, { note: marker }))
  const bytes = (...between: number[]) =>
    Buffer.concat([Buffer.from('{"note":"ZZMARKER'), Buffer.from(between), Buffer.from('"}')])
  const malformed: [string, string | Buffer][] = [
    ['half a body', whole.slice(0, -20)],
    ['a comma too many', `${whole.slice(0, -1)},}`],
    ['two bodies', whole + whole],
    ['single quotes', `{'note': '${marker}'}`],
    ['NaN', '{"capacity": NaN}'],
    ['a comment', `{} // ${marker}`],
    ['a bare word', marker],
    ['blanks', '   '],
    ['a raw line break in a text', `{"note":"${marker}\n"}`],
    ['Latin-1', bytes(0xe9)],
    ['an overlong form', bytes(0xc0, 0x80)],
    ['half a character', bytes(0xe2, 0x82)],
    ['a surrogate in UTF-8', bytes(0xed, 0xa0, 0x80)],
    ['UTF-16', Buffer.from(whole, 'utf16le')],
    ['nothing but noise', Buffer.from([0xff, 0xfe, 0x00, 0x01])],
  ]
  await writesNothing(t, async () => {
    for (const [what, payload] of malformed) {
      const answer = await refer(payload)
      isRefusal(t, answer, 'malformed_json', what)
    }
    for (const route of withBody) {
      isRefusal(t, await clinic(request(route, idFor(ids, route), '{')), 'malformed_json', called(route))
    }
    for (const route of bulk) {
      const asked = { ...request(route, '', 'x'), payload: bytes(0xe9) }
      isRefusal(t, await clinic(asked), 'malformed_json', `${called(route)} in Latin-1`)
    }
  })
})

t.test('JSON that is no object is refused, even where the body may be left out', async (t) => {
  await writesNothing(t, async () => {
    for (const route of withBody) {
      for (const payload of ['null', '[]', `["${marker}"]`, `"${marker}"`, '42', 'true']) {
        const answer = await clinic(request(route, service.unknownId(), payload))
        names(t, answer, ['# invalid_type'], `${called(route)} with ${payload}`)
      }
    }
  })
})

t.test('a member that would reach into the prototype of objects is refused', async (t) => {
  const whole = JSON.stringify(sampleReferral(world.programId))
  const poisoned = [
    `{"__proto__":{"polluted":"${marker}"},${whole.slice(1)}`,
    whole.replace('"patient":{', `"patient":{"__proto__":{"polluted":"${marker}"},`),
    whole.replace('"patient":{', `"patient":{"\\u005f_proto__":{"polluted":"${marker}"},`),
    `{"constructor":{"prototype":{"polluted":"${marker}"}},${whole.slice(1)}`,
  ]
  await writesNothing(t, async () => {
    for (const payload of poisoned) {
      const answer = await refer(payload)
      isRefusal(t, answer, 'malformed_json', payload.slice(0, 60))
    }
    for (const name of ['constructor', 'prototype', 'toString', 'hasOwnProperty']) {
      const payload = `{"${name}":"${marker}",${whole.slice(1)}`
      const answer = await refer(payload)
      names(t, answer, [`#/${name} unknown_field`], `a member named ${name}`)
    }
    for (const name of ['__proto__', 'constructor', 'toString']) {
      const answer = await clinic({ url: `/v1/referrals?${name}=${marker}` })
      names(t, answer, [`#/${name} unknown_field`], `a query parameter named ${name}`)
      const one = await clinic({ url: `/v1/referrals/${ids.referrals}?${name}=${marker}` })
      names(t, one, [`#/${name} unknown_field`], `a query parameter named ${name}, of one resource`)
    }
  })
  t.notOk('polluted' in {}, 'no object has changed')
})

t.test('a body of another media type, or of none, is refused', async (t) => {
  const body = JSON.stringify(sampleReferral(world.programId, { note: marker }))
  const others = [
    'text/plain',
    'text/json',
    'application/xml',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/octet-stream',
    'application/fhir+json',
    'application/jsonp',
    'application/',
    'json',
    '',
    'text/csv',
    'application/x-ndjson',
  ]
  await writesNothing(t, async () => {
    for (const type of others) {
      const answer = await refer(body, { 'content-type': type })
      isRefusal(t, answer, 'unsupported_media_type', `'${type}'`)
    }
    for (const route of [...withBody, ...bulk]) {
      const { headers, ...rest } = request(route, idFor(ids, route), bodyOf(route, ids))
      const { 'content-type': _, ...untyped } = headers
      isRefusal(t, await clinic({ ...rest, headers: untyped }), 'unsupported_media_type', called(route))
    }
    for (const route of bulk) {
      const asked = request(route, '', bodyOf(route, ids))
      for (const type of ['application/json', 'application/merge-patch+json', 'text/plain']) {
        const payload = type === 'text/plain' ? asked.payload : '{}'
        const answer = await clinic({ ...asked, payload, headers: { 'content-type': type } })
        isRefusal(t, answer, 'unsupported_media_type', `${called(route)} as ${type}`)
      }
      isRefusal(
        t,
        await clinic({ ...asked, payload: undefined, headers: {} }),
        'unsupported_media_type',
        `${called(route)} without a body`,
      )
    }
  })
})

t.test('a body larger than 256 KiB is refused, and one of exactly that size is read', async (t) => {
  const limit = 256 * 1024
  const sized = (bytes: number) => {
    const frame = JSON.stringify({ note: marker }).length - marker.length
    return JSON.stringify({ note: marker.padEnd(bytes - frame, 'x') })
  }
  const post = (payload: string | Readable) => refer(payload)
  await writesNothing(t, async () => {
    isRefusal(t, await post(sized(300 * 1024)), 'body_too_large', '300 KiB')
    isRefusal(t, await post(sized(limit + 1)), 'body_too_large', 'one byte too many')
    isRefusal(
      t,
      await post(Readable.from([sized(300 * 1024)])),
      'body_too_large',
      'of a length not said before',
    )
    isRefusal(t, await post(sized(limit)), 'invalid_input', 'exactly 256 KiB')
    for (const route of bulk) {
      const answer = await clinic(request(route, '', marker.padEnd(limit + 1, 'x')))
      isRefusal(t, answer, 'body_too_large', called(route))
    }
  })
})

t.test('an absent body is refused where a member is required, and the member is named', async (t) => {
  const demanding = withBody.filter(({ action, path }) => {
    const id = path.includes('{id}') ? { id: ids.referrals } : {}
    return !action.input.safeParse(id).success
  })
  t.ok(demanding.length > 5, 'there are such operations')
  await writesNothing(t, async () => {
    for (const route of demanding) {
      for (const headers of [json, {}]) {
        const asked = request(route, idFor(ids, route))
        const answer = await clinic({ ...asked, headers: { ...asked.headers, ...headers } })
        const consent = answer.body.code === 'consent_incomplete'
        isRefusal(t, answer, consent ? 'consent_incomplete' : 'invalid_input', called(route))
        t.ok(
          faultsOf(answer).some((fault) => /^#\/\w+ (required|consent_\w+_missing)$/.test(fault)),
          `${called(route)} names what is missing`,
        )
      }
    }
  })
})

t.test('every fault of a request is named at once', async (t) => {
  await writesNothing(t, async () => {
    const payload = JSON.stringify({
      placerId: 'x'.repeat(201),
      patient: {
        identifier: { system: 'https://clinic.example/mrn' },
        name: `${marker}\u0000`,
        birthDate: '2026-02-30',
        language: marker.repeat(2),
        timeZone: `Mars/${marker}`,
        contactPoints: [{ system: 'pigeon', value: '' }],
        brithDate: marker,
      },
      patientId: marker,
      programId: 12,
      reason: [],
      priority: marker,
      preferences: { must: { modes: [marker] } },
      consent: sampleConsent({
        signatures: undefined,
        expiration: { on: '2027-02-29' },
        purposes: [marker],
        evidence: marker,
      }),
      note: { text: marker },
    })
    const answer = await refer(payload)
    names(
      t,
      answer,
      [
        '#/placerId too_long',
        '#/patient/identifier/value required',
        '#/patient/name invalid_unicode',
        '#/patient/birthDate invalid_format',
        '#/patient/language invalid_format',
        '#/patient/timeZone invalid_time_zone',
        '#/patient/contactPoints/0/system invalid_code',
        '#/patient/contactPoints/0/value too_short',
        '#/patient/brithDate unknown_field',
        '#/patientId invalid_format',
        '#/patientId conflicting_members',
        '#/programId invalid_type',
        '#/reason too_few',
        '#/priority invalid_code',
        '#/preferences/must/modes/0 invalid_code',
        '#/consent/signatures consent_signature_missing',
        '#/consent/expiration/on invalid_format',
        '#/consent/purposes/0 invalid_code',
        '#/consent/evidence unknown_field',
        '#/note invalid_type',
      ],
      'a referral with twenty faults',
    )
    const query = await clinic({
      url: `/v1/referrals?limit=0&cursor=&status=${marker}&patientId=${marker}&modifiedSince=${marker}&since=1`,
    })
    names(
      t,
      query,
      [
        '#/limit too_small',
        '#/cursor too_short',
        '#/status invalid_code',
        '#/patientId invalid_format',
        '#/modifiedSince invalid_format',
        '#/since unknown_field',
      ],
      'a query with six faults',
    )
    const consent = sampleConsent({
      patientNameAsSigned: undefined,
      dataClasses: [],
      informationDescription: undefined,
      purposes: undefined,
      expiration: undefined,
      statements: {},
      revocationInstructions: undefined,
      signatures: [],
      signedOn: undefined,
    })
    const incomplete = await refer(sampleReferral(world.programId, { consent }))
    isRefusal(t, incomplete, 'consent_incomplete', 'a consent that lacks nine elements')
    t.equal(faultsOf(incomplete).length, 9, `nine faults, of ${faultsOf(incomplete)}`)
  })
})

t.test('a page size that is no count is refused, and a larger one counts as a hundred', async (t) => {
  await writesNothing(t, async () => {
    for (const route of lists) {
      for (const limit of ['0', '-1', 'abc', '1.5', '', 'NaN', '10&limit=20', marker]) {
        const answer = await clinic({ url: `${url(route, idFor(ids, route))}?limit=${limit}` })
        isRefusal(t, answer, 'invalid_input', `${called(route)} limit=${limit}`)
        t.match(faultsOf(answer), [/^#\/limit /], 'limit is named')
      }
    }
  })
  const otherClinic = await senderOf(world.otherClinic)
  for (let made = 1; made <= 101; made += 1) {
    await otherClinic({ method: 'POST', url: '/v1/patients', headers: json, payload: samplePatient() })
  }
  const first = await otherClinic({ url: '/v1/patients?limit=1000' })
  t.equal(first.body.data.length, 100, 'a hundred on the page')
  const rest = await otherClinic({ url: `/v1/patients?limit=1000&cursor=${first.body.nextCursor}` })
  t.equal(rest.body.data.length, 1, 'and the hundred and first on the next')
  t.equal(rest.body.nextCursor, null)
})

t.test('a cursor is good for its own list, filters and organization alone', async (t) => {
  const another = sampleReferral(world.programId)
  const second = await refer(another)
  t.equal(second.status, 201)
  const cursorOf = async (path: string) => {
    const { body } = await clinic({ url: path })
    t.type(body.nextCursor, 'string', `${path} has a next page`)
    return body.nextCursor as string
  }
  const patients = await cursorOf('/v1/patients?limit=1')
  const referrals = await cursorOf('/v1/referrals?limit=1')
  const requested = await cursorOf(`/v1/referrals?limit=1&programId=${world.programId}`)
  const history = await cursorOf(`/v1/referrals/${ids.referrals}/history?limit=1`)
  const programs = await cursorOf('/v1/programs?limit=1')
  const otherClinic = await senderOf(world.otherClinic, scopes)
  const elsewhere = await senderOf(otherWorld.clinic, scopes)

  t.equal((await clinic({ url: `/v1/patients?limit=5&cursor=${patients}` })).status, 200, 'another page size')
  await writesNothing(t, async () => {
    const refused: [string, Send, string][] = [
      ['another list', clinic, `/v1/consents?cursor=${patients}`],
      ['a filter more', clinic, `/v1/referrals?status=requested&cursor=${referrals}`],
      ['a filter less', clinic, `/v1/referrals?cursor=${requested}`],
      ['a filter changed', clinic, `/v1/referrals?programId=${world.otherProgramId}&cursor=${requested}`],
      ['another order', clinic, `/v1/patients?modifiedSince=2026-01-01T00:00:00Z&cursor=${patients}`],
      ['the list of another resource', clinic, `/v1/referrals/${second.body.id}/history?cursor=${history}`],
      ['another organization', otherClinic, `/v1/patients?cursor=${patients}`],
      ['another organization, in a list that all see', otherClinic, `/v1/programs?cursor=${programs}`],
      ['another network', elsewhere, `/v1/programs?cursor=${programs}`],
      ['a cursor cut short', clinic, `/v1/patients?cursor=${patients.slice(0, -4)}`],
      ['a cursor with more behind it', clinic, `/v1/patients?cursor=${patients}AAAA`],
      ['the page before it', clinic, `/v1/patients?cursor=${patients.slice(0, 30)}`],
      ['an id', clinic, `/v1/patients?cursor=${ids.patients}`],
    ]
    for (const [what, send, path] of refused) {
      isRefusal(t, await send({ url: path }), 'invalid_cursor', what)
    }
    const flipped = patients.startsWith('A') ? `B${patients.slice(1)}` : `A${patients.slice(1)}`
    isRefusal(
      t,
      await clinic({ url: `/v1/patients?cursor=${flipped}` }),
      'invalid_cursor',
      'a cursor altered',
    )
    for (const route of lists) {
      const path = url(route, idFor(ids, route))
      for (const cursor of ['garbage', marker, '%F0%9F%92%A9', 'null', "'%20or%201=1--"]) {
        const answer = await holderOf(route)({ url: `${path}?cursor=${cursor}` })
        isRefusal(t, answer, 'invalid_cursor', `${called(route)} cursor=${cursor}`)
      }
      const twice = await clinic({ url: `${path}?cursor=a&cursor=b` })
      names(t, twice, ['#/cursor invalid_type'], `${called(route)} with two cursors`)
      const long = await clinic({ url: `${path}?cursor=${'a'.repeat(1001)}` })
      names(t, long, ['#/cursor too_long'], `${called(route)} with a cursor of 1001 characters`)
    }
  })
})

t.test('what is not yours answers as what never was, next door or in another network', async (t) => {
  // Were the answers to differ, ids could be tried until one tells that a person is in treatment somewhere.
  /** The directory and the rules: every organization of the network may know them. */
  const shared = new Set([
    'organizations.get',
    'programs.get',
    'engagement.getRuleSet',
    'engagement.simulateRuleSet',
    'engagement.activateRuleSet',
    ...['recognitionSchemes.get', 'recognitionSchemes.retire', 'recognitionEvaluations.make'],
    ...['recognitionAppeals.decide', 'recognitionCredentials.get', 'recognitionCredentials.liftBar'],
    ...['accreditations.get', 'accreditations.confirm', 'organizationNeeds.get', 'organizationNeeds.list'],
  ])
  const without = ({ body }: Answer) => ({ ...body, requestId: '' })
  await writesNothing(t, async () => {
    for (const route of withId) {
      const ask = (id: string) => strangerTo(route)(request(route, id, bodyOf(route, ids)))
      const absent = await ask(service.unknownId())
      isRefusal(t, absent, 'not_found', `${called(route)} of an id that never was`)
      const network = await ask(idFor(otherIds, route))
      t.same(without(network), without(absent), `${called(route)} of another network`)
      if (shared.has(route.action.id)) continue
      const organization = await ask(idFor(ids, route))
      t.same(without(organization), without(absent), `${called(route)} of another organization`)
    }
  })
})

t.test('an id inside a body that is not yours is refused as one that never was', async (t) => {
  const consentTo = (organizationId: string | undefined) =>
    sampleConsent({ recipients: [{ organizationId }] })
  const own = await stranger({ method: 'POST', url: '/v1/mentors', headers: json, payload: sampleMentor() })
  const bodies: [string, (ids: Ids) => object][] = [
    [
      '/v1/referrals',
      ({ patients }) => sampleReferral(world.programId, { patient: undefined, patientId: patients }),
    ],
    [
      '/v1/referrals',
      ({ consents }) => sampleReferral(world.programId, { consent: undefined, consentId: consents }),
    ],
    ['/v1/consents', ({ patients }) => ({ patientId: patients, ...consentTo(world.clinic.organizationId) })],
    [
      '/v1/consents/check',
      ({ patients }) => ({
        patientId: patients,
        recipient: { organizationId: world.clinic.organizationId },
        dataClasses: ['identity'],
      }),
    ],
    ['/v1/portal-tokens', ({ mentors }) => ({ subject: { type: 'mentor', id: mentors } })],
    ['/v1/portal-tokens', ({ patients }) => ({ subject: { type: 'patient', id: patients } })],
    ['/v1/matching-runs', ({ programs }) => ({ programId: programs })],
    [
      '/v1/supervision-sessions',
      ({ mentors }) => ({ ...exampleOf('supervisionSessions.record'), mentorIds: [mentors] }),
    ],
    [`/v1/mentors/${own.body.id}/conflicts`, ({ patients }) => ({ patientId: patients, kind: 'treating' })],
  ]
  const ofNetwork: [string, (ids: Ids) => object][] = [
    ['/v1/referrals', ({ programs }) => sampleReferral(programs ?? '')],
    [
      '/v1/referrals',
      ({ organizations }) => sampleReferral('', { programId: undefined, organizationId: organizations }),
    ],
    [
      '/v1/referrals',
      ({ organizations }) => sampleReferral(world.programId, { consent: consentTo(organizations) }),
    ],
    [
      '/v1/clients',
      ({ organizations }) => ({
        name: 'Sample EHR',
        scopes: ['referrals:read'],
        organizationId: organizations,
      }),
    ],
    ['/v1/mentors', ({ organizations }) => sampleMentor({ employerIds: [organizations] })],
    ['/v1/mentors', ({ organizations }) => sampleMentor({ supervisorOrganizationId: organizations })],
  ]
  const absent: Ids = Object.fromEntries(Object.keys(ids).map((family) => [family, service.unknownId()]))
  const without = ({ status, body }: Answer) => ({ ...body, status, requestId: '' })
  await writesNothing(t, async () => {
    for (const [path, toBody] of [...bodies, ...ofNetwork]) {
      const ask = (from: Ids) => stranger({ method: 'POST', url: path, headers: json, payload: toBody(from) })
      const never = await ask(absent)
      isRefusal(
        t,
        never,
        never.status === 404 ? 'not_found' : 'invalid_input',
        `${path} of an id that never was`,
      )
      t.same(without(await ask(otherIds)), without(never), `${path} of another network`)
      if (ofNetwork.some(([, known]) => known === toBody)) continue
      t.same(without(await ask(ids)), without(never), `${path} of another organization`)
    }
  })
})

t.test(
  'nobody, not even who runs the network, gives a client to an organization that never was',
  async (t) => {
    const office = await senderOf(world.admin)
    const client = { name: 'Sample EHR', scopes: ['referrals:read'], organizationId: service.unknownId() }
    await writesNothing(t, async () => {
      const answer = await office({ method: 'POST', url: '/v1/clients', headers: json, payload: client })
      names(t, answer, ['#/organizationId unknown_organization'], 'an unknown organization')
    })
  },
)

t.test('an id that is no id is not found', async (t) => {
  const malformed = [
    'abc',
    '1',
    'null',
    'undefined',
    marker,
    `${ids.referrals}0`,
    `${ids.referrals}%0A`,
    `%00${ids.referrals}`,
    "'%20or%201=1--",
    '..%2F..%2Fetc%2Fpasswd',
    '%F0%9F%92%A9',
    '00000000-0000-0000-0000-000000000000',
    'x'.repeat(150),
  ]
  await writesNothing(t, async () => {
    for (const route of withId) {
      for (const id of malformed) {
        const answer = await clinic(request(route, id, bodyOf(route, ids)))
        isRefusal(t, answer, 'not_found', `${called(route)} of ${id}`)
      }
    }
  })
})

t.test('a path that leads nowhere, or that is no path, is not found', async (t) => {
  const nowhere = [
    '/v1/nothing',
    `/v1/${marker}`,
    '/v1/',
    '/v1/referrals/',
    `/v1/referrals/${ids.referrals}/nothing`,
    `/v1/referrals/${ids.referrals}/accept/`,
    '/v1//referrals',
    '/v2/referrals',
    '/nothing',
    `/v1/referrals/${'x'.repeat(500)}`,
    `/v1/referrals/%E0%A4%A${marker}`,
    `/v1/%${marker}`,
    `/%ff${marker}`,
  ]
  await writesNothing(t, async () => {
    for (const path of nowhere) isRefusal(t, await clinic({ url: path }), 'not_found', path)
    for (const method of ['DELETE', 'PUT', 'OPTIONS'] as const) {
      for (const route of routes) {
        const answer = await clinic({ method, url: url(route, idFor(ids, route)) })
        isRefusal(t, answer, 'not_found', `${method} ${route.path}`)
      }
    }
    for (const route of routes.filter(({ path }) => path === '/referrals' || path === '/patients')) {
      const answer = await clinic({ ...request(route, '', {}), method: 'PATCH' })
      isRefusal(t, answer, 'not_found', `PATCH ${route.path}`)
    }
  })
})

t.test('a token without the scope is refused, whatever else is wrong with the request', async (t) => {
  await writesNothing(t, async () => {
    for (const wanted of new Set(routes.map(({ action }) => action.scope))) {
      const send = await senderOf(
        world.clinic,
        scopes.filter((scope) => scope !== wanted),
      )
      for (const route of routes.filter(({ action }) => action.scope === wanted)) {
        for (const id of [idFor(ids, route), idFor(otherIds, route), service.unknownId()]) {
          const answer = await send(request(route, id, bodyOf(route, ids)))
          isRefusal(t, answer, 'insufficient_scope', called(route))
        }
        if (route.method === 'get' || route.bulk) continue
        const answer = await send(request(route, idFor(ids, route), { [marker]: marker }))
        isRefusal(t, answer, 'insufficient_scope', `${called(route)} with a bad body`)
      }
    }
  })
})

t.test('without a valid token every path is refused alike', async (t) => {
  const isUnauthenticated = async (asked: ReturnType<typeof request>, authorization: string) => {
    const answer = await service.inject({ ...asked, headers: { ...asked.headers, authorization } })
    isRefusal(t, answer, 'unauthenticated', `${asked.method} ${asked.url} with '${authorization}'`)
    t.match(answer.headers['www-authenticate'], /^Bearer/)
  }
  await writesNothing(t, async () => {
    for (const token of ['', 'Bearer', `Bearer ${marker}`, 'Basic Og==', 'Bearer x.x.x', 'Bearer ..'])
      await isUnauthenticated({ url: '/v1/referrals', method: 'GET', headers: {} }, token)
    for (const route of routes)
      await isUnauthenticated(request(route, idFor(ids, route), bodyOf(route, ids)), `Bearer ${marker}`)
    await isUnauthenticated({ url: '/v1/nothing', method: 'GET', headers: {} }, '')
  })
})

t.test('an Idempotency-Key that is no key, or that was used for something else, is refused', async (t) => {
  const keys = ['', '""', ' ', 'two words', '"two words"', 'x'.repeat(256), 'cl\u00e9', '\u0001']
  const payload = sampleReferral(world.programId, { note: marker })
  await writesNothing(t, async () => {
    for (const key of keys) {
      const answer = await refer(payload, { ...json, 'idempotency-key': key })
      isRefusal(t, answer, 'invalid_idempotency_key', JSON.stringify(key))
    }
    for (const route of routes.filter(({ method }) => method === 'post')) {
      const { headers, ...asked } = request(route, idFor(ids, route), bodyOf(route, ids))
      const answer = await clinic({ ...asked, headers: { ...headers, 'idempotency-key': 'two words' } })
      isRefusal(t, answer, 'invalid_idempotency_key', called(route))
    }
  })
  const headers = { ...json, 'idempotency-key': 'order-1' }
  t.equal((await refer(payload, headers)).status, 201)
  await writesNothing(t, async () => {
    const other = { ...payload, note: `${marker} ${marker}` }
    const answer = await refer(other, headers)
    isRefusal(t, answer, 'idempotency_key_reused', 'the same key with another body')
    const again = await refer(other, { ...headers, 'idempotency-key': '"order-1"' })
    isRefusal(t, again, 'idempotency_key_reused', 'the same key, quoted')
  })
})

t.test('a change without If-Match where it is required, or with another version, is refused', async (t) => {
  const tags = ['"v999"', 'v1', '1', '""', '', 'W/"v1"', marker, `"v${'9'.repeat(40)}"`, '"v-1"', '"v1']
  const change = (route: Route, extra: Record<string, string>) => {
    const { headers, ...asked } = request(route, idFor(ids, route), bodyOf(route, ids))
    const { 'if-match': _, ...others } = headers
    return holderOf(route)({ ...asked, headers: { ...others, ...extra } })
  }
  await writesNothing(t, async () => {
    for (const route of routes.filter(({ ifMatch }) => ifMatch === 'required')) {
      isRefusal(t, await change(route, {}), 'precondition_required', called(route))
      for (const tag of tags)
        isRefusal(t, await change(route, { 'if-match': tag }), 'version_conflict', `${called(route)} ${tag}`)
    }
    for (const route of routes.filter(({ ifMatch }) => ifMatch === 'accepted')) {
      const answer = await change(route, { 'if-match': '"v999"' })
      // What is a person's own an organization may not change, whatever version it has read.
      const code = route.refusals.includes('person_decides') ? 'person_decides' : 'version_conflict'
      isRefusal(t, answer, code, called(route))
    }
  })
})

t.test('a refusal of what is well-formed tells nothing of the patient either', async (t) => {
  const clinic = await service.as(world.clinic)
  const operator = await service.as(world.operator)
  const marked = sampleReferral(world.programId, {
    placerId: `${marker}-1`,
    note: marker,
    patient: samplePatient({
      name: marker,
      identifier: { system: marker, value: marker },
      postalCode: marker,
    }),
    consent: sampleConsent({ patientNameAsSigned: marker, informationDescription: marker }),
  })
  const { body: referral } = await clinic.post('/v1/referrals', marked)
  t.type(referral.id, 'string')
  await clinic.post(`/v1/referrals/${referral.id}/cancel`, { reason: 'sent_in_error', text: marker })
  const refused: [ErrorCode, () => Promise<Answer>][] = [
    ['transition_not_allowed', () => clinic.post(`/v1/referrals/${referral.id}/accept`, {})],
    [
      'transition_not_allowed',
      () => operator.post(`/v1/referrals/${referral.id}/reject`, { reason: 'other', text: marker }),
    ],
    [
      'transition_not_allowed',
      () => operator.post(`/v1/mentors/${ids.mentors}/status`, { status: 'screening', reason: marker }),
    ],
    ['offer_not_open', () => operator.post(`/v1/offers/${ids.offers}/decline`, { reason: marker })],
    [
      'two_way_contact_required',
      () =>
        operator.post(`/v1/referrals/${ids.referrals}/complete`, {
          outcome: 'goals_met',
          nextSupport: marker,
        }),
    ],
    [
      'contact_attempts_required',
      () =>
        operator.post(`/v1/referrals/${ids.referrals}/fail`, { reason: 'unable_to_contact', text: marker }),
    ],
    [
      'version_conflict',
      () => clinic.patch(`/v1/patients/${referral.patientId}`, { name: marker }, { 'if-match': '"v99"' }),
    ],
    [
      'natural_key_taken',
      () =>
        operator.post('/v1/programs', { name: 'Sample Peer Line', description: marker, modes: ['phone'] }),
    ],
    [
      'consent_incomplete',
      () =>
        clinic.post(
          '/v1/referrals',
          sampleReferral(world.programId, {
            consent: sampleConsent({ patientNameAsSigned: marker, expiration: { on: '2026-01-01' } }),
          }),
        ),
    ],
    [
      'invalid_input',
      () => clinic.post('/v1/referrals', sampleReferral(service.unknownId(), { note: marker })),
    ],
    [
      'invalid_input',
      () =>
        operator.post(`/v1/mentorships/${ids.mentorships}/contacts`, {
          at: '2027-01-01T00:00:00Z',
          mode: 'phone',
          result: 'two_way',
          summary: marker,
        }),
    ],
  ]
  await writesNothing(t, async () => {
    for (const [code, answer] of refused) isRefusal(t, await answer(), code, code)
  })
})
