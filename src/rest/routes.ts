import { clientRoutes } from '../domains/clients/rest.ts'
import { consentRoutes } from '../domains/consents/rest.ts'
import { engagementRoutes } from '../domains/engagement/rest.ts'
import { mentorRoutes } from '../domains/mentors/rest.ts'
import { mentorshipRoutes } from '../domains/mentorships/rest.ts'
import { offerRoutes } from '../domains/offers/rest.ts'
import { organizationRoutes } from '../domains/organizations/rest.ts'
import { patientRoutes } from '../domains/patients/rest.ts'
import { programRoutes } from '../domains/programs/rest.ts'
import { referralRoutes } from '../domains/referrals/rest.ts'
import type { Route } from './route.ts'

/** Every operation under /v1, in the order of the documentation. Adding a domain adds a line here. */
export const routes: readonly Route[] = [
  ...referralRoutes,
  ...engagementRoutes,
  ...patientRoutes,
  ...consentRoutes,
  ...mentorRoutes,
  ...offerRoutes,
  ...mentorshipRoutes,
  ...organizationRoutes,
  ...programRoutes,
  ...clientRoutes,
]
