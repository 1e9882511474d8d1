import { globalRegistry, type z } from 'zod'

/** What a contract is, once what may be absent, null or defaulted is taken off. */
export interface Unwrapped {
  readonly inner: z.core.$ZodTypes
  /** May be left out, or be null. */
  readonly nullable: boolean
  /** Null says something of its own (a merge patch takes a member away). */
  readonly takesNull: boolean
  readonly description: string | undefined
}

export function unwrap(schema: z.core.$ZodType): Unwrapped {
  let inner = schema as z.core.$ZodTypes
  let nullable = false
  let takesNull = false
  let description = ownDescription(inner)
  for (;;) {
    const { def } = inner._zod
    if (def.type === 'optional' || def.type === 'default' || def.type === 'nullable') {
      nullable = true
      takesNull ||= def.type === 'nullable'
      inner = def.innerType as z.core.$ZodTypes
    } else if (def.type === 'pipe') {
      inner = def.in as z.core.$ZodTypes
    } else return { inner, nullable, takesNull, description }
    description ??= ownDescription(inner)
  }
}

/** What is said of this member; what is said of a named contract belongs to its type. */
function ownDescription(schema: z.core.$ZodType): string | undefined {
  const meta = globalRegistry.get(schema)
  return meta?.id === undefined ? meta?.description : undefined
}

/** The public name of a contract, also of one that was described anew or checked further. */
export function contractId(schema: z.core.$ZodType): string | undefined {
  for (let one: z.core.$ZodType | undefined = schema; one; one = one._zod.parent) {
    const id = globalRegistry.get(one)?.id
    if (id !== undefined) return id
  }
  return undefined
}

export function contractDescription(schema: z.core.$ZodType): string | undefined {
  return globalRegistry.get(schema)?.description
}

export type Shape = Readonly<Record<string, z.core.$ZodType>>

export function shapeOf(schema: z.core.$ZodType): Shape {
  const { def } = unwrap(schema).inner._zod
  if (def.type !== 'object') throw new Error('Expected a contract of an object')
  return def.shape
}

/** The codes of an enum, or of a key of a record. */
export function codesOf(schema: z.core.$ZodType): readonly string[] | undefined {
  const { def } = unwrap(schema).inner._zod
  return def.type === 'enum' ? Object.values(def.entries).map(String) : undefined
}

/** How many an array may hold, where its contract says so. */
export function lengthMaxOf(schema: z.core.$ZodType): number | undefined {
  const { def } = unwrap(schema).inner._zod
  return def.type === 'array' ? boundOf(def.checks, 'max_length', 'maximum') : undefined
}

/** The largest number that is taken, where its contract says so. */
export const numberMaxOf = (schema: z.core.$ZodType): number | undefined =>
  boundOf(unwrap(schema).inner._zod.def.checks, 'less_than', 'value')

function boundOf(checks: z.core.$ZodTypeDef['checks'], check: string, member: string): number | undefined {
  const found = checks?.map(({ _zod: { def } }) => def).find((def) => def.check === check)
  const bound = found && Object.entries(found).find(([name]) => name === member)?.[1]
  return typeof bound === 'number' ? bound : undefined
}
