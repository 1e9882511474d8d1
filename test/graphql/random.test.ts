import fc from 'fast-check'
import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql'
import t from 'tap'
import { catalogue } from '../../src/core/errors.ts'
import { graphqlCodes } from '../../src/graphql/codes.ts'
import { createSchema } from '../../src/graphql/schema.ts'
import { sampleReferral } from '../support/samples.ts'
import { startService } from '../support/service.ts'

/** Fixed, so that a run that fails fails again; change it now and then to look elsewhere. */
const seed = 20_261_125
const runs = 150

const schema = createSchema()
const known = new Set([...Object.keys(catalogue), ...Object.keys(graphqlCodes)])

/** A value as a document would have it: often of the right kind, now and then of any. */
function anyValue(type: GraphQLInputType, ids: readonly string[]): fc.Arbitrary<string> {
  const odd = fc.constantFrom(
    'null',
    '-1',
    '"\\u0000"',
    '{}',
    '[]',
    '[[1]]',
    'SOMETHING',
    '1e308',
    '99999999999',
    '""',
  )
  return fc.oneof({ weight: 6, arbitrary: right(type, ids) }, { weight: 1, arbitrary: odd })
}

function right(type: GraphQLInputType, ids: readonly string[]): fc.Arbitrary<string> {
  if (isNonNullType(type)) return right(type.ofType, ids)
  if (isListType(type))
    return fc.array(anyValue(type.ofType, ids), { maxLength: 3 }).map((items) => `[${items.join(', ')}]`)
  if (isEnumType(type)) return fc.constantFrom(...type.getValues().map(({ name }) => name))
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields())
    return fc
      .subarray(fields, { minLength: Math.min(1, fields.length) })
      .chain((some) =>
        fc.tuple(...some.map((field) => anyValue(field.type, ids).map((value) => `${field.name}: ${value}`))),
      )
      .map((members) => `{${members.join(', ')}}`)
  }
  if (type.name === 'ID') return fc.constantFrom(...ids.map((id) => `"${id}"`), '"no-id"')
  if (type.name === 'Int') return fc.integer({ min: -2, max: 120 }).map(String)
  if (type.name === 'Float')
    return fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => JSON.stringify(number))
  if (type.name === 'Boolean') return fc.boolean().map(String)
  return fc.oneof(
    fc.constantFrom('"2026-11-18T19:00:00Z"', '"2026-11-18"', '"en"'),
    fc.string({ maxLength: 12, unit: 'binary' }).map((text) => JSON.stringify(text.toWellFormed())),
  )
}

function fieldOf(
  field: GraphQLField<unknown, unknown>,
  ids: readonly string[],
  depth: number,
): fc.Arbitrary<string> {
  const wanted = (args: readonly GraphQLArgument[]) =>
    fc
      .subarray([...args])
      .map((some) => [...new Set([...args.filter((arg) => isNonNullType(arg.type)), ...some])])
      .chain((all) =>
        fc.tuple(...all.map((arg) => anyValue(arg.type, ids).map((value) => `${arg.name}: ${value}`))),
      )
      .map((given) => (given.length > 0 ? `(${given.join(', ')})` : ''))
  return fc
    .tuple(wanted(field.args), selectionOf(getNamedType(field.type), ids, depth))
    .map(([args, selection]) => `${field.name}${args}${selection}`)
}

function selectionOf(type: unknown, ids: readonly string[], depth: number): fc.Arbitrary<string> {
  if (!isObjectType(type))
    return fc.constant(type && 'getFields' in (type as object) ? ' { id __typename }' : '')
  const fields = Object.values(type.getFields()).filter(
    (field) => depth > 0 || !isObjectType(getNamedType(field.type)),
  )
  if (fields.length === 0) return fc.constant(' { __typename }')
  return fc
    .subarray(fields, { minLength: 1, maxLength: Math.min(5, fields.length) })
    .chain((some) => fc.tuple(...some.map((field) => fieldOf(field, ids, depth - 1))))
    .map((members) => ` { ${members.join(' ')} }`)
}

/** Noise on a document: a client's bug, a proxy's, or somebody who tries. */
const spoiled = (document: string) =>
  fc.oneof(
    { weight: 8, arbitrary: fc.constant(document) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(
          fc.nat(document.length),
          fc.constantFrom('{', '}', '...X', '@skip(if: true)', '"', '#', '\u0000', '$v'),
        )
        .map(([at, noise]) => document.slice(0, at) + noise + document.slice(at)),
    },
  )

t.test(
  'whatever document comes, the answer is a GraphQL answer with known codes, and no fault of ours',
  async (t) => {
    const { as, createWorld } = await startService(t)
    const world = await createWorld()
    const [clinic, operator] = [await as(world.clinic), await as(world.operator)]
    const { body: referral } = await clinic.post('/v1/referrals', sampleReferral(world.programId))
    const ids = [
      referral.id,
      referral.patientId,
      referral.consentId,
      world.programId,
      world.operator.organizationId,
    ]
    const roots = (['query', 'mutation'] as const).flatMap((operation) => {
      const type = schema.getRootType(operation as never)
      return Object.values(type?.getFields() ?? {}).map((field) => ({ operation, field }))
    })
    const documents = fc
      .constantFrom(...roots)
      .chain(({ operation, field }) =>
        fieldOf(field as never, ids, 4).map((text) => `${operation} { ${text} }`),
      )
      .chain(spoiled)
    let executed = 0
    await fc.assert(
      fc.asyncProperty(documents, fc.boolean(), async (query, asClinic) => {
        const { status, body } = await (asClinic ? clinic : operator).post(
          '/graphql',
          { query },
          { accept: 'application/graphql-response+json' },
        )
        const codes = (body.errors ?? []).map(
          ({ extensions }: { extensions: { code: string } }) => extensions.code,
        )
        if (status !== 200 && status !== 400) throw new Error(`${status}: ${query}`)
        if ((status === 400) === 'data' in body) throw new Error(`data in the wrong place: ${query}`)
        if (status === 200) executed += 1
        for (const code of codes)
          if (!known.has(code) || code === 'internal_error' || code === 'service_unavailable')
            throw new Error(`${code}: ${JSON.stringify(body.errors)}\n${query}`)
      }),
      { seed, numRuns: runs },
    )
    t.ok(executed > runs / 4, `${executed} were executed, the others refused before`)
  },
)
