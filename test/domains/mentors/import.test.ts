import t from 'tap'
import { startService } from '../../support/service.ts'

async function ready(t: Parameters<typeof startService>[0]) {
  const started = await startService(t)
  const world = await started.createWorld()
  const operator = await started.as(world.operator)
  const send = (body: string, type: string, query = '') =>
    operator.post(`/v1/mentors/import${query}`, body, { 'content-type': type })
  const names = async () =>
    (await operator.get('/v1/mentors')).body.data
      .map(({ displayName }: { displayName: string }) => displayName)
      .sort()
  return { ...started, world, operator, send, names }
}

const csv = [
  'displayName,type,languages,availability,capacity',
  'Sample One,peer_certified,en|es,FREQ=WEEKLY;BYDAY=TU;BYHOUR=18,4',
  'Sample Two,peer_expert,en,,4',
  'Sample Three,peer_volunteer,en,FREQ=HOURLY;BYHOUR=1,many',
  '"Sample Four",family_peer,es,,2',
].join('\r\n')

t.test('good lines are created and bad ones refused, line by line', async (t) => {
  const { send, names } = await ready(t)
  const { status, body } = await send(csv, 'text/csv')
  t.equal(status, 200)
  t.match(body, {
    dryRun: false,
    accepted: 2,
    refused: 2,
    lines: [
      { line: 2, status: 'created', mentorId: /^[0-9a-f-]{36}$/ },
      { line: 3, status: 'refused', errors: [{ pointer: '#/type', code: 'invalid_code' }] },
      {
        line: 4,
        status: 'refused',
        errors: [
          { pointer: '#/availability/0', code: 'invalid_availability' },
          { pointer: '#/capacity', code: 'invalid_type' },
        ],
      },
      { line: 5, status: 'created' },
    ],
  })
  t.same(await names(), ['Sample Four', 'Sample One'])
})

t.test('a dry run judges every line and stores nothing', async (t) => {
  const { send, names } = await ready(t)
  t.match((await send(csv, 'text/csv', '?dryRun=true')).body, {
    dryRun: true,
    accepted: 2,
    refused: 2,
    lines: [{ status: 'valid' }, { status: 'refused' }, { status: 'refused' }, { status: 'valid' }],
  })
  t.same(await names(), [])
})

t.test('NDJSON says the same, and a line that is no JSON does not stop the rest', async (t) => {
  const { send, operator } = await ready(t)
  const lines = [
    JSON.stringify({
      displayName: 'Sample One',
      type: 'peer_certified',
      releases: { substances: ['coordinator'] },
    }),
    '{"displayName": "Sample Two"',
    JSON.stringify({ displayName: 'Sample Three', type: 'peer_certified', nickname: 'Sam' }),
    JSON.stringify({
      displayName: 'Sample Four',
      type: 'peer_certified',
      employerIds: ['01938f3e-7c00-7aaa-8bbb-0123456789ab'],
    }),
  ]
  const { body } = await send(lines.join('\n'), 'application/x-ndjson')
  t.match(body.lines, [
    { line: 1, status: 'created' },
    { line: 2, status: 'refused', errors: [{ code: 'malformed_json' }] },
    { line: 3, status: 'refused', errors: [{ pointer: '#/nickname', code: 'unknown_field' }] },
    { line: 4, status: 'refused', errors: [{ pointer: '#/employerIds/0', code: 'unknown_organization' }] },
  ])
  t.match((await operator.get(`/v1/mentors/${body.lines[0].mentorId}`)).body, {
    displayName: 'Sample One',
    status: 'applicant',
  })
})

t.test('the import takes lines, and nothing else takes them', async (t) => {
  const { operator, send } = await ready(t)
  const refused = { status: 415, body: { code: 'unsupported_media_type' } }
  t.match(await operator.post('/v1/mentors/import', { displayName: 'Sample' }), refused)
  t.match(await operator.post('/v1/mentors', csv, { 'content-type': 'text/csv' }), refused)
  t.match(await send(csv, 'text/csv', '?dryrun=true'), {
    status: 422,
    body: { errors: [{ pointer: '#/dryrun', code: 'unknown_field' }] },
  })
})

t.test('an import sent again under its key is answered again and adds nobody twice', async (t) => {
  const { operator, names } = await ready(t)
  const once = () =>
    operator.post('/v1/mentors/import', csv, { 'content-type': 'text/csv', 'idempotency-key': 'roster-1' })
  const [first, second] = [await once(), await once()]
  t.same(second.body, first.body)
  t.equal(second.headers['idempotency-replayed'], 'true')
  t.same(await names(), ['Sample Four', 'Sample One'])
})
