import {
  GraphQLBoolean,
  type GraphQLFieldConfigMap,
  GraphQLFloat,
  GraphQLID,
  GraphQLInt,
  type GraphQLInterfaceType,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLScalarType,
  GraphQLString,
} from 'graphql'
import type { z } from 'zod'
import { codesOf, contractDescription, contractId, lengthMaxOf, type Shape, unwrap } from './contracts.ts'
import type { Enums, Place } from './enums.ts'
import type { Asked } from './loaders.ts'
import { camel, pascal } from './names.ts'
import { priced } from './price.ts'
import { CalendarDate, DateTime, Json } from './scalars.ts'

type Source = Readonly<Record<string, unknown>>
export type Fields = GraphQLFieldConfigMap<Source, Asked>

const scalarContracts: Readonly<Record<string, GraphQLScalarType>> = {
  Id: GraphQLID,
  Instant: DateTime,
  CalendarDate: CalendarDate,
}

/** `Int` has 32 bits: numbers of events may grow beyond it. */
const isSmallInteger = ({ isInt, minValue, maxValue }: z.ZodNumber) =>
  isInt && (minValue ?? 0) >= -(2 ** 31) && maxValue !== null && maxValue < 2 ** 31

/** The scalar of a leaf, the same for what goes in and what comes out; undefined where it is no leaf. */
export function scalarOf(schema: z.core.$ZodTypes): GraphQLScalarType | undefined {
  const { def } = schema._zod
  const named = scalarContracts[contractId(schema) ?? '']
  if (named) return named
  if (def.type === 'string') {
    const { format } = schema as z.ZodString
    return format === 'datetime' ? DateTime : format === 'date' ? CalendarDate : GraphQLString
  }
  if (def.type === 'number') return isSmallInteger(schema as z.ZodNumber) ? GraphQLInt : GraphQLFloat
  if (def.type === 'boolean' || (def.type === 'literal' && typeof def.values[0] === 'boolean'))
    return GraphQLBoolean
  return undefined
}

export interface OutputOptions {
  readonly enums: Enums
  /** What a type has beside its contract: relations to other objects. */
  readonly relationsOf: (typeName: string, shape: Shape) => Fields
  readonly interfacesOf: (typeName: string) => readonly GraphQLInterfaceType[]
}

/** The members of a union of objects, each of which may be absent. */
export function mergedShape(options: readonly z.core.$ZodType[]): Shape {
  const shapes = options.map((option) => unwrap(option).inner._zod.def)
  return Object.fromEntries(shapes.flatMap((def) => (def.type === 'object' ? Object.entries(def.shape) : [])))
}

/** Object types from contracts of answers: one for each contract, under its own name. */
export function createOutputs({ enums, relationsOf, interfacesOf }: OutputOptions) {
  const types = new Map<string, GraphQLObjectType>()

  function define(name: string, description: string | undefined, fields: () => Fields) {
    const known = types.get(name)
    if (known) return known
    const type = new GraphQLObjectType<Source, Asked>({
      name,
      description,
      interfaces: () => [...interfacesOf(name)],
      fields,
    })
    types.set(name, type)
    return type
  }

  function objectOf(schema: z.core.$ZodType, met: string): GraphQLObjectType {
    const { inner } = unwrap(schema)
    const { def } = inner._zod
    const name = contractId(inner) ?? met
    const description = contractDescription(inner)
    if (def.type === 'record') {
      const keys = codesOf(def.keyType) ?? []
      return define(name, description, () =>
        Object.fromEntries(
          keys.map((key) => [
            camel(key),
            {
              type: nullableOf(def.valueType, { owner: name, member: key, met: `${name}Entry` }),
              resolve: (source) => source[key],
            },
          ]),
        ),
      )
    }
    if (def.type === 'union') {
      const shape = mergedShape(def.options)
      return define(name, description, () => membersOf(shape, name, true))
    }
    if (def.type !== 'object') throw new Error(`${met}: not an object`)
    const shape: Shape = def.shape
    return define(name, description, () => ({
      ...membersOf(shape, name, false),
      ...relationsOf(name, shape),
    }))
  }

  function membersOf(shape: Shape, owner: string, allNullable: boolean): Fields {
    return Object.fromEntries(
      Object.entries(shape).map(([member, schema]) => {
        const { nullable, description } = unwrap(schema)
        const type = nullableOf(schema, { owner, member, met: `${owner}${pascal(member)}` })
        const list = lengthMaxOf(schema)
        return [
          member,
          {
            type: nullable || allNullable ? type : new GraphQLNonNull(type),
            description,
            ...(list !== undefined && { extensions: priced({ own: 0, list }) }),
          },
        ]
      }),
    )
  }

  function nullableOf(schema: z.core.$ZodType, place: Place): GraphQLOutputType {
    const { inner } = unwrap(schema)
    const scalar = scalarOf(inner)
    if (scalar) return scalar
    const { def } = inner._zod
    if (def.type === 'enum') return enums(codesOf(inner) ?? [], place)
    if (def.type === 'literal') return enums(def.values.map(String), place)
    if (def.type === 'array') {
      const item = unwrap(def.element)
      const type = nullableOf(def.element, place)
      return new GraphQLList(item.nullable ? type : new GraphQLNonNull(type))
    }
    const open =
      (def.type === 'record' && !codesOf(def.keyType)) ||
      (def.type === 'object' && Object.keys(def.shape).length === 0)
    return open ? Json : objectOf(inner, place.met)
  }

  return { define, objectOf, membersOf, types }
}

export type Outputs = ReturnType<typeof createOutputs>
