import { accountingGraph } from '../domains/accounting/graphql.ts'
import { accreditationGraph } from '../domains/accreditations/graphql.ts'
import { agreementGraph } from '../domains/agreements/graphql.ts'
import { auditGraph } from '../domains/audit/graphql.ts'
import { billingGraph } from '../domains/billing/graphql.ts'
import { blueprintGraph } from '../domains/blueprints/graphql.ts'
import { certificateGraph } from '../domains/certificates/graphql.ts'
import { clientGraph } from '../domains/clients/graphql.ts'
import { clinicianGraph } from '../domains/clinicians/graphql.ts'
import { conflictGraph } from '../domains/conflicts/graphql.ts'
import { consentGraph } from '../domains/consents/graphql.ts'
import { courseGraph } from '../domains/courses/graphql.ts'
import { creditGraph } from '../domains/credits/graphql.ts'
import { destructionGraph } from '../domains/destruction/graphql.ts'
import { directoryGraph } from '../domains/directory/graphql.ts'
import { disclosureGraph } from '../domains/disclosures/graphql.ts'
import { emergencyGraph } from '../domains/emergencies/graphql.ts'
import { engagementGraph } from '../domains/engagement/graphql.ts'
import { enrolmentGraph } from '../domains/enrolments/graphql.ts'
import { eventGraph } from '../domains/events/graphql.ts'
import { insightGraph } from '../domains/insights/graphql.ts'
import { languageGraph } from '../domains/language/graphql.ts'
import { learnerGraph } from '../domains/learners/graphql.ts'
import { learningGraph } from '../domains/learning/graphql.ts'
import { matchingGraph } from '../domains/matching/graphql.ts'
import { mentorGraph } from '../domains/mentors/graphql.ts'
import { mentorshipGraph } from '../domains/mentorships/graphql.ts'
import { minorGraph } from '../domains/minors/graphql.ts'
import { offerGraph } from '../domains/offers/graphql.ts'
import { organizationGraph } from '../domains/organizations/graphql.ts'
import { patientGraph } from '../domains/patients/graphql.ts'
import { placementGraph } from '../domains/placements/graphql.ts'
import { portalGraph } from '../domains/portal/graphql.ts'
import { programGraph } from '../domains/programs/graphql.ts'
import { qualificationGraph } from '../domains/qualifications/graphql.ts'
import { recognitionGraph } from '../domains/recognition/graphql.ts'
import { recognitionConsentGraph } from '../domains/recognition-consents/graphql.ts'
import { recoveryPlanGraph } from '../domains/recovery-plans/graphql.ts'
import { referralGraph } from '../domains/referrals/graphql.ts'
import { renewalGraph } from '../domains/renewals/graphql.ts'
import { restrictionGraph } from '../domains/restrictions/graphql.ts'
import { runGraph } from '../domains/runs/graphql.ts'
import { searchGraph } from '../domains/search/graphql.ts'
import { storyGraph } from '../domains/stories/graphql.ts'
import { supervisionGraph } from '../domains/supervision/graphql.ts'
import { supportGraph } from '../domains/support/graphql.ts'
import { transcriptGraph } from '../domains/transcripts/graphql.ts'
import { treatingGraph } from '../domains/treating/graphql.ts'
import { webhookGraph } from '../domains/webhooks/graphql.ts'
import { worklistGraph } from '../domains/worklists/graphql.ts'
import type { Graph } from './graph.ts'

/** What each domain adds to the graph. Adding a domain adds a line here. */
export const graphs: readonly Graph[] = [
  referralGraph,
  engagementGraph,
  patientGraph,
  consentGraph,
  treatingGraph,
  minorGraph,
  restrictionGraph,
  agreementGraph,
  emergencyGraph,
  destructionGraph,
  auditGraph,
  disclosureGraph,
  accountingGraph,
  mentorGraph,
  qualificationGraph,
  supervisionGraph,
  learnerGraph,
  courseGraph,
  enrolmentGraph,
  creditGraph,
  certificateGraph,
  renewalGraph,
  transcriptGraph,
  billingGraph,
  clinicianGraph,
  recognitionConsentGraph,
  learningGraph,
  placementGraph,
  conflictGraph,
  matchingGraph,
  runGraph,
  offerGraph,
  mentorshipGraph,
  storyGraph,
  blueprintGraph,
  recoveryPlanGraph,
  languageGraph,
  worklistGraph,
  searchGraph,
  insightGraph,
  eventGraph,
  webhookGraph,
  organizationGraph,
  programGraph,
  recognitionGraph,
  accreditationGraph,
  supportGraph,
  directoryGraph,
  portalGraph,
  clientGraph,
]
