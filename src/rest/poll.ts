import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyRequest } from 'fastify'
import { listen } from './listen.ts'
import type { Followed, Route } from './route.ts'

/** News that come one after another are looked at together: a burst costs each who waits one question, not many. */
const gatherMs = 50
/** Wake-ups may get lost; the database is asked again this often in any case. */
const lookAgainMs = 5_000

/**
 * Asks at once, and where there is nothing yet, again whenever there are news, until the time that the client gave is
 * over or its token is. No transaction is open while it waits, and each look decides anew what the caller may know.
 */
export async function answerWhenThere(
  route: Route,
  request: FastifyRequest,
  input: unknown,
): Promise<unknown> {
  const { server } = request
  const waitMs = Number((request.query as { wait?: string }).wait ?? 0) * 1_000
  const end = Math.min(Date.now() + (waitMs || 0), request.tokenExpiresAt.getTime())
  const gone = new AbortController()
  request.raw.once('close', () => gone.abort())
  const signal = AbortSignal.any([server.closing, gone.signal])
  const listenOn = () => listen(request, Math.min(Math.max(end - Date.now(), 0), lookAgainMs), signal)
  let ear = listenOn()
  try {
    // The first look refuses what is wrong with the input.
    let output = await route.action(request.ctx, input)
    while (route.isEmpty?.(output) && !signal.aborted && Date.now() < end) {
      await ear.heard
      await delay(Math.min(gatherMs, Math.max(end - Date.now(), 0)))
      const { through } = output as Followed
      ear.close()
      ear = listenOn()
      output = await route.action(request.contextNow(), {
        ...(input as object),
        cursor: undefined,
        after: `${through}`,
      })
    }
    return output
  } finally {
    ear.close()
  }
}
