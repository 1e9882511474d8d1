/**
 * A whole receiver of webhooks: it verifies who sends, answers the verification of the endpoint, and handles what comes twice once.
 *
 *   npm install standardwebhooks
 *   WEBHOOK_SECRET=whsec_… PORT=8080 node webhook-receiver.ts     (Node 24; with an older one, compile it first)
 */
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { Webhook } from 'standardwebhooks'

export interface Message {
  readonly type: string
  readonly timestamp: string
  readonly data: {
    readonly id: string
    readonly sequence?: number
    readonly subject: { readonly type: string; readonly id: string }
    readonly codes: Readonly<Record<string, string>>
    /** The notice of 42 CFR 2.32: keep it with what you store. */
    readonly disclosure?: object
  }
}

export interface ReceiverOptions {
  readonly secret: string
  /**
   * Keeps the id of a message and says whether it is new. In production an insert into a table of yours with a unique key,
   * in the transaction that also stores the work to be done.
   */
  readonly isNew: (id: string) => boolean | Promise<boolean>
  /** Stores the work to be done. What takes long is done later: an answer is due within 20 seconds. */
  readonly handle: (message: Message) => void | Promise<void>
}

/** Messages are small; whoever sends more is somebody else. */
const bodyMaxBytes = 64 * 1024

export function createReceiver({ secret, isNew, handle }: ReceiverOptions): Server {
  const webhook = new Webhook(secret)
  return createServer((request, reply) => {
    const answer = (status: number, body?: object) =>
      reply.writeHead(status, { 'content-type': 'application/json' }).end(body && JSON.stringify(body))
    receive(request)
      .then((challenge) => (challenge === undefined ? answer(204) : answer(200, { challenge })))
      .catch((error: unknown) => answer(error instanceof Refused ? error.status : 500))
  })

  /** The challenge to be repeated, if it was a verification. */
  async function receive(request: IncomingMessage): Promise<string | undefined> {
    if (request.method !== 'POST') throw new Refused(405)
    const message = verify(await readBody(request), request)
    if (message.type === 'webhook_endpoint.verification') return message.data.codes.challenge
    if (message.type === 'webhook_endpoint.test') return undefined
    // Sent again after an answer of ours got lost, or replayed: it was handled before.
    if (await isNew(message.data.id)) await handle(message)
    return undefined
  }

  /** Over the bytes as they came: JSON that was parsed and written anew has another signature. */
  function verify(body: string, { headers }: IncomingMessage): Message {
    try {
      return webhook.verify(body, headers as Record<string, string>) as Message
    } catch {
      throw new Refused(401)
    }
  }
}

class Refused extends Error {
  readonly status: number
  constructor(status: number) {
    super(`Refused with ${status}`)
    this.status = status
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > bodyMaxBytes) throw new Refused(413)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

if (import.meta.filename === process.argv[1]) {
  const seen = new Set<string>()
  createReceiver({
    secret: process.env.WEBHOOK_SECRET ?? '',
    isNew: (id) => !seen.has(id) && seen.add(id) !== undefined,
    handle: ({ type, data }) => {
      process.stdout.write(`${type} ${data.subject.type} ${data.subject.id}
`)
    },
  }).listen(Number(process.env.PORT ?? 8080))
}
