import { supervisionDueAt, supervisionRules } from '../mentors/supervision.ts'

export { supervisionDueAt, supervisionRules }

/** What is looked at of a mentor who was at a session. */
export interface Attending {
  readonly id: string
  readonly employerIds: readonly string[]
  readonly activatedAt: Date | null
  readonly supervisedAt: Date | null
}

/**
 * When those for whom a session is the latest are supervised next; null for one who has not been active yet, whose
 * count begins then. One that is recorded late moves nobody's date back.
 */
export function nextDue(attending: readonly Attending[], at: Date): { id: string; dueAt: Date | null }[] {
  return attending
    .filter(({ supervisedAt }) => supervisedAt === null || supervisedAt < at)
    .map(({ id, activatedAt }) => ({ id, dueAt: activatedAt && supervisionDueAt(activatedAt, at) }))
}

/** Whoever employs a clinician does not supervise them as a mentor too: they could not speak freely. */
export function supervisedInLine(
  attending: readonly Attending[],
  supervisorOrganizationId: string | null,
): boolean {
  return (
    supervisorOrganizationId !== null &&
    attending.some(({ employerIds }) => employerIds.includes(supervisorOrganizationId))
  )
}
