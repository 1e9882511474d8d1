import { accountingGraph } from '../domains/accounting/graphql.ts'
import { agreementGraph } from '../domains/agreements/graphql.ts'
import { auditGraph } from '../domains/audit/graphql.ts'
import { clientGraph } from '../domains/clients/graphql.ts'
import { conflictGraph } from '../domains/conflicts/graphql.ts'
import { consentGraph } from '../domains/consents/graphql.ts'
import { destructionGraph } from '../domains/destruction/graphql.ts'
import { disclosureGraph } from '../domains/disclosures/graphql.ts'
import { emergencyGraph } from '../domains/emergencies/graphql.ts'
import { engagementGraph } from '../domains/engagement/graphql.ts'
import { eventGraph } from '../domains/events/graphql.ts'
import { insightGraph } from '../domains/insights/graphql.ts'
import { matchingGraph } from '../domains/matching/graphql.ts'
import { mentorGraph } from '../domains/mentors/graphql.ts'
import { mentorshipGraph } from '../domains/mentorships/graphql.ts'
import { minorGraph } from '../domains/minors/graphql.ts'
import { offerGraph } from '../domains/offers/graphql.ts'
import { organizationGraph } from '../domains/organizations/graphql.ts'
import { patientGraph } from '../domains/patients/graphql.ts'
import { portalGraph } from '../domains/portal/graphql.ts'
import { programGraph } from '../domains/programs/graphql.ts'
import { qualificationGraph } from '../domains/qualifications/graphql.ts'
import { referralGraph } from '../domains/referrals/graphql.ts'
import { restrictionGraph } from '../domains/restrictions/graphql.ts'
import { runGraph } from '../domains/runs/graphql.ts'
import { supervisionGraph } from '../domains/supervision/graphql.ts'
import { treatingGraph } from '../domains/treating/graphql.ts'
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
  conflictGraph,
  matchingGraph,
  runGraph,
  offerGraph,
  mentorshipGraph,
  worklistGraph,
  insightGraph,
  eventGraph,
  organizationGraph,
  programGraph,
  portalGraph,
  clientGraph,
]
