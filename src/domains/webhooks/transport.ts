import type { Socket } from 'node:net'
import { buildConnector, errors, Pool } from 'undici'
import { addressesOf, type Targets } from '../../core/targets.ts'
import type { AttemptError } from './codes.ts'
import { errorOfStatus, type Result } from './rules.ts'

export interface TransportOptions {
  readonly targets: Targets
  /** Connections to one receiver at a time. */
  readonly connections: number
  /** The whole of an attempt, from its first byte to the end of the answer. */
  readonly attemptMs: number
  /** Fires when the process has to go. */
  readonly signal: AbortSignal
  /** Certificate authorities beside those of the system. */
  readonly ca?: string | undefined
}

export interface Answered extends Result {
  /** The beginning of what was answered. */
  readonly body: string
}

/** A receiver that is reachable: a connection to it stands. */
export interface Receiver {
  readonly post: (headers: Record<string, string>, body: string) => Promise<Answered>
  readonly close: () => Promise<void>
}

/** Including TLS. A receiver that is there takes far less. */
const connectMs = 5_000
/** An answer to a webhook is a status. What is longer than this is cut, so that nobody can fill our memory. */
const answerMaxBytes = 4 * 1024
const headersMaxBytes = 16 * 1024

/**
 * Resolves the name once, refuses what is no place to send to, and connects. Connections that are opened later go to
 * the same addresses. That it is reachable is known before anybody decides what may be sent: a receiver that is away costs
 * no row of the ledger.
 */
export async function openReceiver(
  text: string,
  options: TransportOptions,
): Promise<Receiver | AttemptError> {
  const url = new URL(text)
  const addresses = await addressesOf(url, options.targets)
  if (typeof addresses === 'string') return addresses
  const connect = connectorTo(addresses, options.ca)
  try {
    const first = await open(connect, url)
    return receiverAt(url, options, handOut(first, connect))
  } catch (error) {
    return errorOfConnection(error)
  }
}

type Connector = buildConnector.connector

function connectorTo(addresses: readonly string[], ca: string | undefined): Connector {
  const pinned = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
  return buildConnector({
    timeout: connectMs,
    ...(ca !== undefined && { ca }),
    // TLS still checks the certificate against the name.
    lookup: (_hostname, { all }, callback) => {
      const [first] = pinned
      if (all || !first) callback(null, pinned)
      else callback(null, first.address, first.family)
    },
    autoSelectFamily: true,
  })
}

function open(connect: Connector, { hostname, host, protocol, port }: URL): Promise<Socket> {
  const plain = hostname.replace(/^\[|\]$/g, '')
  return new Promise((resolve, reject) => {
    connect({ hostname: plain, host, protocol, port }, (error, socket) =>
      error ? reject(error) : resolve(socket),
    )
  })
}

/** Gives the connection that stands to whoever asks first, and new ones to the others. */
function handOut(first: Socket, connect: Connector) {
  let waiting: Socket | undefined = first
  // A receiver that hangs up meanwhile is found out when it is written to.
  first.on('error', () => {})
  const connector: Connector = (options, callback) => {
    const socket = waiting
    waiting = undefined
    if (!socket || socket.destroyed) return connect(options, callback)
    // Not in the same turn: undici would not notice that it may go on.
    setImmediate(callback, null, socket)
  }
  return { connector, dispose: () => waiting?.destroy() }
}

function receiverAt(
  { origin, pathname, search }: URL,
  { connections, attemptMs, signal }: TransportOptions,
  { connector, dispose }: ReturnType<typeof handOut>,
): Receiver {
  const pool = new Pool(origin, {
    connections,
    pipelining: 1,
    maxHeaderSize: headersMaxBytes,
    // The time limit of the whole attempt is shorter and also holds for an answer that drips.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: connector,
  })
  async function post(headers: Record<string, string>, body: string): Promise<Answered> {
    const attempt = new AbortController()
    const giveUp = () => attempt.abort()
    const late = setTimeout(giveUp, attemptMs)
    signal.addEventListener('abort', giveUp, { once: true })
    if (signal.aborted) giveUp()
    const began = performance.now()
    const took = () => Math.round(performance.now() - began)
    let statusCode: number | undefined
    try {
      const reply = await pool.request({
        path: `${pathname}${search}`,
        method: 'POST',
        headers,
        body,
        signal: attempt.signal,
      })
      statusCode = reply.statusCode
      const header = reply.headers['retry-after']
      const retryAfter = Array.isArray(header) ? header[0] : header
      const answer = await readSome(reply.body)
      const error = errorOfStatus(statusCode) ?? (answer.cut ? 'answer_cut' : undefined)
      return { statusCode, latencyMs: took(), retryAfter, error, body: answer.text }
    } catch (thrown) {
      const error = signal.aborted
        ? 'interrupted'
        : attempt.signal.aborted
          ? 'timeout'
          : errorOfExchange(thrown)
      return { statusCode, latencyMs: took(), error, body: '' }
    } finally {
      clearTimeout(late)
      signal.removeEventListener('abort', giveUp)
    }
  }
  return {
    post,
    close: async () => {
      dispose()
      await pool.destroy()
    },
  }
}

async function readSome(body: AsyncIterable<Buffer>): Promise<{ text: string; cut: boolean }> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    chunks.push(chunk)
    bytes += chunk.length
    // Leaving the loop closes the connection.
    if (bytes > answerMaxBytes) break
  }
  const text = Buffer.concat(chunks).subarray(0, answerMaxBytes).toString('utf8')
  return { text, cut: bytes > answerMaxBytes }
}

const codeOf = (error: unknown) => {
  const { code } = (error ?? {}) as { code?: unknown }
  return typeof code === 'string' ? code : ''
}

function errorOfConnection(error: unknown): AttemptError {
  if (error instanceof errors.ConnectTimeoutError || codeOf(error) === 'ETIMEDOUT')
    return 'connection_timeout'
  return /^(ERR_TLS|ERR_SSL|EPROTO|CERT_|DEPTH_|SELF_|UNABLE_TO|HOSTNAME_)/.test(codeOf(error))
    ? 'tls_failed'
    : 'connection_failed'
}

/** After the connection stood: what came back was no HTTP, or nothing came. */
function errorOfExchange(error: unknown): AttemptError {
  const code = codeOf(error)
  if (error instanceof errors.HTTPParserError || /^(HPE_|UND_ERR_(HEADERS_OVERFLOW|RES_))/.test(code))
    return 'answer_malformed'
  if (code === 'UND_ERR_SOCKET' || /^(ECONNRESET|EPIPE)$/.test(code)) return 'connection_closed'
  return errorOfConnection(error)
}
