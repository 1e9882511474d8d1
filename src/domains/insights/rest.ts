import { type Route, view } from '../../rest/route.ts'
import { UnaccompaniedHours } from './contract.ts'
import { getUnaccompaniedHours } from './service.ts'

export const insightRoutes: readonly Route[] = [
  view('/insights/unaccompanied-hours', getUnaccompaniedHours, {
    tag: 'Insights',
    summary: 'For how long was nobody accompanying?',
    description:
      'Over the referrals that your organization received, in any period of up to 366 days, without those entered in error and those whose consent was withdrawn, which you no longer see. Whoever is referred twice at once has the hours of both referrals. A mentor who was away and came back leaves no trace here: only an absence that still lasts, or ended with the mentorship, counts.',
    answer: UnaccompaniedHours,
  }),
]
