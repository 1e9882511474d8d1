/** Changes with every change of the rule below. */
export const supervisionRules = 'supervision-1'

const dayMs = 86_400_000

/** How long a mentor counts as new, and how far apart their sessions are then and afterwards. */
const firstDays = 30
const weekly = 7
const everyTwoWeeks = 14

/**
 * When a mentor has to be supervised next: weekly in the first month, then every two weeks, counted from the last
 * session of any kind, a group's too. Sessions from before the mentor was active are training: the count begins with
 * the activation. A proposal of the service's reference, not law.
 */
export function supervisionDueAt(activatedAt: Date, lastSessionAt: Date | null): Date {
  const from = lastSessionAt && lastSessionAt > activatedAt ? lastSessionAt : activatedAt
  const isNew = from.getTime() < activatedAt.getTime() + firstDays * dayMs
  return new Date(from.getTime() + (isNew ? weekly : everyTwoWeeks) * dayMs)
}
