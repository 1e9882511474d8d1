import type { WebSocket } from '@fastify/websocket'
import type { FastifyRequest } from 'fastify'
import { createSourceEventStream, type ExecutionArgs, type ExecutionResult, execute } from 'graphql'
import { CloseCode, type ServerOptions } from 'graphql-ws'
import { AppError } from '../core/errors.ts'
import { toClientErrors } from './errors.ts'
import { follow, type Piece } from './follow.ts'
import { asErrors, reporterOf } from './http.ts'
import { createAsked } from './loaders.ts'
import { askingOf } from './request.ts'
import { type Engine, hasBroken, makeReady, type Ready, run } from './run.ts'
import type { Following, Told } from './subscriptions.ts'

/** Of one socket; a screen has a handful. */
const operationsMax = 20
/** Of one client in one process: more is a client that forgets to close them. */
const socketsMax = 50
/** Longer than that no timer runs; no token does either. */
const timerMaxMs = 2 ** 31 - 1
const initWithinMs = 3_000

type Params = Record<string, unknown> | undefined

export interface Extra extends Record<PropertyKey, unknown> {
  readonly request: FastifyRequest
  readonly socket: WebSocket
  /** Fires when the socket has closed. */
  readonly over: AbortSignal
}

interface Started extends ExecutionArgs {
  readonly ready: Ready
  readonly contextValue: Extra
}

/** What one operation on a socket is, by the protocol graphql-transport-ws: the same engine as by HTTP. */
export function operationsOf(engine: Engine): ServerOptions<Params, Extra> {
  return {
    connectionInitWaitTimeout: initWithinMs,
    onConnect: ({ connectionParams, extra }) => authenticate(extra, connectionParams),
    onSubscribe: async ({ extra, subscriptions }, _id, payload) => {
      const refuse = (error: unknown) => toClientErrors(asErrors(error), reporterOf(extra.request))
      try {
        if (Object.keys(subscriptions).length > operationsMax)
          throw new AppError('too_many_streams', `A socket may have ${operationsMax} operations at once.`)
        await extra.request.server.meter(extra.request)
        const ready = makeReady(engine, askingOf(payload))
        if ('refused' in ready) return toClientErrors(ready.refused, reporterOf(extra.request))
        return started(engine, ready, extra)
      } catch (error) {
        return refuse(error)
      }
    },
    execute: async (args) => {
      const { ready, contextValue } = args as Started
      const { request } = contextValue
      return told(request, ready, await run(engine, ready, request.contextNow(), request.onOccasion))
    },
    subscribe: (args) => subscribe(args as Started),
  }
}

const started = ({ schema }: Engine, ready: Ready, contextValue: Extra): Started => ({
  schema,
  document: ready.document,
  variableValues: ready.variables,
  operationName: ready.operation.node.name?.value,
  contextValue,
  ready,
})

const clients = new Map<string, number>()

/** The token of the first message, or of the request that opened the socket. It closes when the token is over. */
async function authenticate({ request, socket, over }: Extra, params: Params): Promise<boolean> {
  const given = params?.authorization ?? params?.Authorization
  if (typeof given === 'string') request.headers.authorization = given
  try {
    await request.server.authenticate(request)
  } catch {
    return false
  }
  const { clientId } = request.ctx
  const sockets = clients.get(clientId) ?? 0
  if (sockets >= socketsMax) return false
  clients.set(clientId, sockets + 1)
  const leftMs = Math.min(Math.max(request.tokenExpiresAt.getTime() - Date.now(), 0), timerMaxMs)
  const expiry = setTimeout(() => socket.close(CloseCode.Forbidden, 'The token has expired'), leftMs)
  over.addEventListener('abort', () => {
    clearTimeout(expiry)
    const left = (clients.get(clientId) ?? 1) - 1
    if (left > 0) clients.set(clientId, left)
    else clients.delete(clientId)
  })
  return true
}

async function subscribe(args: Started): Promise<AsyncGenerator<ExecutionResult> | ExecutionResult> {
  const { ready, contextValue } = args
  const { request, over } = contextValue
  const source = await createSourceEventStream({
    ...args,
    contextValue: { follow: (following: Following) => follow(request, over, following) },
  })
  if (!(Symbol.asyncIterator in source)) return told(request, ready, source)
  return shown(args, source as AsyncIterable<Piece>)
}

/** For a reader who takes longer, what is left of a piece is read, and decided on, anew. */
const goodForMs = 1_000

async function* shown(args: Started, source: AsyncIterable<Piece>): AsyncGenerator<ExecutionResult> {
  const { request } = args.contextValue
  try {
    for await (const piece of source) {
      const results = await show(args, piece.told)
      const madeAt = performance.now()
      for (const result of results) {
        if (piece.taken > 0 && performance.now() - madeAt > goodForMs) break
        piece.taken += 1
        yield told(request, args.ready, result)
      }
    }
  } catch (error) {
    // What ends a subscription is told in the same words, and what is unknown is masked.
    const [refused] = toClientErrors(asErrors(error), reporterOf(request))
    throw refused ?? error
  }
}

/**
 * Events that are told together are shown in one snapshot, so that what each is about is read with the others; under the
 * consents of that moment.
 */
async function show(args: Started, events: readonly Told[]): Promise<readonly ExecutionResult[]> {
  const { request } = args.contextValue
  const results = await request.contextNow().snapshot(async (shared) => {
    const contextValue = createAsked(shared, request.onOccasion)
    return Promise.all(events.map(async (rootValue) => execute({ ...args, rootValue, contextValue })))
  })
  if (events.length === 1 || !results.some(hasBroken)) return results
  // One of them broke the transaction that all shared: each for itself, then.
  const alone: ExecutionResult[] = []
  for (const event of events) alone.push(...(await show(args, [event])))
  return alone
}

/** As by HTTP: with what it cost, which is of each event that a subscription tells. */
const told = (request: FastifyRequest, { cost }: Ready, result: ExecutionResult): ExecutionResult => ({
  ...result,
  ...(result.errors && { errors: toClientErrors(result.errors, reporterOf(request)) }),
  extensions: { cost },
})
