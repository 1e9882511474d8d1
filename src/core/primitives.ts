import { z } from 'zod'

/** No lone surrogates and no U+0000: what PostgreSQL and every JSON reader can hold. */
export const isStorable = (text: string) => text.isWellFormed() && !text.includes('\u0000')
export const unstorable = {
  error: 'Not well-formed Unicode, or holds U+0000',
  params: { code: 'invalid_unicode' },
}

/**
 * Text that PostgreSQL and every JSON reader can hold: no lone surrogates, no U+0000. Trimmed, so that a
 * name pasted with a blank behind it is the same name.
 */
export const Text = (maxLength: number) =>
  z.string().trim().min(1).max(maxLength).refine(isStorable, unstorable)

/**
 * Years that people live in: PostgreSQL has no year 0, and a date before 1900 is a slip of the hand. What is no
 * date at all is named as that already.
 */
const inLivingMemory = (text: string) => !/^\d{4}-/.test(text) || (text >= '1900' && text < '2200')
const outOfRange = { error: 'The year is out of range: 1900 to 2199', params: { code: 'date_out_of_range' } }

/** An instant, RFC 3339 with any offset; stored and answered in UTC. */
export const Instant = z.iso
  .datetime({ offset: true })
  .max(40)
  .refine(inLivingMemory, outOfRange)
  .meta({ id: 'Instant', description: 'RFC 3339 instant', example: '2026-11-20T15:04:05Z' })

/** A calendar date that exists. */
export const CalendarDate = z.iso
  .date()
  .refine(inLivingMemory, outOfRange)
  .meta({ id: 'CalendarDate', description: 'YYYY-MM-DD', example: '2026-11-20' })

/** BCP 47 language tag, the common shapes. */
export const Language = z
  .string()
  .regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$/, 'Expected a BCP 47 language tag')
  .meta({ id: 'Language', description: 'BCP 47 language tag', example: 'en' })

/** Names that were found to be time zones: to make a formatter takes longer than all else that an input is checked for. */
const timeZones = new Set<string>()

/** `Intl.supportedValuesOf` leaves out valid names and aliases; asking for a formatter does not. */
function isTimeZone(name: string): boolean {
  if (timeZones.has(name)) return true
  try {
    const isOne =
      /^[A-Za-z]/.test(name) &&
      new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
    // Names are few, but for their capitals: "america/denver" is one too.
    if (isOne && timeZones.size < 2_000) timeZones.add(name)
    return isOne
  } catch {
    return false
  }
}

/** A name of the IANA time zone database. */
export const TimeZone = z
  .string()
  .max(64)
  .refine(isTimeZone, {
    error: 'Expected an IANA time zone name, such as America/Denver',
    params: { code: 'invalid_time_zone' },
  })
  .meta({ id: 'TimeZone', description: 'IANA time zone', example: 'America/Denver' })

/** Adds a code of ours to a check, so that the fault has a name of its own. */
export function fault(code: string, path: (string | number)[], message: string) {
  return { code: 'custom' as const, path, message, params: { code } }
}

/** A check that also runs when other members are malformed, so that every fault is named at once. */
export function evenWhenMalformed<T>(check: (payload: z.core.ParsePayload<T>) => void) {
  const always = z.check<T>(check)
  always._zod.def.when = () => true
  return always
}
