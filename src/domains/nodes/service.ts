import { type SQL, sql } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import { Many } from '../../core/many.ts'
import { accreditations } from '../accreditations/table.ts'
import { agreements } from '../agreements/table.ts'
import { billingRules } from '../billing/table.ts'
import { certificates } from '../certificates/table.ts'
import { clinicianAcceptances, clinicianTerms } from '../clinicians/table.ts'
import { consents } from '../consents/table.ts'
import { courseAccreditations, courses, courseVersions } from '../courses/table.ts'
import { creditAwards, externalCredits } from '../credits/table.ts'
import { destructionCertificates } from '../destruction/table.ts'
import { disclosures } from '../disclosures/table.ts'
import { emergencyDisclosures } from '../emergencies/table.ts'
import { engagementRuleSets } from '../engagement/table.ts'
import { enrolments } from '../enrolments/table.ts'
import { learners } from '../learners/table.ts'
import { cohorts, learningPrograms } from '../learning/table.ts'
import { mentors } from '../mentors/table.ts'
import { mentorships } from '../mentorships/table.ts'
import { offers } from '../offers/table.ts'
import { organizations } from '../organizations/table.ts'
import { patients } from '../patients/table.ts'
import { placementHours, placements } from '../placements/table.ts'
import { programs } from '../programs/table.ts'
import { publications } from '../publications/table.ts'
import { mentorCredentials, mentorRequirements, mentorScreenings } from '../qualifications/table.ts'
import { recognitionCredentials, recognitionEvaluations, recognitionSchemes } from '../recognition/table.ts'
import { recognitionConsents } from '../recognition-consents/table.ts'
import { milestones, recoveryPlans } from '../recovery-plans/table.ts'
import { referrals } from '../referrals/table.ts'
import { renewalRules } from '../renewals/table.ts'
import { restrictions } from '../restrictions/table.ts'
import { matchingRuns } from '../runs/table.ts'
import { supervisionSessions } from '../supervision/table.ts'
import { organizationNeeds } from '../support/table.ts'
import { webhookEndpoints } from '../webhooks/table.ts'

/** Where what has an id of its own is kept, under the name of its contract. */
const kinds = {
  Organization: organizations,
  Program: programs,
  Patient: patients,
  Consent: consents,
  Referral: referrals,
  Mentor: mentors,
  Offer: offers,
  Mentorship: mentorships,
  Screening: mentorScreenings,
  Credential: mentorCredentials,
  MatchingRun: matchingRuns,
  OrganizationAgreement: agreements,
  Restriction: restrictions,
  Emergency: emergencyDisclosures,
  DestructionCertificate: destructionCertificates,
  LedgerEntry: disclosures,
  EngagementRuleSet: engagementRuleSets,
  MentorRequirement: mentorRequirements,
  SupervisionSession: supervisionSessions,
  RecoveryPlan: recoveryPlans,
  Milestone: milestones,
  Learner: learners,
  Course: courses,
  CourseVersion: courseVersions,
  CourseAccreditation: courseAccreditations,
  Enrolment: enrolments,
  CreditAward: creditAwards,
  ExternalCredit: externalCredits,
  Certificate: certificates,
  RenewalRule: renewalRules,
  LearningProgram: learningPrograms,
  Cohort: cohorts,
  Placement: placements,
  PlacementHour: placementHours,
  BillingRule: billingRules,
  ClinicianTerms: clinicianTerms,
  ClinicianAcceptance: clinicianAcceptances,
  RecognitionConsent: recognitionConsents,
  RecognitionScheme: recognitionSchemes,
  RecognitionEvaluation: recognitionEvaluations,
  RecognitionCredential: recognitionCredentials,
  Accreditation: accreditations,
  OrganizationNeed: organizationNeeds,
  WebhookEndpoint: webhookEndpoints,
} as const

/** Kept in one table, which says of each row what it is. */
const publicationKind = sql`case ${publications.kind} when 'story' then 'Story' else 'Blueprint' end`

type Table = (typeof kinds)[keyof typeof kinds] | typeof publications

/**
 * What kind of thing each id names, in one statement behind the caller's walls. It shows nothing but the kind: what is
 * there is for the actions of its domain to show, with their scopes and consents.
 */
export const findNodes = action({
  id: 'nodes.find',
  scope: 'any',
  portal: ['mentor', 'patient'],
  input: Many,
  run: async ({ db, networkId }, { ids }) => {
    const of = (table: Table, kind: SQL) =>
      sql`select ${table.id} as id, ${kind} as kind from ${table} where ${table.networkId} = ${networkId} and ${table.id} = any(${sql.param(ids)}::uuid[])`
    const places = Object.entries(kinds).map(([kind, table]) => of(table, sql`${kind}::text`))
    const { rows } = await db.execute<{ id: string; kind: string }>(
      sql.join([...places, of(publications, publicationKind)], sql` union all `),
    )
    return rows.map(({ id, kind }) => ({ id, answer: kind }))
  },
})
