import type { Occasion } from './context.ts'
import { AppError } from './errors.ts'

/** Refuses a change made with stale knowledge. Without a precondition every version is fine. */
export function checkVersion({ expectedVersion }: Occasion, version: number): void {
  if (expectedVersion !== undefined && expectedVersion !== version) {
    throw new AppError(
      'version_conflict',
      'Read the resource again, then decide whether the change still holds.',
    )
  }
}
