import { type ExecutionResult, GraphQLError, type GraphQLSchema, getVariableValues } from 'graphql'
import type { Ctx } from '../core/context.ts'
import { AppError } from '../core/errors.ts'
import { refusal } from './codes.ts'
import { costOf } from './cost.ts'
import type { Documents, Operation, Prepared } from './documents.ts'
import { type Asked, createAsked } from './loaders.ts'
import type { FindQuery } from './persisted.ts'
import type { Asking } from './request.ts'

/** Executes the text of one operation: compiled, once it has come often enough. */
export type Execute = (
  text: string,
  asked: Asked,
  variables: Readonly<Record<string, unknown>>,
) => Promise<ExecutionResult>

export interface Engine {
  readonly schema: GraphQLSchema
  readonly execute: Execute
  readonly documents: Documents
  readonly findQuery: FindQuery
  readonly costMax: number
}

/** An operation that may be executed: known, within its limits, with variables that fit it. */
export interface Ready extends Prepared {
  readonly operation: Operation
  readonly variables: Readonly<Record<string, unknown>>
  readonly cost: number
}

/** Refused before execution: by the GraphQL errors themselves. */
export interface Refused {
  readonly refused: readonly GraphQLError[]
}

export function makeReady(engine: Engine, asking: Asking): Ready | Refused {
  const prepared = engine.documents(engine.findQuery(asking))
  if ('errors' in prepared) return { refused: prepared.errors }
  const operation = choose(prepared, asking.operationName)
  const definitions = operation.node.variableDefinitions ?? []
  const coerced = getVariableValues(engine.schema, definitions, asking.variables ?? {}, { maxErrors: 20 })
  if (coerced.errors) return { refused: coerced.errors }
  const cost = costOf(engine.schema, prepared.document, operation.node, coerced.coerced)
  if (cost > engine.costMax) return { refused: [tooCostly(engine.costMax, cost)] }
  return { ...prepared, operation, variables: asking.variables ?? {}, cost }
}

const tooCostly = (limit: number, actual: number) =>
  refusal(
    'QUERY_TOO_COSTLY',
    `The query would cost ${actual}; ${limit} is the most. Ask for smaller pages.`,
    {
      limit,
      actual,
    },
  )

function choose({ operations }: Prepared, name: string | undefined): Operation {
  const [first, ...more] = operations
  if (!first) throw refusal('QUERY_INVALID', 'The document has no operation.')
  if (name === undefined) {
    if (more.length > 0)
      throw refusal('QUERY_INVALID', 'Say by operationName which of the operations is meant.')
    return first
  }
  const named = operations.find(({ node }) => node.name?.value === name)
  if (!named) throw refusal('QUERY_INVALID', 'The document has no operation of this name.')
  return named
}

/** A query reads as of one instant; changes are made one after the other, each in a transaction of its own. */
export function run(
  engine: Engine,
  ready: Ready,
  ctx: Ctx,
  occasion: Asked['occasion'],
): Promise<ExecutionResult> {
  const { operation, variables } = ready
  const on = (own: Ctx) => engine.execute(operation.text, createAsked(own, occasion), variables)
  return operation.node.operation === 'query'
    ? ctx.snapshot(async (shared) => withoutBrokenTransaction(await on(shared)))
    : on(ctx)
}

/**
 * What is no refusal of ours may have broken the transaction that all of the query shares: then nothing of it counts, and
 * where another try can help the whole query has it.
 */
function withoutBrokenTransaction(result: ExecutionResult): ExecutionResult {
  const broken = breakIn(result)
  if (broken) throw broken
  return result
}

export const hasBroken = (result: ExecutionResult): boolean => breakIn(result) !== undefined

const breakIn = ({ errors = [] }: ExecutionResult): Error | undefined =>
  errors
    .map(({ originalError }) => originalError)
    .find((error) => error && !(error instanceof AppError) && !(error instanceof GraphQLError)) ?? undefined
