import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { statementName } from '../../src/telemetry/statement-name.ts'
import { startTracing } from '../../src/telemetry/tracing.ts'
import { eventually } from '../support/eventually.ts'
import { sampleReferral } from '../support/samples.ts'
import { startService } from '../support/service.ts'

interface Attribute {
  readonly key: string
  readonly value: { readonly stringValue?: string; readonly intValue?: number }
}
interface Span {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  readonly attributes: readonly Attribute[]
  readonly status: { readonly code?: number; readonly message?: string }
  readonly events?: readonly unknown[]
}

interface Sent {
  readonly resourceSpans: readonly { readonly scopeSpans: readonly { readonly spans: readonly Span[] }[] }[]
}

/** A collector: takes what comes by OTLP over HTTP and keeps it. */
async function startCollector(t: Test) {
  const taken: { type: string; body: Buffer }[] = []
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      taken.push({ type: String(request.headers['content-type']), body: Buffer.concat(parts) })
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    taken,
    spans: (): Span[] =>
      taken
        .flatMap(({ body }) => (JSON.parse(body.toString()) as Sent).resourceSpans)
        .flatMap(({ scopeSpans }) => scopeSpans)
        .flatMap(({ spans }) => spans),
    resource: () => JSON.parse(taken[0]?.body.toString() ?? '{}').resourceSpans[0].resource.attributes,
  }
}

t.test(
  'a request, its action and its statements arrive as one trace, and nothing of anybody in it',
  async (t) => {
    const collector = await startCollector(t)
    const tracing = await startTracing({ protocol: 'http/json' })
    const service = await startService(t, { tracing })
    const { clinic, programId } = await service.createWorld()
    const api = await service.as(clinic)
    const callersTrace = '0af7651916cd43dd8448eb211c80319c'
    const created = await api.post('/v1/referrals', sampleReferral(programId), {
      traceparent: `00-${callersTrace}-b7ad6b7169203331-01`,
      baggage: 'patient=Sample',
    })
    t.equal(created.status, 201)
    await api.get(`/v1/referrals/${service.unknownId()}`)
    await api.get('/v1/patients?identifier=889900')
    await api.get('/health/live')
    await tracing.stop()
    const spans = await eventually('the collector has them', () => {
      const all = collector.spans()
      return all.length > 5 && all
    })

    const server = spans.find(({ name }) => name === 'POST /v1/referrals')
    if (!server) throw new Error(`no span of the request: ${spans.map(({ name }) => name)}`)
    t.equal(server.traceId, callersTrace, 'traceparent is honoured')
    t.equal(server.parentSpanId, 'b7ad6b7169203331')
    t.same(
      Object.fromEntries(
        server.attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue]),
      ),
      { 'http.request.method': 'POST', 'http.route': '/v1/referrals', 'http.response.status_code': 201 },
    )
    const ofTrace = spans.filter(({ traceId }) => traceId === callersTrace)
    const action = ofTrace.find(({ name }) => name === 'referrals.create')
    t.equal(
      action?.parentSpanId,
      server.spanId,
      'the action belongs to the request, though it came with a body',
    )
    const statements = ofTrace
      .filter(({ parentSpanId }) => parentSpanId === action?.spanId)
      .map(({ name }) => name)
    for (const name of ['insert into referrals', 'begin', 'commit'].map(statementName))
      t.ok(statements.includes(name), `${name} belongs to the action: ${statements}`)

    const refused = spans.find(({ name }) => name === 'GET /v1/referrals/:id')
    t.ok(refused, 'by its template')
    t.match(
      spans.find(({ name, traceId }) => name === 'referrals.get' && traceId === refused?.traceId)?.attributes,
      [{ key: 'alongside.outcome', value: { stringValue: 'not_found' } }],
    )
    t.notOk(
      spans.some(({ name }) => name.includes('health')),
      'probes are not traced',
    )
    const words = JSON.stringify(
      spans.map(({ name, attributes, status, events }) => ({ name, attributes, status, events })),
    )
    for (const secret of [
      created.body.id,
      created.body.patientId,
      clinic.networkId,
      clinic.clientId,
      'Sample',
      '889900',
    ])
      t.notOk(words.includes(secret), `${secret} is in no span`)
    t.notMatch(words, /[0-9a-f]{8}-[0-9a-f]{4}/, 'no id at all')
    t.match(JSON.stringify(collector.resource()), /"service.name","value":\{"stringValue":"alongside"/)
  },
)

t.test('by default what is sent is protobuf, as collectors expect it', async (t) => {
  const collector = await startCollector(t)
  const tracing = await startTracing({ protocol: 'http/protobuf' })
  const service = await startService(t, { tracing })
  await service.inject({ method: 'GET', url: '/openapi.json' })
  await tracing.stop()
  const [sent] = collector.taken
  t.equal(sent?.type, 'application/x-protobuf')
  t.ok(sent?.body.includes('GET /openapi.json'))
})

t.test('a statement is named by its verb and its table, never by what stands in it', async (t) => {
  const names = {
    "begin; set local app.network_id = '01a1f002-8ebb-7319-ac41-8f4b2a5b9c2d'": 'begin',
    'insert into "referrals" ("id") values ($1)': 'insert referrals',
    "select 1 from pgboss.job where name = 'x'": 'select pgboss.job',
    'with due as (select * from clocks) update clocks set step = 1': 'with clocks',
    'update only "patients" set "x" = $1': 'update patients',
    '$$ odd': 'statement',
    commit: 'commit',
  }
  for (const [text, name] of Object.entries(names)) t.equal(statementName(text), name)
})
