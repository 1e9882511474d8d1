import type { AttemptError, DeliveryReason, DeliveryStatus } from './codes.ts'

const [second, minute, hour, day] = [1_000, 60_000, 3_600_000, 86_400_000] as const

/** After each attempt that failed; Standard Webhooks' own schedule. Some 75 hours in all, so that a weekend is survived. */
export const delaysMs = [
  5 * second,
  5 * minute,
  30 * minute,
  2 * hour,
  5 * hour,
  10 * hour,
  14 * hour,
  20 * hour,
  24 * hour,
] as const

/** The first attempt, and one after each delay. */
export const attemptsMax = delaysMs.length + 1

/** Up to a tenth later: receivers that fell over together are not all asked again in the same moment. */
const jitter = 0.1

/** A receiver may ask for patience, within what a person who waits for a referral can bear. */
const retryAfterMaxMs = hour

/** An endpoint at which nothing has succeeded for so long has nobody who looks after it. */
export const disabledAfterMs = 5 * day

/** While an endpoint fails, everything else of its own waits half as long as it has been failing, and no longer than this. */
const pauseMaxMs = 5 * minute

/** When the next attempt is made; undefined after the last. `random` is from 0 to 1. */
export function nextAttemptAt(
  attempts: number,
  now: Date,
  random: number,
  retryAfterMs = 0,
): Date | undefined {
  const delay = delaysMs[attempts - 1]
  if (delay === undefined) return undefined
  const wait = Math.max(delay * (1 + jitter * random), Math.min(retryAfterMs, retryAfterMaxMs))
  return new Date(now.getTime() + Math.round(wait))
}

/** A Retry-After in milliseconds, from seconds or a date; 0 for none and for what is neither (RFC 9110, 10.2.3). */
export function retryAfterMs(header: string | undefined, now: Date): number {
  if (header === undefined) return 0
  const text = header.trim()
  if (/^\d{1,9}$/.test(text)) return Number(text) * second
  const at = /^[A-Z][a-z]{2},/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(at) ? 0 : Math.max(0, at - now.getTime())
}

/** What an endpoint that fails is spared: until when nothing is sent to it. */
export function pauseUntil(failingSince: Date, now: Date, askedForMs: number): Date {
  const failing = Math.min((now.getTime() - failingSince.getTime()) / 2, pauseMaxMs)
  return new Date(now.getTime() + Math.max(failing, Math.min(askedForMs, retryAfterMaxMs)))
}

export const isLongFailing = (failingSince: Date | null, now: Date): boolean =>
  failingSince !== null && now.getTime() - failingSince.getTime() >= disabledAfterMs

/** How an attempt went: what came back, if anything did. */
export interface Result {
  readonly statusCode?: number | undefined
  readonly latencyMs?: number | undefined
  readonly error?: AttemptError | undefined
  readonly retryAfter?: string | undefined
}

/** By its status alone: any 2xx is taken, a redirect never followed. */
export function errorOfStatus(statusCode: number): AttemptError | undefined {
  if (statusCode >= 200 && statusCode < 300) return undefined
  if (statusCode >= 300 && statusCode < 400) return 'redirected'
  return statusCode === 410 ? 'gone' : 'refused'
}

export const succeeded = ({ error }: Result): boolean => error === undefined || error === 'answer_cut'

export interface Verdict {
  readonly status: DeliveryStatus
  readonly reason: DeliveryReason | null
  /** Of those that counted. */
  readonly attempts: number
  readonly nextAttemptAt: Date | null
}

/** What becomes of a delivery after its attempt number `attempts`. */
export function judge(result: Result, attempts: number, now: Date, random: number): Verdict {
  if (succeeded(result)) return { status: 'delivered', reason: null, attempts, nextAttemptAt: null }
  // The process had to go: whoever takes over begins where it left.
  if (result.error === 'interrupted')
    return { status: 'pending', reason: null, attempts: attempts - 1, nextAttemptAt: now }
  const next = nextAttemptAt(attempts, now, random, retryAfterMs(result.retryAfter, now))
  return next
    ? { status: 'pending', reason: null, attempts, nextAttemptAt: next }
    : { status: 'dead', reason: 'attempts_exhausted', attempts, nextAttemptAt: null }
}
