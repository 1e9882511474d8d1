/** `businessStatus` → `BusinessStatus`, `twelve_step` → `TwelveStep`. */
export function pascal(name: string): string {
  const joined = camel(name)
  return joined.charAt(0).toUpperCase() + joined.slice(1)
}

/** `awaiting_match` → `awaitingMatch`; what is in camel case already stays. */
export const camel = (name: string): string =>
  name.replace(/[^A-Za-z0-9]+(.)?/g, (_, next: string | undefined) => next?.toUpperCase() ?? '')

/** A code as an enum value: `in_progress` → `IN_PROGRESS`, `referral.moved` → `REFERRAL_MOVED`. */
export function upperSnake(code: string): string {
  const name = code
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .toUpperCase()
  return /^[0-9]/.test(name) ? `_${name}` : name
}

/** `referralId` → `referral`; `mentorIds` → `mentors`. */
export const withoutId = (member: string): string => member.replace(/Id$/, '').replace(/Ids$/, 's')
