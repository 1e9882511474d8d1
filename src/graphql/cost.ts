import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  valueFromASTUntyped,
} from 'graphql'
import { firstDefault } from './pages.ts'
import { listLengthAssumed, type Price } from './price.ts'

type Variables = Readonly<Record<string, unknown>>

/** A document of thousands of lines leads to the same few again and again: it is not refused for its length. */
const listLengthMax = 500

/**
 * What an operation would cost at most, before it is executed: each object that it leads to is 1, a change 10, and a
 * page is its size times what is selected in it. A list without pages is as long as its contract lets it be: were it
 * counted once, what is asked of each of its people would cost as if there were one.
 */
export function costOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
): number {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  const known = new Map<string, number>()

  /** `share`: how much of its length `limit` leaves to a list that stands here. */
  function ofSet({ selections }: SelectionSetNode, parent: GraphQLCompositeType, share: number): number {
    let sum = 0
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) sum += ofField(selection, parent, share)
      else if (selection.kind === Kind.INLINE_FRAGMENT)
        sum += ofSet(selection.selectionSet, typeOf(selection.typeCondition?.name.value) ?? parent, share)
      else sum += ofFragment(selection.name.value, share)
    }
    return sum
  }

  function ofFragment(name: string, share: number): number {
    const place = `${name} ${share}`
    const counted = known.get(place)
    if (counted !== undefined) return counted
    const fragment = fragments.get(name)
    const type = typeOf(fragment?.typeCondition.name.value)
    const cost = fragment && type ? ofSet(fragment.selectionSet, type, share) : 0
    known.set(place, cost)
    return cost
  }

  function typeOf(name: string | undefined): GraphQLCompositeType | undefined {
    const type = name === undefined ? undefined : schema.getType(name)
    return isCompositeType(type) ? type : undefined
  }

  function ofField(node: FieldNode, parent: GraphQLCompositeType, share: number): number {
    const fields = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields() : {}
    const field = fields[node.name.value]
    if (!field) return 0
    const type = getNamedType(field.type)
    const price = priceOf(field)
    const inside =
      node.selectionSet && isCompositeType(type) ? ofSet(node.selectionSet, type, shareOf(node, price)) : 0
    if (!price) return inside * (isList(field) ? listLengthAssumed : 1)
    if (price.list !== undefined)
      return price.own + Math.ceil(Math.min(price.list, listLengthMax) * share) * inside
    if (price.page) {
      const first = Number(argument(node, 'first', variables) ?? firstDefault)
      return price.own + Math.max(0, first) * (1 + inside)
    }
    if (price.perItemOf !== undefined) {
      const items = argument(node, price.perItemOf, variables)
      return (Array.isArray(items) ? items.length : 1) * (price.own + inside)
    }
    return price.own + inside
  }

  function shareOf(node: FieldNode, price: Price | undefined): number {
    if (!price?.limit) return 1
    const { most, unsaid } = price.limit
    const limit = Number(argument(node, 'limit', variables) ?? unsaid)
    return Math.min(Math.max(limit, 1), most) / most
  }

  const root = schema.getRootType(operation.operation)
  return root ? ofSet(operation.selectionSet, root, 1) : 0
}

const priceOf = (field: GraphQLField<unknown, unknown>) => field.extensions.price as Price | undefined

const isList = ({ type }: GraphQLField<unknown, unknown>) =>
  isListType(isNonNullType(type) ? type.ofType : type)

function argument({ arguments: given = [] }: FieldNode, name: string, variables: Variables): unknown {
  const argument = given.find((one) => one.name.value === name)
  return argument && valueFromASTUntyped(argument.value, variables)
}
