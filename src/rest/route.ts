import type { z } from 'zod'
import type { Action } from '../core/action.ts'
import type { ErrorCode } from '../core/errors.ts'
import type { Csv } from './csv.ts'

export interface Answered {
  readonly status: 200 | 201 | 202
  readonly body: unknown
  readonly location?: string | undefined
}

/**
 * What REST adds to an action: a method and path, its documentation, and how its output becomes an answer.
 * Requests are served and the OpenAPI document is written from the same list, so they cannot disagree.
 */
export interface Route {
  readonly method: 'get' | 'post' | 'patch'
  /** Under /v1, with OpenAPI's braces: `/referrals/{id}/accept`. */
  readonly path: string
  readonly action: Action
  readonly tag: string
  readonly summary: string
  readonly description?: string
  readonly answer: z.ZodType
  /** Statuses of success, the first being the usual one. */
  readonly statuses: readonly (200 | 201 | 202)[]
  /** Refusals of this operation's own, beside those that every operation of its kind has. */
  readonly refusals: readonly ErrorCode[]
  readonly example?: { readonly request?: unknown; readonly response?: unknown }
  readonly toAnswer: (output: unknown) => Answered
  /** The strong validator of the answer; absent for lists. */
  readonly etagOf?: ((output: unknown) => string) | undefined
  readonly ifMatch: 'none' | 'accepted' | 'required'
  /** A list that can be waited for: whether this answer has nothing in it. */
  readonly isEmpty?: ((output: unknown) => boolean) | undefined
  /** Server-sent events: the action is asked again and again for what is next. */
  readonly stream?: true
  /** The body is CSV or NDJSON, a line for each of many; options are in the query. */
  readonly bulk?: true
  /** It answers in CSV too, to whoever asks for that. */
  readonly csv?: Csv<unknown> | undefined
}

type Documented<Output> = {
  readonly tag: string
  readonly summary: string
  readonly description?: string
  readonly answer: z.ZodType<Output>
  readonly refusals?: readonly ErrorCode[]
  readonly example?: { readonly request?: unknown; readonly response?: unknown }
  readonly csv?: Csv<Output>
}

interface Versioned {
  readonly id: string
  readonly version: number
}

const versionTag = (output: unknown) => `"v${(output as Versioned).version}"`
const plain = (output: unknown): Answered => ({ status: 200, body: output })

/** A collection: bounded, paged by cursor. */
export function list<Output>(
  path: string,
  action: Action<z.ZodType, Output>,
  spec: Documented<Output>,
): Route {
  return {
    ...base(spec),
    method: 'get',
    path,
    action,
    statuses: [200],
    toAnswer: plain,
    ifMatch: 'none',
    refusals: ['invalid_cursor', ...(spec.refusals ?? [])],
  }
}

/** What can be followed: a page holds how far it has looked, and a client may wait for the next one. */
export interface Followed {
  readonly data: readonly unknown[]
  readonly nextCursor: string | null
  readonly through: number
}

/** As `list`, and with `wait` an answer that has nothing in it yet is kept back for a while. */
export function feed<Output extends Followed>(
  path: string,
  action: Action<z.ZodType, Output>,
  spec: Documented<Output>,
): Route {
  const isEmpty = (output: unknown) => {
    const { data, nextCursor } = output as Output
    return data.length === 0 && nextCursor === null
  }
  return { ...list(path, action, spec), isEmpty }
}

/** Server-sent events. `answer` is one of them; its number is the id to go on from. */
export function stream<Item, Output extends Followed & { readonly data: readonly Item[] }>(
  path: string,
  action: Action<z.ZodType, Output>,
  spec: Documented<Item>,
): Route {
  return {
    ...base(spec),
    method: 'get',
    path,
    action,
    statuses: [200],
    toAnswer: plain,
    ifMatch: 'none',
    stream: true,
  }
}

/** One resource. `etagOf` is for resources that are computed and have no version. */
export function item<Output>(
  path: string,
  action: Action<z.ZodType, Output>,
  spec: Documented<Output> & { readonly etagOf?: (output: Output) => string },
): Route {
  const etagOf = (spec.etagOf as ((output: unknown) => string) | undefined) ?? versionTag
  return {
    ...base(spec),
    method: 'get',
    path,
    action,
    statuses: [200],
    toAnswer: plain,
    etagOf,
    ifMatch: 'none',
  }
}

/** Something computed or collected under one resource, without a version of its own. */
export function view<Output>(
  path: string,
  action: Action<z.ZodType, Output>,
  spec: Documented<Output>,
): Route {
  return { ...base(spec), method: 'get', path, action, statuses: [200], toAnswer: plain, ifMatch: 'none' }
}

/** A new resource in a collection: 201 with its Location. */
export function create<Output extends Versioned>(
  path: string,
  action: Action<z.ZodType, Output>,
  spec: Documented<Output>,
): Route {
  const toAnswer = (output: unknown): Answered => ({
    status: 201,
    body: output,
    location: `/v1${path}/${(output as Output).id}`,
  })
  return {
    ...base(spec),
    method: 'post',
    path,
    action,
    statuses: [201],
    toAnswer,
    etagOf: versionTag,
    ifMatch: 'none',
  }
}

/** As `create`, where the natural key may show that the resource is there already: 200 with what is. */
export function createOnce<Output extends Versioned & { readonly created: boolean }>(
  path: string,
  action: Action<z.ZodType, Output>,
  spec: Documented<Omit<Output, 'created'>>,
): Route {
  const toAnswer = (output: unknown): Answered => {
    const { created, ...body } = output as Output
    return { status: created ? 201 : 200, body, location: `/v1${path}/${body.id}` }
  }
  return {
    ...base(spec),
    method: 'post',
    path,
    action,
    statuses: [201, 200],
    toAnswer,
    etagOf: versionTag,
    ifMatch: 'none',
  }
}

/** A change of state with a schema of its own. The answer is the resource as it is now. */
export function command<Output>(
  path: string,
  action: Action<z.ZodType, Output>,
  spec: Documented<Output> & {
    readonly status?: 200 | 201 | 202
    readonly locate?: (output: Output) => string
  },
): Route {
  const { status = 200, locate } = spec
  const toAnswer = (output: unknown): Answered => ({
    status,
    body: output,
    location: locate?.(output as Output),
  })
  return {
    ...base(spec),
    method: 'post',
    path,
    action,
    statuses: [status],
    toAnswer,
    etagOf: versionTag,
    ifMatch: 'accepted',
  }
}

/** Something new under a resource: there is no earlier state of it that a caller could have read. */
export function add<Output>(
  path: string,
  action: Action<z.ZodType, Output>,
  spec: Parameters<typeof command<Output>>[2],
): Route {
  return { ...command(path, action, { status: 201, ...spec }), ifMatch: 'none' }
}

/** A question that carries a body: nothing changes, so there is nothing to validate or to match. */
export function question<Output>(
  path: string,
  action: Action<z.ZodType, Output>,
  spec: Documented<Output>,
): Route {
  return { ...base(spec), method: 'post', path, action, statuses: [200], toAnswer: plain, ifMatch: 'none' }
}

/** A row of a log: 201, and never changed, so that there is no version of it. */
export function append<Output extends { readonly id: string }>(
  path: string,
  action: Action<z.ZodType, Output>,
  spec: Documented<Output>,
): Route {
  const toAnswer = (output: unknown): Answered => ({
    status: 201,
    body: output,
    location: `/v1${path}/${(output as Output).id}`,
  })
  return { ...question(path, action, spec), statuses: [201], toAnswer }
}

/** Something that is done soon, and not before the answer: 202. */
export function order<Output>(
  path: string,
  action: Action<z.ZodType, Output>,
  spec: Documented<Output>,
): Route {
  const toAnswer = (output: unknown): Answered => ({ status: 202, body: output })
  return { ...question(path, action, spec), statuses: [202], toAnswer }
}

/** Many at once, as CSV or NDJSON. The action's input has `format` and `body` beside what the query says. */
export function bulk<Output>(
  path: string,
  action: Action<z.ZodType, Output>,
  spec: Documented<Output>,
): Route {
  return { ...question(path, action, spec), bulk: true }
}

/** JSON merge patch (RFC 7396). If-Match is required: two editors must not undo each other unseen. */
export function patch<Output extends Versioned>(
  path: string,
  action: Action<z.ZodType, Output>,
  spec: Documented<Output>,
): Route {
  return {
    ...base(spec),
    method: 'patch',
    path,
    action,
    statuses: [200],
    toAnswer: plain,
    etagOf: versionTag,
    ifMatch: 'required',
  }
}

function base<Output>({
  tag,
  summary,
  description,
  answer,
  refusals = [],
  example,
  csv,
}: Documented<Output>) {
  return {
    tag,
    summary,
    answer,
    refusals,
    ...(description !== undefined && { description }),
    ...(example !== undefined && { example }),
    ...(csv !== undefined && { csv: csv as Csv<unknown> }),
  }
}
