import DataLoader from 'dataloader'
import type { Action } from '../core/action.ts'
import type { Ctx, Occasion } from '../core/context.ts'
import { AppError, notFound } from '../core/errors.ts'
import { type Each, manyMax } from '../core/many.ts'

/** What resolvers are given: the caller's context, and reads that wait for their siblings. */
export interface Asked {
  readonly ctx: Ctx
  /** A context of its own for one change: its key, and the version that it is built on. */
  readonly occasion: (changes: Partial<Occasion>) => Ctx
  /** Reads one of many: all that one level of a query asks for goes out as one. */
  readonly load: (each: Action, id: string, args?: object) => Promise<unknown>
  /** Reads one by itself, once in a query however often it is led to. */
  readonly loadOne: (one: Action, id: string) => Promise<unknown>
  /** Forgets what was read: after a change it may be otherwise. */
  readonly forget: () => void
}

type Read = (ids: readonly string[]) => Promise<readonly unknown[]>

export function createAsked(ctx: Ctx, occasion: Asked['occasion']): Asked {
  const loaders = new Map<string, DataLoader<string, unknown>>()
  function loaderOf(name: string, read: Read) {
    const known = loaders.get(name)
    if (known) return known
    const loader = new DataLoader(async (ids: readonly string[]) => [...(await read(ids))], {
      maxBatchSize: manyMax,
    })
    loaders.set(name, loader)
    return loader
  }
  return {
    ctx,
    occasion,
    forget: () => loaders.clear(),
    load: (each, id, args) => {
      const name = args && Object.keys(args).length > 0 ? `${each.id} ${JSON.stringify(args)}` : each.id
      return loaderOf(name, (ids) => readEach(ctx, each, ids, args)).load(id)
    },
    loadOne: (one, id) => loaderOf(one.id, (ids) => readByItself(ctx, one, ids)).load(id),
  }
}

/** One after the other, so that a page of ids never holds more than one connection, or one statement, at a time. */
async function readByItself(ctx: Ctx, one: Action, ids: readonly string[]) {
  const answers: unknown[] = []
  for (const id of ids)
    answers.push(
      await one(ctx, { id }).catch((error: unknown) =>
        error instanceof Error ? error : new Error(String(error)),
      ),
    )
  return answers
}

/** In the order of the ids; who is not among the answers is not there to see. */
async function readEach(ctx: Ctx, each: Action, ids: readonly string[], args: object | undefined) {
  const answers = (await each(ctx, { ...args, ids: [...ids] })) as readonly Each<unknown>[]
  const byId = new Map(answers.map(({ id, answer }) => [id, answer]))
  return ids.map((id) => byId.get(id) ?? notFound('resource'))
}

/** For a field that may be null: what is not there to see is null, any other refusal stays one. */
export const isNotFound = (error: unknown) => error instanceof AppError && error.code === 'not_found'
