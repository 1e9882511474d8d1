import { GraphQLList, GraphQLNonNull } from 'graphql'
import type { z } from 'zod'
import { contractId, lengthMaxOf, type Shape, unwrap } from './contracts.ts'
import { type FieldConfig, fieldOf, type Making } from './fields.ts'
import {
  type Entity,
  type Field,
  isReadTogether,
  isReference,
  type ReadTogether,
  type Reference,
} from './graph.ts'
import { type Asked, isNotFound } from './loaders.ts'
import { withoutId } from './names.ts'
import { loadNode, Node } from './nodes.ts'
import type { Fields, Outputs } from './outputs.ts'
import { listLengthAssumed, ownStatements, type Price, priced, together } from './price.ts'

export interface Relations {
  readonly entities: Readonly<Record<string, Entity>>
  readonly fields: Readonly<Record<string, Readonly<Record<string, Field | Reference>>>>
  /** The contract of each entity, by its name. */
  readonly contractOf: (entity: string) => z.core.$ZodType
}

/** What leads on from a type: to each object whose id it holds, and to what its domain says lies under it. */
export function relationsOf(
  making: Making,
  { entities, fields, contractOf }: Relations,
  name: string,
  shape: Shape,
): Fields {
  const objectOf = (entity: string) => making.outputs.objectOf(contractOf(entity), entity)
  const namedReference = ({ entity, from, description }: Reference): FieldConfig => {
    if (entity === Node.name) return nodeReference(entities, from, description)
    const held = { member: from, list: listOf(shape[from]) }
    return { ...referenceTo(objectOf(entity), manyOf(entities, entity), held), description }
  }
  const found: Fields = {}
  for (const [member, schema] of Object.entries(shape)) {
    const entity = entityOf(entities, member, schema)
    if (!entity) continue
    const read = entities[entity]
    if (read && isReadTogether(read) && !(withoutId(member) in shape))
      found[withoutId(member)] = referenceTo(objectOf(entity), read.many, { member, list: listOf(schema) })
  }
  for (const [field, spec] of Object.entries(fields[name] ?? {}))
    found[field] = isReference(spec) ? namedReference(spec) : fieldOf(making, { by: 'id', ...spec }, field)
  return found
}

function manyOf(entities: Readonly<Record<string, Entity>>, name: string) {
  const entity = entities[name]
  if (!entity || !isReadTogether(entity)) throw new Error(`${name} is not read by the page`)
  return entity.many
}

/** `mentorId`, `chosenMentorId` and `mentorIds` hold mentors' ids; other names are said by the entity. */
function entityOf(entities: Readonly<Record<string, Entity>>, member: string, schema: z.core.$ZodType) {
  if (!isId(schema)) return undefined
  // The longer name first: `learningProgramId` is of a learning program, and not of a program.
  const byLength = Object.entries(entities).toSorted(([a], [b]) => b.length - a.length)
  return byLength.find(
    ([name, entity]) =>
      (isReadTogether(entity) && entity.also?.includes(member)) ||
      new RegExp(`(^|[a-z])${name}Ids?$`, 'i').test(member),
  )?.[0]
}

/** Of a member that holds a list of ids: how many at most. */
const listOf = (schema: z.core.$ZodType | undefined) =>
  schema && unwrap(schema).inner._zod.def.type === 'array'
    ? (lengthMaxOf(schema) ?? listLengthAssumed)
    : undefined

function isId(schema: z.core.$ZodType): boolean {
  const { inner } = unwrap(schema)
  const { def } = inner._zod
  return def.type === 'array' ? contractId(unwrap(def.element).inner) === 'Id' : contractId(inner) === 'Id'
}

function referenceTo(
  type: ReturnType<Outputs['objectOf']>,
  many: ReadTogether['many'],
  { member, list }: { readonly member: string; readonly list: number | undefined },
): FieldConfig {
  const description = `Of \`${member}\`, as far as you may see it. Needs the scope \`${many.scope}\`.`
  return {
    type: list === undefined ? type : new GraphQLList(new GraphQLNonNull(type)),
    description,
    extensions: { ...priced(priceOf(list)), ...together },
    resolve: (source, _args, asked) => {
      const held = source[member]
      if (Array.isArray(held)) return loadAll(asked, many, held)
      return typeof held === 'string' ? asked.load(many, held) : null
    },
  }
}

/** Each object is 1, and what is asked of it counts for each. */
const priceOf = (list: number | undefined): Price => (list === undefined ? { own: 1 } : { own: list, list })

/** Whatever has this id: null where it is none of the kinds that `node` finds, or not the caller's to see. */
function nodeReference(
  entities: Readonly<Record<string, Entity>>,
  member: string,
  description: string,
): FieldConfig {
  return {
    type: Node,
    description: `${description} Null where it is of a kind that \`node\` does not find, or where you may not see it.`,
    extensions: { ...priced({ own: ownStatements }), ...together },
    resolve: (source, _args, asked) => {
      const id = source[member]
      return typeof id === 'string' ? loadNode(entities, asked, id) : null
    },
  }
}

/** Of a list, who cannot be seen is left out. */
async function loadAll(asked: Asked, many: ReadTogether['many'], ids: readonly string[]) {
  const loaded = await Promise.allSettled(ids.map((id) => asked.load(many, id)))
  return loaded.flatMap((one) => {
    if (one.status === 'fulfilled') return [one.value]
    if (isNotFound(one.reason)) return []
    throw one.reason
  })
}
