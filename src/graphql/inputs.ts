import {
  type GraphQLInputFieldConfigMap,
  GraphQLInputObjectType,
  type GraphQLInputType,
  GraphQLList,
  GraphQLNonNull,
} from 'graphql'
import type { z } from 'zod'
import { codesOf, contractDescription, contractId, type Shape, unwrap } from './contracts.ts'
import type { Enums, Place } from './enums.ts'
import { camel, pascal } from './names.ts'
import { mergedShape, scalarOf } from './outputs.ts'

/** From what GraphQL read to what the action takes. */
type Decode = (value: unknown) => unknown

export interface Input {
  readonly type: GraphQLInputType
  readonly decode: Decode
}

/** A member of an input type; whose it is says nothing of whose status it names. */
const placeIn = (name: string, member: string): Place => ({
  owner: undefined,
  member,
  met: `${name.replace(/Input$/, '')}${pascal(member)}`,
})

const asItIs: Decode = (value) => value

/** Input types from contracts of inputs. What is absent or null stays away, unless null says something there. */
export function createInputs(enums: Enums) {
  const objects = new Map<string, Input>()

  function object(name: string, description: string | undefined, shape: Shape, allNullable = false): Input {
    const known = objects.get(name)
    if (known) return known
    const members = Object.entries(shape).map(([member, schema]) => ({
      member: camel(member),
      key: member,
      required: !allNullable && !unwrap(schema).nullable,
      ...described(schema),
      input: inputOf(schema, placeIn(name, member)),
    }))
    return keep(name, description, members)
  }

  function record(
    name: string,
    description: string | undefined,
    keys: readonly string[],
    value: z.core.$ZodType,
  ) {
    const known = objects.get(name)
    if (known) return known
    const members = keys.map((key) => ({
      member: camel(key),
      key,
      required: false,
      ...described(value),
      input: inputOf(value, placeIn(name, 'Entry')),
    }))
    return keep(name, description, members)
  }

  interface Member {
    readonly member: string
    readonly key: string
    readonly required: boolean
    readonly takesNull: boolean
    readonly description: string | undefined
    readonly input: Input
  }

  function keep(name: string, description: string | undefined, members: readonly Member[]): Input {
    const fields: GraphQLInputFieldConfigMap = Object.fromEntries(
      members.map(({ member, required, description, input }) => [
        member,
        { type: required ? new GraphQLNonNull(input.type) : input.type, description },
      ]),
    )
    const made = {
      type: new GraphQLInputObjectType({ name, description, fields }),
      decode: decoderOf(members),
    }
    objects.set(name, made)
    return made
  }

  function inputOf(schema: z.core.$ZodType, place: Place): Input {
    const { inner } = unwrap(schema)
    const scalar = scalarOf(inner)
    if (scalar) return { type: scalar, decode: asItIs }
    const { def } = inner._zod
    if (def.type === 'enum') return { type: enums(codesOf(inner) ?? [], place), decode: asItIs }
    if (def.type === 'literal') return { type: enums(def.values.map(String), place), decode: asItIs }
    if (def.type === 'array') {
      const item = inputOf(def.element, place)
      return {
        type: new GraphQLList(new GraphQLNonNull(item.type)),
        decode: (value) => (Array.isArray(value) ? value.map(item.decode) : value),
      }
    }
    const name = contractId(inner) ?? place.met
    const description = contractDescription(inner)
    if (def.type === 'record')
      return record(`${name}Input`, description, codesOf(def.keyType) ?? [], def.valueType)
    if (def.type === 'union') return object(`${name}Input`, description, mergedShape(def.options), true)
    if (def.type === 'object') return object(`${name}Input`, description, def.shape)
    throw new Error(`${name}: an input of the kind ${def.type} is not known`)
  }

  return { inputOf, decoderOf }
}

const described = (schema: z.core.$ZodType) => {
  const { takesNull, description } = unwrap(schema)
  return { takesNull, description }
}

interface Decoded {
  readonly member: string
  readonly key: string
  readonly takesNull: boolean
  readonly input: Pick<Input, 'decode'>
}

export function decoderOf(members: readonly Decoded[]): Decode {
  return (value) => {
    if (value === null || typeof value !== 'object') return value
    const given = value as Readonly<Record<string, unknown>>
    const decoded: Record<string, unknown> = {}
    for (const { member, key, takesNull, input } of members) {
      const part = given[member]
      if (part === undefined || (part === null && !takesNull)) continue
      decoded[key] = part === null ? null : input.decode(part)
    }
    return decoded
  }
}

export type Inputs = ReturnType<typeof createInputs>
