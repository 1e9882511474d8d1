/** Instants leave as RFC 3339 in UTC. */
export const toInstant = (at: Date): string => at.toISOString()

export const toInstantOrNull = (at: Date | null): string | null => at?.toISOString() ?? null

/** Without the members that are undefined: what a PATCH did not name stays as it is. */
export function defined<Values extends object>(values: Values): Partial<Values> {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined),
  ) as Partial<Values>
}
