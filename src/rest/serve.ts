import { isUtf8 } from 'node:buffer'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { AppError, notFound } from '../core/errors.ts'
import { Id } from '../core/id.ts'
import { toCsv, wantsCsv } from './csv.ts'
import { answerWhenThere } from './poll.ts'
import type { Route } from './route.ts'
import { stream } from './stream.ts'

/** Serves the routes of one protocol version. Inputs are validated in the actions, once. */
export function serve(app: FastifyInstance, routes: readonly Route[]) {
  for (const route of routes) {
    app.route({
      method: route.method,
      url: route.path.replace(/\{(\w+)\}/g, ':$1'),
      config: {
        operationId: route.action.id,
        matchesVersion: route.ifMatch !== 'none',
        lasting: route.stream === true,
      },
      handler: route.stream
        ? (request, reply) => stream(route, request, reply, inputOf(route, request))
        : (request, reply) => answer(route, request, reply),
    })
  }
}

async function answer(route: Route, request: FastifyRequest, reply: FastifyReply) {
  if (route.ifMatch === 'required' && request.headers['if-match'] === undefined) {
    throw new AppError('precondition_required', 'Send If-Match with the ETag you last read.')
  }
  const { ctx } = request
  const input = inputOf(route, request)
  const output = route.isEmpty ? await answerWhenThere(route, request, input) : await route.action(ctx, input)
  const { status, body, location } = route.toAnswer(output)
  // It was held back until now, and the idle connections are closed already.
  if (route.isEmpty && request.server.closing.aborted) reply.header('connection', 'close')
  const etag = route.etagOf?.(output)
  if (etag !== undefined) {
    reply.header('etag', etag)
    if (route.method === 'get' && matches(request.headers['if-none-match'], etag))
      return reply.code(304).send()
  }
  if (location !== undefined) reply.header('location', location)
  if (ctx.answer.replayed) reply.header('idempotency-replayed', 'true')
  if (route.method === 'get') linkNext(request, reply, body)
  if (route.csv && wantsCsv(request))
    return reply.code(status).type('text/csv; charset=utf-8').send(toCsv(route.csv, output))
  return reply.code(status).type('application/json; charset=utf-8').send(JSON.stringify(body))
}

/** Path, query and body as the action's one input. A body member may not stand in for a path parameter. */
function inputOf(route: Route, request: FastifyRequest): unknown {
  const parameters = request.params as Record<string, string>
  if (!Object.values(parameters).every((id) => Id.safeParse(id).success)) throw notFound('resource')
  if (route.method === 'get') return { ...(request.query as object), ...parameters }
  if (request.body instanceof Lines !== (route.bulk === true)) {
    const expected = route.bulk ? 'text/csv or application/x-ndjson' : 'application/json'
    throw new AppError('unsupported_media_type', `Set Content-Type: ${expected}.`)
  }
  if (request.body instanceof Lines) {
    const { format, body } = request.body
    return { ...(request.query as object), ...parameters, format, body }
  }
  const body = request.body === undefined ? {} : request.body
  if (body === null || typeof body !== 'object' || Array.isArray(body)) return body
  const clash = Object.keys(parameters).filter((name) => name in body)
  if (clash.length > 0) {
    const issues = clash.map((name) => ({
      path: [name],
      code: 'unknown_field',
      detail: 'This is in the path, not in the body.',
    }))
    throw new AppError('invalid_input', 'See errors: each fault is named by its pointer.', issues)
  }
  return { ...body, ...parameters }
}

function matches(header: string | undefined, etag: string) {
  const tags = header?.split(',').map((tag) => tag.trim().replace(/^W\//, '')) ?? []
  return tags.includes(etag) || tags.includes('*')
}

function linkNext(request: FastifyRequest, reply: FastifyReply, body: unknown) {
  const cursor = body !== null && typeof body === 'object' && 'nextCursor' in body ? body.nextCursor : null
  if (typeof cursor !== 'string') return
  const query = new URLSearchParams(request.query as Record<string, string>)
  query.set('cursor', cursor)
  reply.header('link', `<${request.url.split('?')[0]}?${query.toString()}>; rel="next"`)
}

/** A body of many lines, not read yet. */
class Lines {
  readonly format: 'csv' | 'ndjson'
  readonly body: string

  constructor(format: Lines['format'], body: string) {
    this.format = format
    this.body = body
  }
}

/** Bodies of many lines, for the routes that take them; the action reads them line by line. */
export function acceptLines(app: FastifyInstance) {
  for (const [type, format] of [
    ['text/csv', 'csv'],
    ['application/x-ndjson', 'ndjson'],
  ] as const)
    app.addContentTypeParser(type, { parseAs: 'buffer' }, (_request, body: Buffer, done) => {
      if (!isUtf8(body)) return done(new AppError('malformed_json', 'The body is not UTF-8.'))
      done(null, new Lines(format, body.toString('utf8')))
    })
}

/** JSON whose bytes are not UTF-8 is refused, not repaired: a repaired name would be another name. */
export function acceptJson(app: FastifyInstance) {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    ['application/json', 'application/merge-patch+json'],
    { parseAs: 'buffer' },
    (request, body: Buffer, done) => {
      if (body.length === 0) return done(null, undefined)
      if (!isUtf8(body)) return done(new AppError('malformed_json', 'The body is not UTF-8.'))
      void parse(request, body.toString('utf8'), (error, value) => {
        if (error) return done(new AppError('malformed_json', 'The body does not parse as JSON.'))
        done(null, value)
      })
    },
  )
}
