import { GraphQLEnumType } from 'graphql'
import { pascal, upperSnake } from './names.ts'

/** Where an enum stands: the type that has the member, as far as one is known, and the name it would have from there. */
export interface Place {
  readonly owner: string | undefined
  readonly member: string
  readonly met: string
}

/**
 * Enums by their codes: the same list is the same type wherever it stands. A domain names its own (`enums` of its graph);
 * what nobody named is called after the place where it was met first. Two things that happen to have the same
 * statuses today are still two: a status that no domain named is its owner's.
 */
export function createEnums(named: Readonly<Record<string, readonly string[]>>) {
  const names = new Map(Object.entries(named).map(([name, codes]) => [codes.join(), name]))
  const types = new Map<string, GraphQLEnumType>()

  return (codes: readonly string[], { owner, member, met }: Place): GraphQLEnumType => {
    const list = codes.join()
    const ofOwner = owner !== undefined && member === 'status' ? `${owner}${pascal(member)}` : undefined
    const name = names.get(list) ?? ofOwner ?? met
    if (!names.has(list) && !ofOwner) names.set(list, name)
    const known = types.get(name)
    if (known) return requireSame(known, codes)
    const type = new GraphQLEnumType({
      name,
      values: Object.fromEntries(codes.map((code) => [upperSnake(code), { value: code }])),
    })
    types.set(name, type)
    return type
  }
}

function requireSame(type: GraphQLEnumType, codes: readonly string[]) {
  const known = type.getValues().map(({ value }) => value)
  if (known.join() === codes.join()) return type
  throw new Error(`Two enums would be called ${type.name}: name one of them in its domain's graphql.ts`)
}

export type Enums = ReturnType<typeof createEnums>
