import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLError,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  visit,
} from 'graphql'
import { refusal } from './codes.ts'

/** What a document may hold, whatever it asks for. Each keeps the work before execution small. */
export interface DocumentLimits {
  readonly depthMax: number
  /** Lexical tokens: validation compares fields in pairs, so its work grows with the square of them. */
  readonly tokensMax: number
  readonly aliasesMax: number
  readonly directivesMax: number
  readonly rootFieldsMax: number
}

export const documentLimits: DocumentLimits = {
  depthMax: 15,
  tokensMax: 2_000,
  aliasesMax: 50,
  directivesMax: 50,
  rootFieldsMax: 25,
}

/** Refuses by shape alone, before anything compares the document with the schema. */
export function exceeded(document: DocumentNode, limits: DocumentLimits): GraphQLError | undefined {
  const { aliases, directives } = counted(document)
  if (aliases > limits.aliasesMax) return tooLarge('aliases', limits.aliasesMax, aliases)
  if (directives > limits.directivesMax) return tooLarge('directives', limits.directivesMax, directives)
  const measure = measuring(document)
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue
    const rootFields = measure.width(definition)
    if (rootFields > limits.rootFieldsMax) return tooLarge('root fields', limits.rootFieldsMax, rootFields)
    const depth = measure.depth(definition.selectionSet)
    if (depth > limits.depthMax)
      return refusal('QUERY_TOO_DEEP', `The query is nested ${depth} deep; ${limits.depthMax} is the most.`, {
        limit: limits.depthMax,
        actual: depth,
      })
  }
  return undefined
}

const tooLarge = (what: string, limit: number, actual: number) =>
  refusal('QUERY_TOO_LARGE', `The document has ${actual} ${what}; ${limit} is the most.`, { limit, actual })

function counted(document: DocumentNode) {
  const count = { aliases: 0, directives: 0 }
  visit(document, {
    Field: ({ alias }) => {
      if (alias) count.aliases += 1
    },
    Directive: () => {
      count.directives += 1
    },
  })
  return count
}

/** Each fragment is measured once, so that fragments within fragments cost no more than they are long. */
function measuring(document: DocumentNode) {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  const depths = new Map<string, number>()
  const widths = new Map<string, number>()

  /** `inside` counts 0 while it is under way: a circle is for validation to refuse. */
  function once(
    known: Map<string, number>,
    name: string,
    measureOf: (set: SelectionSetNode) => number,
  ): number {
    const measured = known.get(name)
    if (measured !== undefined) return measured
    known.set(name, 0)
    const fragment = fragments.get(name)
    const found = fragment ? measureOf(fragment.selectionSet) : 0
    known.set(name, found)
    return found
  }

  function depth({ selections }: SelectionSetNode): number {
    let deepest = 0
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        // Introspection has a limit of its own.
        const nested = selection.selectionSet && !selection.name.value.startsWith('__')
        deepest = Math.max(
          deepest,
          1 + (nested && selection.selectionSet ? depth(selection.selectionSet) : 0),
        )
      } else if (selection.kind === Kind.INLINE_FRAGMENT)
        deepest = Math.max(deepest, depth(selection.selectionSet))
      else deepest = Math.max(deepest, once(depths, selection.name.value, depth))
    }
    return deepest
  }

  function widthOf({ selections }: SelectionSetNode): number {
    return selections.reduce((sum, selection) => {
      if (selection.kind === Kind.FIELD) return sum + 1
      if (selection.kind === Kind.INLINE_FRAGMENT) return sum + widthOf(selection.selectionSet)
      return sum + once(widths, selection.name.value, widthOf)
    }, 0)
  }

  return { depth, width: ({ selectionSet }: OperationDefinitionNode) => widthOf(selectionSet) }
}
