import { setTimeout as delay } from 'node:timers/promises'
import { tokenFrom } from '../../support/process.ts'
import type { Member } from '../../support/world.ts'
import type { Chance } from './chance.ts'

/** Without a word for this long, an answer is not waited for any longer. */
const answerWithinMs = 15_000

export interface Client {
  /** One request to one of the processes. It throws where no answer came. */
  readonly ask: (path: string, options?: Asked) => Promise<Response>
  readonly anyUrl: () => string
  readonly token: () => Promise<string>
}

export interface Asked {
  readonly body?: unknown
  readonly headers?: Record<string, string>
  readonly signal?: AbortSignal
}

/** A client that knows several addresses of the service and keeps its token as long as it holds. */
export function createClient(member: Member, urls: readonly string[], chance: Chance): Client {
  let kept: Promise<string> | undefined
  const anyUrl = () => urls[chance.below(urls.length)] ?? ''
  async function token(): Promise<string> {
    kept ??= getToken()
    return kept
  }
  async function getToken(): Promise<string> {
    for (;;) {
      const got = await tokenFrom(anyUrl(), member.clientId, member.clientSecret).catch(() => undefined)
      if (got) return got
      await delay(100)
    }
  }
  return {
    anyUrl,
    token,
    ask: async (path, { body, headers, signal = AbortSignal.timeout(answerWithinMs) } = {}) =>
      fetch(`${anyUrl()}${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: {
          authorization: `Bearer ${await token()}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal,
      }),
  }
}
