import { createHash } from 'node:crypto'
import type { z } from 'zod'
import type { Ctx, PersonType, Scope, TxCtx } from './context.ts'
import { AppError, catalogue } from './errors.ts'
import { Id } from './id.ts'
import { parseInput } from './input.ts'
import { type Acted, acting } from './watched.ts'

export interface ActionSpec<Input extends z.ZodType, Output> {
  /** Its name everywhere: OpenAPI operationId, audit row, log field. */
  readonly id: string
  /** `any`: every token of the network may ask; what it shows is then no more than a kind. */
  readonly scope: Scope | 'any'
  readonly input: Input
  /** Whose portal tokens may call it; without the member, none may. */
  readonly portal?: readonly PersonType[]
  /** What has to be asked of the world outside, before a transaction opens that would wait for it. */
  readonly before?: (ctx: Ctx, input: z.output<Input>) => Promise<void>
  readonly run: (ctx: TxCtx, input: z.output<Input>) => Promise<Output>
  /** It reaches across the organization wall, so it shares its transaction with no other action. */
  readonly alone?: true
  /**
   * It reads much and changes nothing: a replica that has caught up may answer it. Not for what takes a lock, waits for
   * news or sends its writes with an answer that it needs.
   */
  readonly fromReplica?: true
  /** Where an answer holds another organization's data: decides anew, before it is repeated under its key. */
  readonly again?: (ctx: TxCtx, answer: Output) => Promise<Output>
}

export interface Action<Input extends z.ZodType = z.ZodType, Output = unknown> {
  (ctx: Ctx, input: unknown): Promise<Output>
  readonly id: string
  readonly scope: Scope | 'any'
  readonly input: Input
  readonly portal: readonly PersonType[]
  readonly fromReplica: boolean
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
    await spec.before?.(ctx, parsed)
    const inputDigest = ctx.idempotencyKey === undefined ? undefined : digestOf(input)
    return ctx.transaction((tx) => spec.run(tx, parsed), {
      action: spec.id,
      inputDigest,
      alone: spec.alone,
      fromReplica: spec.fromReplica,
      again: spec.again,
    })
  }
  /** Here for every face at once: what is refused leaves its audit row, as what is allowed does. */
  async function recorded(ctx: Ctx, input: unknown): Promise<Output> {
    try {
      return await perform(ctx, input)
    } catch (error) {
      if (isRefusal(error))
        await ctx.recordRefusal({ action: spec.id, code: error.code, subjectId: askedFor(input) })
      throw error
    }
  }
  function call(ctx: Ctx, input: unknown): Promise<Output> {
    if (!acting.hasSubscribers) return recorded(ctx, input)
    const acted: Acted = { action: spec.id }
    return acting.tracePromise(async () => {
      try {
        const output = await recorded(ctx, input)
        acted.outcome = 'ok'
        return output
      } catch (error) {
        acted.outcome = error instanceof AppError ? error.code : 'internal_error'
        throw error
      }
    }, acted)
  }
  const { id, scope, input: accepts, portal = [], fromReplica = false } = spec
  return Object.assign(call, { id, scope, input: accepts, portal, fromReplica })
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
