import { accountingRoutes } from '../domains/accounting/rest.ts'
import { accreditationRoutes } from '../domains/accreditations/rest.ts'
import { agreementRoutes } from '../domains/agreements/rest.ts'
import { auditRoutes } from '../domains/audit/rest.ts'
import { billingRoutes } from '../domains/billing/rest.ts'
import { blueprintRoutes } from '../domains/blueprints/rest.ts'
import { certificateRoutes } from '../domains/certificates/rest.ts'
import { clientRoutes } from '../domains/clients/rest.ts'
import { clinicianRoutes } from '../domains/clinicians/rest.ts'
import { conflictRoutes } from '../domains/conflicts/rest.ts'
import { consentRoutes } from '../domains/consents/rest.ts'
import { courseRoutes } from '../domains/courses/rest.ts'
import { creditRoutes } from '../domains/credits/rest.ts'
import { destructionRoutes } from '../domains/destruction/rest.ts'
import { directoryRoutes } from '../domains/directory/rest.ts'
import { disclosureRoutes } from '../domains/disclosures/rest.ts'
import { emergencyRoutes } from '../domains/emergencies/rest.ts'
import { engagementRoutes } from '../domains/engagement/rest.ts'
import { enrolmentRoutes } from '../domains/enrolments/rest.ts'
import { eventRoutes } from '../domains/events/rest.ts'
import { insightRoutes } from '../domains/insights/rest.ts'
import { languageRoutes } from '../domains/language/rest.ts'
import { learnerRoutes } from '../domains/learners/rest.ts'
import { learningRoutes } from '../domains/learning/rest.ts'
import { matchingRoutes } from '../domains/matching/rest.ts'
import { mentorRoutes } from '../domains/mentors/rest.ts'
import { mentorshipRoutes } from '../domains/mentorships/rest.ts'
import { minorRoutes } from '../domains/minors/rest.ts'
import { offerRoutes } from '../domains/offers/rest.ts'
import { organizationRoutes } from '../domains/organizations/rest.ts'
import { patientRoutes } from '../domains/patients/rest.ts'
import { placementRoutes } from '../domains/placements/rest.ts'
import { portalRoutes } from '../domains/portal/rest.ts'
import { programRoutes } from '../domains/programs/rest.ts'
import { qualificationRoutes } from '../domains/qualifications/rest.ts'
import { recognitionRoutes } from '../domains/recognition/rest.ts'
import { recognitionConsentRoutes } from '../domains/recognition-consents/rest.ts'
import { recoveryPlanRoutes } from '../domains/recovery-plans/rest.ts'
import { referralRoutes } from '../domains/referrals/rest.ts'
import { renewalRoutes } from '../domains/renewals/rest.ts'
import { restrictionRoutes } from '../domains/restrictions/rest.ts'
import { runRoutes } from '../domains/runs/rest.ts'
import { searchRoutes } from '../domains/search/rest.ts'
import { storyRoutes } from '../domains/stories/rest.ts'
import { supervisionRoutes } from '../domains/supervision/rest.ts'
import { supportRoutes } from '../domains/support/rest.ts'
import { transcriptRoutes } from '../domains/transcripts/rest.ts'
import { treatingRoutes } from '../domains/treating/rest.ts'
import { webhookRoutes } from '../domains/webhooks/rest.ts'
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
  ...learnerRoutes,
  ...courseRoutes,
  ...enrolmentRoutes,
  ...creditRoutes,
  ...certificateRoutes,
  ...renewalRoutes,
  ...transcriptRoutes,
  ...billingRoutes,
  ...clinicianRoutes,
  ...recognitionConsentRoutes,
  ...learningRoutes,
  ...placementRoutes,
  ...conflictRoutes,
  ...matchingRoutes,
  ...runRoutes,
  ...offerRoutes,
  ...mentorshipRoutes,
  ...storyRoutes,
  ...blueprintRoutes,
  ...recoveryPlanRoutes,
  ...languageRoutes,
  ...worklistRoutes,
  ...searchRoutes,
  ...eventRoutes,
  ...webhookRoutes,
  ...insightRoutes,
  ...organizationRoutes,
  ...programRoutes,
  ...recognitionRoutes,
  ...accreditationRoutes,
  ...supportRoutes,
  ...directoryRoutes,
  ...auditRoutes,
  ...disclosureRoutes,
  ...accountingRoutes,
  ...portalRoutes,
  ...clientRoutes,
]
