import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../core/errors.ts'
import type { Event } from '../domains/events/contract.ts'
import { type Ear, listen } from './listen.ts'
import type { Followed, Route } from './route.ts'

const gatherMs = 50
/** Streams of one client in one process; more is a client that forgets to close them. */
const streamsMax = 20

const open = new Map<string, number>()

/**
 * Server-sent events (WHATWG HTML, 9.2). Each piece is read in a transaction of its own, under the consents of that
 * moment, and the next one only when the reader has taken the last: nothing piles up here, however slow it is.
 */
export async function stream(route: Route, request: FastifyRequest, reply: FastifyReply, input: unknown) {
  const { clientId } = request.ctx
  const streams = open.get(clientId) ?? 0
  if (streams >= streamsMax)
    throw new AppError(
      'too_many_streams',
      `A client may have ${streamsMax} streams. Close some, or read the feed.`,
    )
  const lastId = request.headers['last-event-id']
  const start = {
    ...(input as object),
    ...(typeof lastId === 'string' && lastId !== '' && { after: lastId }),
  }
  // Before the first byte: what is wrong with the request is refused as everywhere else.
  const first = (await route.action(request.ctx, start)) as Followed
  reply.hijack()
  open.set(clientId, (open.get(clientId) ?? 0) + 1)
  try {
    await follow(route, request, reply, first, start)
  } catch (error) {
    request.log.error({ err: error, req: request }, 'stream ended by a fault')
    reply.raw.end(': the service cannot go on; come again with Last-Event-ID\n\n')
  } finally {
    const left = (open.get(clientId) ?? 1) - 1
    if (left > 0) open.set(clientId, left)
    else open.delete(clientId)
  }
}

async function follow(
  route: Route,
  request: FastifyRequest,
  reply: FastifyReply,
  first: Followed,
  start: object,
): Promise<void> {
  const { server } = request
  const { raw } = reply
  const write: Write = (text) => writeTo(raw, text, server.followers.takenWithinMs)
  raw.writeHead(200, {
    // As every other answer: what keeps it to itself, what is left of the client's share, whose page may read it.
    ...(reply.getHeaders() as OutgoingHttpHeaders),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    // Nothing follows on it: kept alive, it would hold up a service that stops.
    connection: 'close',
  })
  const over = new AbortController()
  raw.once('close', () => over.abort())
  const expiresInMs = request.tokenExpiresAt.getTime() - Date.now()
  const expiry = setTimeout(() => over.abort('the token has expired'), Math.max(expiresInMs, 0))
  const stop = () => over.abort('the service is stopping')
  server.closing.addEventListener('abort', stop, { once: true })
  if (server.closing.aborted) stop()
  try {
    await write('retry: 2000\n\n')
    await goOn(route, request, write, { page: first, start, signal: over.signal })
    if (!raw.destroyed) raw.end(`: ${String(over.signal.reason)}; come again with Last-Event-ID\n\n`)
  } finally {
    clearTimeout(expiry)
    server.closing.removeEventListener('abort', stop)
  }
}

type Write = (text: string) => Promise<void>

interface Following {
  readonly page: Followed
  readonly start: object
  readonly signal: AbortSignal
}

async function goOn(
  route: Route,
  request: FastifyRequest,
  write: Write,
  { page: first, start, signal }: Following,
): Promise<void> {
  let page = first
  let told = -1
  // Nobody listened before the first look, so the second comes at once.
  let ear: Ear = { heard: Promise.resolve(true), close: () => {} }
  try {
    while (!signal.aborted) {
      const piece = page.data.map((event) => toMessage(event as Event)).join('')
      // An id alone moves the reader past what was not its to know.
      const moved = page.through > Math.max(told, lastOf(page)) ? `id: ${page.through}\n\n` : ''
      if (piece || moved) await write(piece + moved)
      told = page.through
      if (page.nextCursor === null) await waitForNews(write, ear, signal)
      if (signal.aborted) return
      ear.close()
      ear = listen(request, request.server.followers.heartbeatMs, signal)
      page = (await route.action(request.contextNow(), { ...start, after: `${page.through}` })) as Followed
    }
  } finally {
    ear.close()
  }
}

/** Or for the time of a heartbeat; the log is looked at then, too. */
async function waitForNews(write: Write, { heard }: Ear, signal: AbortSignal): Promise<void> {
  const news = await heard
  if (signal.aborted) return
  if (!news) await write(': heartbeat\n\n')
  await delay(gatherMs, undefined, { signal }).catch(() => {})
}

const lastOf = ({ data }: Followed) => (data.at(-1) as Event | undefined)?.sequence ?? -1

function toMessage(event: Event): string {
  return `id: ${event.sequence}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
}

/** Resolves when the reader has taken it; cuts a reader who does not. */
async function writeTo(raw: ServerResponse, text: string, withinMs: number): Promise<void> {
  if (raw.destroyed || raw.write(text)) return
  await new Promise<void>((resolve) => {
    const late = setTimeout(() => raw.destroy(), withinMs)
    const done = () => {
      clearTimeout(late)
      raw.off('drain', done)
      raw.off('close', done)
      resolve()
    }
    raw.once('drain', done)
    raw.once('close', done)
  })
}
