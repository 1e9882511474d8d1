import { z } from 'zod'

/**
 * Text that PostgreSQL and every JSON reader can hold: no lone surrogates, no U+0000. Trimmed, so that a
 * name pasted with a blank behind it is the same name.
 */
export const Text = (maxLength: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(maxLength)
    .refine((text) => text.isWellFormed() && !text.includes('\u0000'), {
      error: 'Not well-formed Unicode, or holds U+0000',
      params: { code: 'invalid_unicode' },
    })

/** An instant, RFC 3339 with any offset; stored and answered in UTC. */
export const Instant = z.iso
  .datetime({ offset: true })
  .max(40)
  .meta({ description: 'RFC 3339 instant', example: '2026-11-20T15:04:05Z' })

/** A calendar date that exists. */
export const CalendarDate = z.iso.date().meta({ description: 'YYYY-MM-DD', example: '2026-11-20' })

/** BCP 47 language tag, the common shapes. */
export const Language = z
  .string()
  .regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$/, 'Expected a BCP 47 language tag')
  .meta({ description: 'BCP 47 language tag', example: 'en' })

const knownTimeZones = new Set(Intl.supportedValuesOf('timeZone')).add('UTC')

/** A name of the IANA time zone database. */
export const TimeZone = z
  .string()
  .max(64)
  .refine((name) => knownTimeZones.has(name), {
    error: 'Expected an IANA time zone name, such as America/Denver',
    params: { code: 'invalid_time_zone' },
  })
  .meta({ description: 'IANA time zone', example: 'America/Denver' })

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
