import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  NoSchemaIntrospectionCustomRule,
  type OperationDefinitionNode,
  parse,
  print,
  separateOperations,
  specifiedRules,
  validate,
} from 'graphql'
import { refusal } from './codes.ts'
import { type DocumentLimits, exceeded } from './limits.ts'
import { keepRecent } from './recent.ts'

/** A document that was found fit to be executed. */
export interface Prepared {
  readonly document: DocumentNode
  readonly operations: readonly Operation[]
}

/** One operation, and its text with the fragments that it uses: a query is compiled by its text alone. */
export interface Operation {
  readonly node: OperationDefinitionNode
  readonly text: string
}

export type Preparation = Prepared | { readonly errors: readonly GraphQLError[] }

export interface DocumentOptions {
  readonly schema: GraphQLSchema
  readonly limits: DocumentLimits
  readonly introspection: boolean
}

/** Parsed and validated documents that are kept, and the longest text of one: at the worst some tens of megabytes. */
const keptMax = 200
const keptLengthMax = 8_192
/** Faults named at once: a client mends a handful at a time, and a hostile one learns nothing more. */
const faultsMax = 20

/** Parses, measures and validates a document, once for each text. */
export function createDocuments({ schema, limits, introspection }: DocumentOptions) {
  const rules = introspection ? specifiedRules : [...specifiedRules, NoSchemaIntrospectionCustomRule]
  const kept = keepRecent<Preparation>(keptMax)

  function prepare(text: string): Preparation {
    try {
      const document = parse(text, { maxTokens: limits.tokensMax, noLocation: false })
      const refused = exceeded(document, limits)
      if (refused) return { errors: [refused] }
      const errors = validate(schema, document, rules, { maxErrors: faultsMax })
      if (errors.length > 0) return { errors }
      return { document, operations: operationsOf(document, text) }
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error
      return { errors: [asTooLarge(error, limits) ?? error] }
    }
  }

  return (text: string): Preparation => {
    const known = kept.get(text)
    if (known) return known
    const prepared = prepare(text)
    if (text.length <= keptLengthMax) kept.set(text, prepared)
    return prepared
  }
}

function operationsOf(document: DocumentNode, text: string): Operation[] {
  const nodes = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION)
  if (nodes.length === 1) return nodes.map((node) => ({ node, text }))
  const apart = separateOperations(document)
  return nodes.map((node) => ({ node, text: print(apart[node.name?.value ?? ''] ?? document) }))
}

/** The parser stops at the first token too many, so how many there are is not known. */
function asTooLarge({ message }: GraphQLError, { tokensMax }: DocumentLimits) {
  if (!/tokens. Parsing aborted/.test(message)) return undefined
  return refusal('QUERY_TOO_LARGE', `The document has more than ${tokensMax} tokens.`, { limit: tokensMax })
}

export type Documents = ReturnType<typeof createDocuments>
