import { z } from 'zod'

/** How much of a mentor a mentorship takes: 2, 1 and 0.5 capacity points. */
export const intensities = ['high', 'standard', 'maintenance'] as const
export const Intensity = z.enum(intensities)
export type Intensity = z.output<typeof Intensity>

/** Capacity points by intensity, as the database has them in `mentorships.weight`. */
export const points: Readonly<Record<Intensity, number>> = { high: 2, standard: 1, maintenance: 0.5 }
