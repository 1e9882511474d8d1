import { createRequire } from 'node:module'
import { Validator } from '@seriousme/openapi-schema-validator'
import type { Ajv2020 as Ajv } from 'ajv/dist/2020.js'
import type { FormatsPlugin } from 'ajv-formats'
import t from 'tap'
import { catalogue } from '../../src/core/errors.ts'
import { createOpenApi } from '../../src/rest/openapi.ts'
import { routes } from '../../src/rest/routes.ts'

const require = createRequire(import.meta.url)
const { Ajv2020 } = require('ajv/dist/2020.js') as { Ajv2020: new (options: object) => Ajv }
const addFormats = require('ajv-formats') as FormatsPlugin

interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly additionalProperties?: Schema | boolean
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
  readonly example?: unknown
  readonly examples?: readonly unknown[]
  readonly [keyword: string]: unknown
}

interface Media {
  readonly schema?: Schema
  readonly example?: unknown
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>
}

interface Response {
  readonly description: string
  readonly headers?: Readonly<Record<string, { readonly schema: Schema }>>
  readonly content?: Readonly<Record<string, Media>>
}

interface Operation {
  readonly operationId: string
  readonly parameters?: readonly { readonly name: string; readonly schema: Schema }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> }
  readonly responses: Readonly<Record<string, Response>>
}

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

/** A plain copy, as a client gets it: what JSON drops is not part of the contract. */
const published = JSON.parse(JSON.stringify(createOpenApi('http://alongside.test'))) as OpenApi

const operations = Object.entries(published.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
)
/** The token endpoint speaks OAuth (RFC 6749): other refusals, no scopes of ours. */
const ownOperations = operations.filter(({ path }) => path.startsWith('/v1/'))

interface Placed<Value> {
  readonly at: string
  readonly value: Value
}

const step = (at: string, ...keys: (string | number)[]) =>
  [
    at,
    ...keys.map((key) => encodeURIComponent(String(key).replaceAll('~', '~0').replaceAll('/', '~1'))),
  ].join('/')

/** A schema and every schema written inside it. */
function schemasIn(schema: Schema, at: string): Placed<Schema>[] {
  const inside = [
    ...Object.entries(schema.properties ?? {}).map(([name, value]) => [value, step(at, 'properties', name)]),
    ...(schema.items ? [[schema.items, step(at, 'items')]] : []),
    ...(typeof schema.additionalProperties === 'object'
      ? [[schema.additionalProperties, step(at, 'additionalProperties')]]
      : []),
    ...(['anyOf', 'oneOf', 'allOf'] as const).flatMap((keyword) =>
      (schema[keyword] ?? []).map((value, index) => [value, step(at, keyword, index)]),
    ),
  ] as [Schema, string][]
  return [{ at, value: schema }, ...inside.flatMap(([value, place]) => schemasIn(value, place))]
}

/** The same, and what the references lead to: everything that a value is held against. */
function reachable(schema: Schema, at: string, seen = new Set<string>()): Placed<Schema>[] {
  return schemasIn(schema, at).flatMap((placed) => {
    const name = placed.value.$ref?.replace('#/components/schemas/', '')
    if (name === undefined || seen.has(name)) return [placed]
    seen.add(name)
    const target = published.components.schemas[name]
    return [placed, ...(target ? reachable(target, `#/components/schemas/${name}`, seen) : [])]
  })
}

function mediaOf(path: string, method: string, operation: Operation): Placed<Media>[] {
  const at = step('#', 'paths', path, method)
  return [
    ...Object.entries(operation.requestBody?.content ?? {}).map(([type, value]) => ({
      at: step(at, 'requestBody', 'content', type),
      value,
    })),
    ...Object.entries(operation.responses).flatMap(([status, { content = {} }]) =>
      Object.entries(content).map(([type, value]) => ({
        at: step(at, 'responses', status, 'content', type),
        value,
      })),
    ),
  ]
}

const media = operations.flatMap(({ path, method, operation }) => mediaOf(path, method, operation))

function parametersOf(path: string, method: string, operation: Operation): Placed<Schema>[] {
  return (operation.parameters ?? []).map(({ schema }, index) => ({
    at: step('#', 'paths', path, method, 'parameters', index, 'schema'),
    value: schema,
  }))
}

/** Everything that a caller sends: bodies of every media type, path and query parameters, headers. */
const requestSchemas = operations.flatMap(({ path, method, operation }) => [
  ...Object.entries(operation.requestBody?.content ?? {}).flatMap(([type, { schema }]) =>
    schema
      ? reachable(schema, step('#', 'paths', path, method, 'requestBody', 'content', type, 'schema'))
      : [],
  ),
  ...parametersOf(path, method, operation).flatMap(({ value, at }) => reachable(value, at)),
])

const ajv = new Ajv2020({ strict: false, allErrors: true })
addFormats(ajv)
ajv.addSchema(published, 'openapi')

function faultsOf(schemaAt: string, value: unknown): string {
  const validate = ajv.getSchema(`openapi${schemaAt}`)
  if (!validate) return `there is no schema at ${schemaAt}`
  return validate(value) ? '' : ajv.errorsText(validate.errors)
}

const isOf = (type: string, schema: Schema) => [schema.type].flat().includes(type)
const has = (schema: Schema, ...keywords: string[]) =>
  keywords.some((keyword) => schema[keyword] !== undefined)

/** Places, each once: a component that two operations take is one fault, not two. */
const places = (found: readonly Placed<Schema>[]) => [...new Set(found.map(({ at }) => at))].sort()

t.test('the contract is a valid OpenAPI 3.1 document', async (t) => {
  const validator = new Validator()
  const { valid, errors } = await validator.validate(structuredClone(published) as never)
  t.ok(valid, 'it conforms to the OpenAPI schema', { errors })
  t.equal(validator.version, '3.1')
})

t.test('every example that the contract shows is valid by the schema beside it', async (t) => {
  const inMedia = media.flatMap(({ at, value: { example, examples = {} } }) =>
    [...(example === undefined ? [] : [example]), ...Object.values(examples).map(({ value }) => value)].map(
      (value) => ({ at, schemaAt: step(at, 'schema'), value }),
    ),
  )
  const everySchema = [
    ...Object.entries(published.components.schemas).flatMap(([name, schema]) =>
      schemasIn(schema, step('#', 'components', 'schemas', name)),
    ),
    ...media.flatMap(({ at, value: { schema } }) => (schema ? schemasIn(schema, step(at, 'schema')) : [])),
    ...operations.flatMap(({ path, method, operation }) =>
      parametersOf(path, method, operation).flatMap(({ value, at }) => schemasIn(value, at)),
    ),
  ]
  const inSchemas = everySchema.flatMap(({ at, value: { example, examples = [] } }) =>
    [...(example === undefined ? [] : [example]), ...examples].map((value) => ({ at, schemaAt: at, value })),
  )
  t.ok(inMedia.length > 0 && inSchemas.length > 0, 'there are examples to hold')
  const wrong = [...inMedia, ...inSchemas]
    .map(({ at, schemaAt, value }) => ({ at, faults: faultsOf(schemaAt, value) }))
    .filter(({ faults }) => faults !== '')
  t.same(wrong, [])
})

t.test('an operation is named as its action is, and no two share a name', async (t) => {
  const named = new Map(
    ownOperations.map(({ path, method, operation }) => [`${method} ${path}`, operation.operationId]),
  )
  const served = new Map(routes.map(({ method, path, action }) => [`${method} /v1${path}`, action.id]))
  t.same(Object.fromEntries(named), Object.fromEntries(served))
  const ids = operations.map(({ operation }) => operation.operationId)
  t.same(
    ids.filter((id, index) => ids.indexOf(id) !== index),
    [],
  )
})

t.test(
  'every operation says how it succeeds, and that it may refuse a token, a scope, or fail',
  async (t) => {
    const silent = ownOperations.flatMap(({ path, method, operation: { responses } }) =>
      ['401', '403', '500']
        .filter((status) => !responses[status]?.content?.['application/problem+json'])
        .concat(Object.keys(responses).some((status) => /^2\d\d$/.test(status)) ? [] : ['2xx'])
        .map((status) => `${method} ${path} does not document ${status}`),
    )
    t.same(silent, [])
  },
)

t.test('every answer with a body has a schema', async (t) => {
  t.same(
    media.filter(({ value }) => value.schema === undefined).map(({ at }) => at),
    [],
  )
})

/** Said before there is a request, and so of no operation; the document has them in its introduction. */
const ofConnections = new Set(['request_too_slow', 'headers_too_large'])

t.test('the error codes of the catalogue and of the operations are the same codes', async (t) => {
  const documented = new Map<string, string>()
  for (const { operation } of ownOperations) {
    for (const [status, { description, content }] of Object.entries(operation.responses)) {
      if (!content?.['application/problem+json']) continue
      const codes = [...description.matchAll(/`([a-z_]+)`/g)].map(([, code = '']) => code)
      t.not(codes.length, 0, `${operation.operationId} names the codes of ${status}`)
      for (const code of codes) documented.set(code, status)
    }
  }
  const known = Object.fromEntries(
    Object.entries(catalogue)
      .filter(([code]) => !ofConnections.has(code))
      .map(([code, { status }]) => [code, String(status)]),
  )
  t.same(Object.fromEntries([...documented].sort()), Object.fromEntries(Object.entries(known).sort()))
})

t.test('every text that a caller may send is bounded or of a known form', async (t) => {
  const open = requestSchemas.filter(
    ({ value }) => isOf('string', value) && !has(value, 'maxLength', 'enum', 'pattern', 'format', 'const'),
  )
  t.same(places(open), [])
})

t.test('every list that a caller may send is bounded', async (t) => {
  const open = requestSchemas.filter(({ value }) => isOf('array', value) && !has(value, 'maxItems'))
  t.same(places(open), [])
})

t.test('every number that a caller may send is bounded at both ends', async (t) => {
  const open = requestSchemas.filter(
    ({ value }) =>
      (isOf('integer', value) || isOf('number', value)) &&
      !(has(value, 'minimum', 'exclusiveMinimum') && has(value, 'maximum', 'exclusiveMaximum')) &&
      !has(value, 'enum', 'const', 'format'),
  )
  t.same(places(open), [])
})

/** Closed: no member but those named, or (of a map by codes) no name but the codes. */
const namesItsMembers = ({ additionalProperties, propertyNames }: Schema) =>
  additionalProperties === false || (propertyNames as Schema | undefined)?.enum !== undefined

t.test('no operation takes a body with members that it does not name', async (t) => {
  // OAuth obliges the token endpoint to ignore what it does not know (RFC 6749 section 3.2).
  const taken = ownOperations.flatMap(({ path, method, operation }) =>
    Object.entries(operation.requestBody?.content ?? {}).flatMap(([type, { schema }]) =>
      schema
        ? reachable(schema, step('#', 'paths', path, method, 'requestBody', 'content', type, 'schema'))
        : [],
    ),
  )
  const open = taken.filter(({ value }) => isOf('object', value) && !namesItsMembers(value))
  t.same(places(open), [])
})

t.test('a body is JSON and an object, but for the routes of many lines, which take text', async (t) => {
  const bulk = new Set(routes.filter((route) => route.bulk).map(({ action }) => action.id))
  t.ok(bulk.size > 0)
  const bodies = ownOperations.flatMap(({ path, method, operation }) =>
    Object.entries(operation.requestBody?.content ?? {}).map(([type, { schema = {} }]) => {
      const at = step('#', 'paths', path, method, 'requestBody', 'content', type, 'schema')
      const [whole] = reachable(schema, at).filter(({ value }) => !value.$ref)
      return { operation: operation.operationId, type, of: whole?.value.type }
    }),
  )
  for (const { operation, type, of } of bodies) {
    if (bulk.has(operation))
      t.match({ type, of }, { type: /^(text\/csv|application\/x-ndjson)$/, of: 'string' }, operation)
    else t.match({ type, of }, { type: /^application\/(merge-patch\+)?json$/, of: 'object' }, operation)
  }
})
