import { AppError } from './errors.ts'

/** Bare, as most clients send it, or quoted, as the draft has it: the same key. */
export function toIdempotencyKey(given: string | undefined): string | undefined {
  if (given === undefined) return undefined
  const key = given.replace(/^"(.*)"$/, '$1')
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw new AppError(
      'invalid_idempotency_key',
      'A key is 1 to 255 visible ASCII characters, bare or quoted.',
    )
  }
  return key
}
