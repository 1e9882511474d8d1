import { type DocumentNode, type GraphQLError, visit } from 'graphql'
import { refusal } from './codes.ts'
import { shapeOf } from './shape.ts'

/** What a document may hold, whatever it asks for. Each keeps the work before execution small. */
export interface DocumentLimits {
  readonly depthMax: number
  /** Lexical tokens: validation compares fields in pairs, so its work grows with the square of them. */
  readonly tokensMax: number
  readonly aliasesMax: number
  readonly directivesMax: number
  readonly rootFieldsMax: number
  /** The same field in one place, fragments counted in: validation compares each pair of them, with all that is in both. */
  readonly repeatsMax: number
}

export const documentLimits: DocumentLimits = {
  depthMax: 15,
  tokensMax: 1_500,
  aliasesMax: 50,
  directivesMax: 50,
  rootFieldsMax: 25,
  repeatsMax: 20,
}

/** Refuses by shape alone, before anything compares the document with the schema. */
export function exceeded(document: DocumentNode, limits: DocumentLimits): GraphQLError | undefined {
  const { aliases, directives } = counted(document)
  if (aliases > limits.aliasesMax) return tooLarge('aliases', limits.aliasesMax, aliases)
  if (directives > limits.directivesMax) return tooLarge('directives', limits.directivesMax, directives)
  const shape = shapeOf(document)
  if (shape.circle !== undefined)
    return refusal('QUERY_INVALID', `The fragment ${shape.circle} holds itself, by way of others or at once.`)
  if (shape.repeats > limits.repeatsMax)
    return tooLarge('repeats of one field', limits.repeatsMax, shape.repeats)
  if (shape.rootFields > limits.rootFieldsMax)
    return tooLarge('root fields', limits.rootFieldsMax, shape.rootFields)
  if (shape.depth <= limits.depthMax) return undefined
  return refusal(
    'QUERY_TOO_DEEP',
    `The query is nested ${shape.depth} deep; ${limits.depthMax} is the most.`,
    {
      limit: limits.depthMax,
      actual: shape.depth,
    },
  )
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
