import { createHmac, randomBytes } from 'node:crypto'
import type { Event } from '../events/contract.ts'

/** Standard Webhooks 1.0.0: 24 to 64 random bytes behind this prefix. */
const secretPrefix = 'whsec_'

export const newSecret = (): string => `${secretPrefix}${randomBytes(32).toString('base64')}`

/** What is sent: an event as the feed shows it, or a word of the service's own about the endpoint. */
export type Told = Event | Omit<Event, 'sequence'>

export const toBody = (told: Told): string =>
  JSON.stringify({ type: told.type, timestamp: told.occurredAt, data: told })

/**
 * The headers of one attempt. The id is that of the event, the same at each attempt and each replay; the time is that of
 * the attempt, by the wall clock, since receivers refuse what is older than five minutes. One signature for each secret.
 */
export function headersOf(
  { id, body, secrets }: { id: string; body: string; secrets: readonly string[] },
  at: Date,
): Record<string, string> {
  const seconds = Math.floor(at.getTime() / 1000)
  const sign = (secret: string) =>
    createHmac('sha256', Buffer.from(secret.slice(secretPrefix.length), 'base64'))
      .update(`${id}.${seconds}.${body}`)
      .digest('base64')
  return {
    'content-type': 'application/json; charset=utf-8',
    'user-agent': 'Alongside-Webhooks/1',
    'webhook-id': id,
    'webhook-timestamp': `${seconds}`,
    'webhook-signature': secrets.map((secret) => `v1,${sign(secret)}`).join(' '),
  }
}

/** Whether an answer repeats the word, as a member of its own: a server that sends back what it gets does not. */
export function repeats(answer: string, challenge: string): boolean {
  try {
    const parsed: unknown = JSON.parse(answer)
    return (
      parsed !== null && typeof parsed === 'object' && 'challenge' in parsed && parsed.challenge === challenge
    )
  } catch {
    return false
  }
}
