import { createHash } from 'node:crypto'
import type { z } from 'zod'
import type { Ctx, PersonType, Scope, TxCtx } from './context.ts'
import { AppError, catalogue } from './errors.ts'
import { Id } from './id.ts'
import { parseInput } from './input.ts'

export interface ActionSpec<Input extends z.ZodType, Output> {
  /** Its name everywhere: OpenAPI operationId, audit row, log field. */
  readonly id: string
  /** `any`: every token of the network may ask; what it shows is then no more than a kind. */
  readonly scope: Scope | 'any'
  readonly input: Input
  /** Whose portal tokens may call it; without the member, none may. */
  readonly portal?: readonly PersonType[]
  readonly run: (ctx: TxCtx, input: z.output<Input>) => Promise<Output>
  /** It reaches across the organization wall, so it shares its transaction with no other action. */
  readonly alone?: true
  /** Where an answer holds another organization's data: decides anew, before it is repeated under its key. */
  readonly again?: (ctx: TxCtx, answer: Output) => Promise<Output>
}

export interface Action<Input extends z.ZodType = z.ZodType, Output = unknown> {
  (ctx: Ctx, input: unknown): Promise<Output>
  readonly id: string
  readonly scope: Scope | 'any'
  readonly input: Input
  readonly portal: readonly PersonType[]
}

/**
 * The only way into a domain. REST, GraphQL, FHIR and jobs all call actions, so what is checked here (the
 * scope, the input, one transaction under the caller's access, the idempotency key, the audit row) is
 * checked for every one of them.
 */
export function action<Input extends z.ZodType, Output>(
  spec: ActionSpec<Input, Output>,
): Action<Input, Output> {
  async function perform(ctx: Ctx, input: unknown): Promise<Output> {
    if (spec.scope !== 'any' && !ctx.scopes.has(spec.scope)) {
      throw new AppError('insufficient_scope', `This needs the scope ${spec.scope}.`)
    }
    if (ctx.person && !spec.portal?.includes(ctx.person.type)) {
      throw new AppError('insufficient_scope', `A portal token of a ${ctx.person.type} does not open this.`)
    }
    const parsed = parseInput(spec.input, input)
    const inputDigest = ctx.idempotencyKey === undefined ? undefined : digestOf(input)
    return ctx.transaction((tx) => spec.run(tx, parsed), {
      action: spec.id,
      inputDigest,
      alone: spec.alone,
      again: spec.again,
    })
  }
  /** Here for every face at once: what is refused leaves its audit row, as what is allowed does. */
  async function call(ctx: Ctx, input: unknown): Promise<Output> {
    try {
      return await perform(ctx, input)
    } catch (error) {
      if (isRefusal(error))
        await ctx.recordRefusal({ action: spec.id, code: error.code, subjectId: askedFor(input) })
      throw error
    }
  }
  return Object.assign(call, { id: spec.id, scope: spec.scope, input: spec.input, portal: spec.portal ?? [] })
}

/**
 * Decided by what the service knows or by law. A misspelt input was refused before anything was looked at, and a
 * fault of our own decided nothing.
 */
function isRefusal(error: unknown): error is AppError {
  return error instanceof AppError && catalogue[error.code].status < 500 && !error.isOfShape
}

function askedFor(input: unknown): string | undefined {
  const { id } = (input ?? {}) as { id?: unknown }
  return Id.safeParse(id).data
}

/** The same members in another order are the same request: keys are sorted before hashing. */
function digestOf(input: unknown): string {
  const canonical = JSON.stringify(input, (_key, value: unknown) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  )
  return createHash('sha256').update(canonical).digest('base64url')
}
