import { GraphQLList, GraphQLNonNull } from 'graphql'
import type { z } from 'zod'
import { contractId, type Shape, unwrap } from './contracts.ts'
import { type FieldConfig, fieldOf, type Making } from './fields.ts'
import { type Entity, type Field, isReference, type Reference } from './graph.ts'
import { type Asked, isNotFound } from './loaders.ts'
import { withoutId } from './names.ts'
import type { Fields, Outputs } from './outputs.ts'
import { priced } from './price.ts'

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
  const found: Fields = {}
  for (const [member, schema] of Object.entries(shape)) {
    const entity = entityOf(entities, member, schema)
    if (!entity) continue
    const many = entities[entity]?.many
    if (many && !(withoutId(member) in shape))
      found[withoutId(member)] = referenceTo(objectOf(entity), many, member)
  }
  for (const [field, spec] of Object.entries(fields[name] ?? {}))
    found[field] = isReference(spec)
      ? {
          ...referenceTo(objectOf(spec.entity), manyOf(entities, spec.entity), spec.from),
          description: spec.description,
        }
      : fieldOf(making, { by: 'id', ...spec }, field)
  return found
}

function manyOf(entities: Readonly<Record<string, Entity>>, name: string) {
  const entity = entities[name]
  if (!entity) throw new Error(`${name} is no entity of the graph`)
  return entity.many
}

/** `mentorId`, `chosenMentorId` and `mentorIds` hold mentors' ids; other names are said by the entity. */
function entityOf(entities: Readonly<Record<string, Entity>>, member: string, schema: z.core.$ZodType) {
  if (!isId(schema)) return undefined
  return Object.entries(entities).find(
    ([name, { also }]) => also?.includes(member) || new RegExp(`(^|[a-z])${name}Ids?$`, 'i').test(member),
  )?.[0]
}

function isId(schema: z.core.$ZodType): boolean {
  const { inner } = unwrap(schema)
  const { def } = inner._zod
  return def.type === 'array' ? contractId(unwrap(def.element).inner) === 'Id' : contractId(inner) === 'Id'
}

function referenceTo(
  type: ReturnType<Outputs['objectOf']>,
  many: Entity['many'],
  member: string,
): FieldConfig {
  const description = `Of \`${member}\`, as far as you may see it. Needs the scope \`${many.scope}\`.`
  const isList = member.endsWith('s')
  return {
    type: isList ? new GraphQLList(new GraphQLNonNull(type)) : type,
    description,
    extensions: priced({ own: 1 }),
    resolve: (source, _args, asked) => {
      const held = source[member]
      if (isList && Array.isArray(held)) return loadAll(asked, many, held)
      return typeof held === 'string' ? asked.load(many, held) : null
    },
  }
}

/** Of a list, who cannot be seen is left out. */
async function loadAll(asked: Asked, many: Entity['many'], ids: readonly string[]) {
  const loaded = await Promise.allSettled(ids.map((id) => asked.load(many, id)))
  return loaded.flatMap((one) => {
    if (one.status === 'fulfilled') return [one.value]
    if (isNotFound(one.reason)) return []
    throw one.reason
  })
}
