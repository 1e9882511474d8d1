import type { z } from 'zod'
import type { Cadence } from '../programs/contract.ts'

/** From this day of the rhythm on, a conversation is expected every so many days. */
interface Step {
  readonly fromDay: number
  readonly everyDays: number
}

/**
 * The rhythms that programs choose from. `telephone_weekly_12` is the weekly call of telephone recovery
 * support, `post_overdose_90` the 90 days after an overdose visit, `checkup_quarterly` the recovery management
 * check-up, `checkup_adaptive` the same, monthly at first and a month further apart each time that nothing was needed,
 * `mentoring_4h_month` the monthly hours of volunteer mentoring (an hour a week); `stepped_default` is
 * this service's own: twice a week for two weeks, weekly to week 12, fortnightly to week 26, monthly after.
 */
const steps: Readonly<Record<z.output<typeof Cadence>, readonly [Step, ...Step[]]>> = {
  stepped_default: [
    { fromDay: 0, everyDays: 3.5 },
    { fromDay: 14, everyDays: 7 },
    { fromDay: 84, everyDays: 14 },
    { fromDay: 182, everyDays: 30 },
  ],
  telephone_weekly_12: [{ fromDay: 0, everyDays: 7 }],
  post_overdose_90: [
    { fromDay: 0, everyDays: 3.5 },
    { fromDay: 30, everyDays: 7 },
  ],
  checkup_quarterly: [{ fromDay: 0, everyDays: 91 }],
  checkup_adaptive: [
    { fromDay: 0, everyDays: 30 },
    { fromDay: 60, everyDays: 60 },
    { fromDay: 120, everyDays: 90 },
    { fromDay: 210, everyDays: 120 },
  ],
  mentoring_4h_month: [{ fromDay: 0, everyDays: 7 }],
}

const dayMs = 86_400_000

/**
 * How many days may pass until the next conversation, at a given moment. The rhythm counts from the start of the
 * mentorship, or from when it was chosen anew (`mentorships.rhythm_from`).
 */
export function expectedIntervalDays(cadence: z.output<typeof Cadence>, rhythmFrom: Date, at: Date): number {
  const day = (at.getTime() - rhythmFrom.getTime()) / dayMs
  const [first, ...later] = steps[cadence]
  return (later.findLast(({ fromDay }) => day >= fromDay) ?? first).everyDays
}
