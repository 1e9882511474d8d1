import { randomUUID } from 'node:crypto'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { ConnectionError, FastifyHttpOptions } from 'fastify'
import { catalogue, type ErrorCode } from './core/errors.ts'

/** What a connection may take of the service before anybody knows whose it is. */
export interface ConnectionLimits {
  /** Open at a time; one more is closed at once. */
  readonly max: number
  /** For the head of a request, from its first byte or from the connection on. */
  readonly headersWithinMs: number
  /** For the whole of it: longer than any sane request, shorter than a patient attacker. */
  readonly requestWithinMs: number
  /** How often those that are late are looked for. */
  readonly lookEveryMs: number
  /** Between two requests: longer than proxies keep a connection, so that they close first. */
  readonly idleMs: number
}

export const connectionLimits: ConnectionLimits = {
  max: 5_000,
  headersWithinMs: 10_000,
  requestWithinMs: 30_000,
  lookEveryMs: 2_000,
  idleMs: 72_000,
}

export const bodyBytesMax = 256 * 1024
/** A token, a query and what proxies add fit into it several times. */
const headBytesMax = 16 * 1024

export const serverOptions = (
  { headersWithinMs, requestWithinMs, lookEveryMs, idleMs }: ConnectionLimits,
  publicUrl: () => string,
) =>
  ({
    bodyLimit: bodyBytesMax,
    requestTimeout: requestWithinMs,
    keepAliveTimeout: idleMs,
    clientErrorHandler: createRefuser(publicUrl),
    http: {
      headersTimeout: headersWithinMs,
      requestTimeout: requestWithinMs,
      connectionsCheckingInterval: lookEveryMs,
      maxHeaderSize: headBytesMax,
    },
  }) satisfies FastifyHttpOptions<Server>

const refusals: Readonly<Record<string, [ErrorCode, string]>> = {
  HPE_HEADER_OVERFLOW: ['headers_too_large', 'The head of a request may have 16 KiB.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['request_too_slow', 'The request did not arrive in time.'],
}

/** Answers what never became a request, in the form of every other refusal, and closes. Nothing of it is told or logged. */
function createRefuser(publicUrl: () => string) {
  return (error: ConnectionError, socket: Socket): void => {
    // It is gone, or something was sent on it already.
    if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return void socket.destroy()
    const answering = (socket as Socket & { _httpMessage?: ServerResponse<IncomingMessage> })._httpMessage
    if (answering?.headersSent) return void socket.destroy()
    const [code, detail] = refusals[error.code ?? ''] ?? ['malformed_json', 'The request is no HTTP.']
    const { status, title } = catalogue[code]
    const requestId = randomUUID()
    const body = JSON.stringify({
      type: `${publicUrl()}/errors/${code}`,
      ...{ title, status, detail, code, requestId },
    })
    socket.end(
      [
        `HTTP/1.1 ${status} ${status === 431 ? 'Request Header Fields Too Large' : status === 408 ? 'Request Timeout' : 'Bad Request'}`,
        'Content-Type: application/problem+json',
        `Content-Length: ${Buffer.byteLength(body)}`,
        'Cache-Control: no-store',
        'X-Content-Type-Options: nosniff',
        `X-Request-Id: ${requestId}`,
        'Connection: close',
        '',
        body,
      ].join('\r\n'),
    )
  }
}
