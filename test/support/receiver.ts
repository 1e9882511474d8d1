import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'
import type { Test } from 'tap'
import type { Api } from './service.ts'

export interface Received {
  readonly headers: IncomingHttpHeaders
  readonly body: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into messages freely
  readonly message: any
}

export type Answering = (reply: ServerResponse, received: Received) => void

export const withStatus =
  (status: number, headers: Record<string, string> = {}): Answering =>
  (reply) =>
    void reply.writeHead(status, headers).end()

/** A receiver of webhooks on this machine, which answers as a test tells it to. */
export async function startReceiver(t: Test, first: Answering = withStatus(204)) {
  let answer = first
  const received: Received[] = []
  const server = createServer((request, reply) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8')
      const got = { headers: request.headers, body, message: JSON.parse(body) }
      received.push(got)
      answer(reply, got)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/hooks`,
    received,
    /** The events among what was received. */
    events: () =>
      received.filter(({ message }) => !/^webhook_endpoint\.(verification|test)$/.test(message.type)),
    answerWith: (next: Answering) => {
      answer = next
    },
    forget: () => void received.splice(0),
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

export type Receiver = Awaited<ReturnType<typeof startReceiver>>

/** Throws where a message is not signed with this secret. */
export const verify = (secret: string, { body, headers }: Received): unknown =>
  new Webhook(secret).verify(body, headers as Record<string, string>)

/** An endpoint at a receiver, not verified yet. */
export async function subscribe(api: Api, url: string, types: readonly string[] = ['referral.*']) {
  const { status, body } = await api.post('/v1/webhook-endpoints', { url, types })
  if (status !== 201) throw new Error(JSON.stringify(body))
  return body as { id: string; secret: string }
}

/** The deliveries of an endpoint, newest first. */
export async function deliveriesOf(api: Api, id: string, query = '') {
  const { body, status } = await api.get(`/v1/webhook-endpoints/${id}/deliveries?limit=100${query}`)
  if (status !== 200) throw new Error(JSON.stringify(body))
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers freely
  return body.data as any[]
}
