import { AppError } from '../../core/errors.ts'
import { dateIn } from '../clocks/calendar.ts'
import { attemptPolicy, type ContactEvidence, triedEnough } from './rules.ts'

/** Holds and pauses end; longer than a year is not a hold but an ending. */
const holdDaysMax = 366
const dayMs = 86_400_000

export function requireComing(
  day: string,
  now: Date,
  timeZone: string,
  member: 'resumeBy' | 'reviewBy' = 'resumeBy',
): void {
  const latest = dateIn(timeZone, new Date(now.getTime() + holdDaysMax * dayMs))
  if (day >= dateIn(timeZone, now) && day <= latest) return
  throw new AppError('invalid_input', 'See errors: each fault is named by its pointer.', [
    { path: [member], code: 'resume_by_out_of_range', detail: 'A day from today on, within a year.' },
  ])
}

/** Giving up on a person is only for those who tried. */
export function requireAttempts(evidence: ContactEvidence): void {
  if (triedEnough(evidence)) return
  const { attempts, modes, days } = attemptPolicy
  throw new AppError(
    'contact_attempts_required',
    `Giving up needs at least ${attempts} recorded attempts on ${modes} channels over ${days} days.`,
  )
}
