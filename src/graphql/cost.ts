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
import type { Price } from './price.ts'

type Variables = Readonly<Record<string, unknown>>

/** Objects in a list that has no page: codes with a date or two, not people. */
const listLengthAssumed = 5

/**
 * What an operation would cost at most, before it is executed: each object that it leads to is 1, a change 10, and a
 * page is its size times what is selected in it. Pages are asked for by number, so it is exact in all but unpaged lists.
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

  function ofSet({ selections }: SelectionSetNode, parent: GraphQLCompositeType): number {
    let sum = 0
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) sum += ofField(selection, parent)
      else if (selection.kind === Kind.INLINE_FRAGMENT)
        sum += ofSet(selection.selectionSet, typeOf(selection.typeCondition?.name.value) ?? parent)
      else sum += ofFragment(selection.name.value)
    }
    return sum
  }

  function ofFragment(name: string): number {
    const counted = known.get(name)
    if (counted !== undefined) return counted
    const fragment = fragments.get(name)
    const type = typeOf(fragment?.typeCondition.name.value)
    const cost = fragment && type ? ofSet(fragment.selectionSet, type) : 0
    known.set(name, cost)
    return cost
  }

  function typeOf(name: string | undefined): GraphQLCompositeType | undefined {
    const type = name === undefined ? undefined : schema.getType(name)
    return isCompositeType(type) ? type : undefined
  }

  function ofField(node: FieldNode, parent: GraphQLCompositeType): number {
    const fields = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields() : {}
    const field = fields[node.name.value]
    if (!field) return 0
    const type = getNamedType(field.type)
    const inside = node.selectionSet && isCompositeType(type) ? ofSet(node.selectionSet, type) : 0
    const price = priceOf(field)
    if (!price) return inside * (isList(field) ? listLengthAssumed : 1)
    if (price.page) {
      const first = Number(argument(node, 'first', variables) ?? firstDefault)
      return price.own + Math.max(0, first) * (1 + inside)
    }
    if (price.perItemOf !== undefined) {
      const items = argument(node, price.perItemOf, variables)
      return price.own + (Array.isArray(items) ? items.length : 1) * (1 + inside)
    }
    return price.own + inside
  }

  const root = schema.getRootType(operation.operation)
  return root ? ofSet(operation.selectionSet, root) : 0
}

const priceOf = (field: GraphQLField<unknown, unknown>) => field.extensions.price as Price | undefined

const isList = ({ type }: GraphQLField<unknown, unknown>) =>
  isListType(isNonNullType(type) ? type.ofType : type)

function argument({ arguments: given = [] }: FieldNode, name: string, variables: Variables): unknown {
  const argument = given.find((one) => one.name.value === name)
  return argument && valueFromASTUntyped(argument.value, variables)
}
