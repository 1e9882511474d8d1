import {
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLOutputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql'
import t from 'tap'
import { createSchema } from '../../src/graphql/schema.ts'
import { startService } from '../support/service.ts'
import type { Ids } from '../support/story.ts'
import { idIn, type Stranger, strangersTo } from '../support/strangers.ts'

// Longer than all of this takes on a busy machine: what is refused for its token proves nothing.
const service = await startService(t, { accessTokenSeconds: 1_800 })
const { world, told, revoked, strangers, recipient } = await strangersTo(service)
const schema = createSchema()

/** The family whose thing a name speaks of: `patientId`, `acceptReferral`, `supervisionSession`. */
function familyIn(name: string, ids: Ids): string | undefined {
  const plain = (text: string) =>
    text.toLowerCase().replaceAll('-', '').replace(/ies$/, 'y').replace(/s$/, '')
  const named = Object.keys(ids).filter((family) => plain(name).includes(plain(family)))
  return named.toSorted((a, b) => b.length - a.length)[0]
}

/** The least that a field demands, and every id that it takes: ids are what a stranger would try. */
function valueFor(type: GraphQLInputType, name: string, about: string, ids: Ids): string {
  if (isNonNullType(type)) return valueFor(type.ofType, name, about, ids)
  if (isListType(type)) return `[${valueFor(type.ofType, name, about, ids)}]`
  if (isEnumType(type)) return type.getValues()[0]?.name ?? 'null'
  if (isInputObjectType(type)) {
    const wanted = Object.values(type.getFields()).filter(
      (field) => isNonNullType(field.type) || getNamedType(field.type).name === 'ID',
    )
    return `{${wanted.map((field) => `${field.name}: ${valueFor(field.type, field.name, about, ids)}`).join(', ')}}`
  }
  if (type.name === 'ID')
    return JSON.stringify(
      idIn(ids, (/^ids?$/.test(name) ? familyIn(about, ids) : familyIn(name, ids)) ?? 'patients'),
    )
  if (type.name === 'Int' || type.name === 'Float') return '1'
  if (type.name === 'Boolean') return 'true'
  if (type.name === 'DateTime') return '"2026-11-18T19:00:00Z"'
  return type.name === 'Date' ? '"2026-11-18"' : '"sample"'
}

function argumentsOf({ name, args }: GraphQLField<unknown, unknown>, ids: Ids): string {
  const wanted = args.filter((arg) => isNonNullType(arg.type) || getNamedType(arg.type).name === 'ID')
  const given = wanted.map((arg) => `${arg.name}: ${valueFor(arg.type, arg.name, name, ids)}`)
  return given.length > 0 ? `(${given.join(', ')})` : ''
}

/** Everything that can be asked for without an argument, some levels down. */
function selectionOf(output: GraphQLOutputType, depth: number): string {
  const type = getNamedType(output)
  if (!isObjectType(type)) return 'getFields' in type ? ' { __typename id }' : ''
  const fields = Object.values(type.getFields()).filter(
    (field) =>
      field.args.every((arg) => !isNonNullType(arg.type)) &&
      (depth > 0 || !isObjectType(getNamedType(field.type))),
  )
  const asked = fields.map((field) => `${field.name}${selectionOf(field.type, depth - 1)}`)
  return ` { __typename ${asked.join(' ')} }`
}

const roots = (['query', 'mutation'] as const).flatMap((operation) =>
  Object.values(schema.getRootType(operation as never)?.getFields() ?? {}).map((field) => ({
    operation,
    field,
    selection: selectionOf(field.type, operation === 'query' ? 1 : 2),
  })),
)

async function ask({ api }: Stranger, { operation, field, selection }: (typeof roots)[number], ids: Ids) {
  const query = `${operation} { ${field.name}${argumentsOf(field, ids)}${selection} }`
  return api.post('/graphql', { query }, { accept: 'application/graphql-response+json' })
}

async function hearsNothing(
  test: typeof t,
  stranger: Stranger,
  {
    ids,
    marks,
  }: {
    ids: Ids
    marks: {
      ofClinic: { foundIn: (text: string) => string[] }
      ofOperator: { foundIn: (text: string) => string[] }
    }
  },
  whose: readonly ('ofClinic' | 'ofOperator')[],
) {
  const heard: string[] = []
  const broken: string[] = []
  const unasked: string[] = []
  for (const root of roots) {
    const { status, body } = await ask(stranger, root, ids)
    const text = JSON.stringify(body)
    const words = whose.flatMap((side) => marks[side].foundIn(text))
    if (words.some((word) => !stranger.isTold?.has(word))) heard.push(root.field.name)
    if (status >= 500 || /internal_error|service_unavailable/.test(text)) broken.push(root.field.name)
    if (/"QUERY_[A-Z_]+"/.test(text)) unasked.push(root.field.name)
  }
  test.same(heard, [], `${stranger.who} hears nothing of the story`)
  test.same(broken, [], 'and breaks nothing by asking')
  test.same(unasked, [], 'for nothing was refused before it was asked')
}

// Were a word of a person found here, the graph would be a way around what REST keeps to itself.
for (const stranger of strangers)
  t.test(
    `${stranger.who} asks every field of the graph with the story’s ids, and hears nothing of it`,
    async (t) => {
      await hearsNothing(t as never, stranger, told, ['ofClinic', 'ofOperator'])
    },
  )

t.test('a recipient whose consent was revoked hears nothing more of what the clinic holds', async (t) => {
  await hearsNothing(t as never, recipient, revoked, ['ofClinic'])
})

t.test('the same questions are answered to those whose story it is', async (t) => {
  const clinic = { who: 'the clinic', api: await service.as(world.clinic), knows: new Set<string>() }
  const [referral] = roots.filter(({ field }) => field.name === 'patient')
  if (!referral) throw new Error('there is no field patient')
  const { body } = await ask(clinic, referral, told.ids)
  t.ok(
    told.marks.ofClinic.foundIn(JSON.stringify(body)).length > 0,
    'so that hearing nothing means something',
  )
})
