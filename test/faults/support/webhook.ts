import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { eventually } from '../../support/eventually.ts'
import type { Chance } from './chance.ts'
import type { Client } from './clients.ts'
import { type Read, type Reader, type Told, toRead } from './readers.ts'

/**
 * Of messages: the receiver has taken it, and its answer is lost on the way. Once: where the second one is lost too, the third
 * comes after five minutes by the schedule of retries, and a run would wait for that and learn nothing of faults.
 */
const answersLost = 0.02

/** An endpoint and its receiver. */
export async function webhookReader(client: Client, chance: Chance): Promise<Reader> {
  const reads: Read[] = []
  const faults: string[] = []
  const lost = new Set<string>()
  let greeted = false
  const server = createServer((request, reply) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { type, data } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as {
        type: string
        data: Told
      }
      if (type === 'webhook_endpoint.verification') greeted = true
      else {
        if (request.headers['webhook-id'] !== data.id) faults.push(`webhook-id is not the id of ${data.id}`)
        reads.push(toRead(data))
        if (!lost.has(data.id) && chance.happens(answersLost)) {
          lost.add(data.id)
          return void reply.destroy()
        }
      }
      reply.writeHead(204).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  const body = { url: `http://127.0.0.1:${port}/hooks`, types: ['referral.*'] }
  const reply = await client.ask('/v1/webhook-endpoints', { body })
  if (!reply.ok) {
    close()
    throw new Error(`No endpoint: ${reply.status} ${await reply.text()}`)
  }
  await eventually('the endpoint is verified', () => greeted)
  return {
    name: 'webhook',
    order: 'of_referral',
    reads,
    faults,
    run: (until) =>
      new Promise((resolve) =>
        until.addEventListener(
          'abort',
          () => {
            close()
            resolve()
          },
          { once: true },
        ),
      ),
  }
}
