import websocket, { type WebSocket } from '@fastify/websocket'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { CloseCode, makeServer } from 'graphql-ws'
import { countAddresses } from '../plugins/auth.ts'
import { operationsOf } from './operations.ts'
import type { Engine } from './run.ts'

const protocol = 'graphql-transport-ws'
/** One message: a query of the length that is answered by HTTP needs no more. */
const messageMax = 64 * 1024
/** A peer that does not answer a ping until the next is gone. */
const pingEveryMs = 12_000

/** graphql-transport-ws at /graphql-ws: subscriptions, and whatever else is asked there, behind a token. */
export async function sockets(app: FastifyInstance, { engine }: { engine: Engine }) {
  // The token comes over the socket; opening one counts for whoever opens it.
  countAddresses(app)
  await app.register(websocket, {
    options: {
      maxPayload: messageMax,
      handleProtocols: (offered: Set<string>) => (offered.has(protocol) ? protocol : false),
    },
  })
  const server = makeServer(operationsOf(engine))
  app.get('/graphql-ws', { websocket: true, config: { lasting: true } }, (socket, request) =>
    open(server, socket, request),
  )
}

function open(server: ReturnType<typeof makeServer>, socket: WebSocket, request: FastifyRequest) {
  const over = new AbortController()
  const pings = keepAlive(socket)
  const closed = server.opened(
    {
      protocol: socket.protocol,
      send: (text) => send(socket, text, request.server.followers.takenWithinMs),
      close: (code, reason) => socket.close(code, reason),
      onMessage: (take) => {
        socket.on('message', (data: Buffer) => {
          take(data.toString('utf8')).catch((error: unknown) => {
            request.log.error({ err: error, req: request }, 'a message on a socket failed')
            socket.close(CloseCode.InternalServerError, 'Internal server error')
          })
        })
      },
    },
    { request, socket, over: over.signal },
  )
  socket.on('error', () => socket.terminate())
  socket.once('close', (code: number, reason: Buffer) => {
    clearInterval(pings)
    over.abort()
    void closed(code, reason.toString('utf8'))
  })
}

/** Resolves when the peer has taken it, so that nothing piles up here; cuts a peer that does not. */
function send(socket: WebSocket, text: string, withinMs: number): Promise<void> {
  if (socket.readyState !== socket.OPEN) return Promise.resolve()
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => socket.terminate(), withinMs)
    socket.send(text, (error?: Error) => {
      clearTimeout(late)
      if (error) reject(error)
      else resolve()
    })
  })
}

function keepAlive(socket: WebSocket): NodeJS.Timeout {
  let answered = true
  socket.on('pong', () => {
    answered = true
  })
  return setInterval(() => {
    if (!answered) return socket.terminate()
    answered = false
    socket.ping()
  }, pingEveryMs)
}
