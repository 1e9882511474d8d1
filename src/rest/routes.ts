import { accountingRoutes } from '../domains/accounting/rest.ts'
import { agreementRoutes } from '../domains/agreements/rest.ts'
import { auditRoutes } from '../domains/audit/rest.ts'
import { clientRoutes } from '../domains/clients/rest.ts'
import { conflictRoutes } from '../domains/conflicts/rest.ts'
import { consentRoutes } from '../domains/consents/rest.ts'
import { destructionRoutes } from '../domains/destruction/rest.ts'
import { disclosureRoutes } from '../domains/disclosures/rest.ts'
import { emergencyRoutes } from '../domains/emergencies/rest.ts'
import { engagementRoutes } from '../domains/engagement/rest.ts'
import { eventRoutes } from '../domains/events/rest.ts'
import { insightRoutes } from '../domains/insights/rest.ts'
import { matchingRoutes } from '../domains/matching/rest.ts'
import { mentorRoutes } from '../domains/mentors/rest.ts'
import { mentorshipRoutes } from '../domains/mentorships/rest.ts'
import { minorRoutes } from '../domains/minors/rest.ts'
import { offerRoutes } from '../domains/offers/rest.ts'
import { organizationRoutes } from '../domains/organizations/rest.ts'
import { patientRoutes } from '../domains/patients/rest.ts'
import { portalRoutes } from '../domains/portal/rest.ts'
import { programRoutes } from '../domains/programs/rest.ts'
import { qualificationRoutes } from '../domains/qualifications/rest.ts'
import { referralRoutes } from '../domains/referrals/rest.ts'
import { restrictionRoutes } from '../domains/restrictions/rest.ts'
import { runRoutes } from '../domains/runs/rest.ts'
import { supervisionRoutes } from '../domains/supervision/rest.ts'
import { treatingRoutes } from '../domains/treating/rest.ts'
import { worklistRoutes } from '../domains/worklists/rest.ts'
import type { Route } from './route.ts'

/** Every operation under /v1, in the order of the documentation. Adding a domain adds a line here. */
export const routes: readonly Route[] = [
  ...referralRoutes,
  ...engagementRoutes,
  ...patientRoutes,
  ...consentRoutes,
  ...treatingRoutes,
  ...minorRoutes,
  ...restrictionRoutes,
  ...agreementRoutes,
  ...emergencyRoutes,
  ...destructionRoutes,
  ...mentorRoutes,
  ...qualificationRoutes,
  ...supervisionRoutes,
  ...conflictRoutes,
  ...matchingRoutes,
  ...runRoutes,
  ...offerRoutes,
  ...mentorshipRoutes,
  ...worklistRoutes,
  ...eventRoutes,
  ...insightRoutes,
  ...organizationRoutes,
  ...programRoutes,
  ...auditRoutes,
  ...disclosureRoutes,
  ...accountingRoutes,
  ...portalRoutes,
  ...clientRoutes,
]
