const codes = /^(08|53|57P|57014|58|25P03)|^(ECONNREFUSED|ECONNRESET|EPIPE|ENOENT|ETIMEDOUT|EAI_AGAIN)$/
/** A quota has no code of its own, other than a full disk. */
const words =
  /connection (terminated|timeout|error)|timeout exceeded when trying to connect|Client has encountered|disk quota exceeded|file too large/i

/** The database is away, is only starting, has no room, breaks down, or took too long: there was nothing wrong with what was asked of it. */
export function isUnreachable(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code = '', severity, message } = error as Error & { code?: string; severity?: string }
  return codes.test(code) || severity === 'PANIC' || words.test(message)
}
