import { Temporal } from 'temporal-polyfill'
import type { EnrolmentStatus } from '../enrolments/codes.ts'
import { isClinician, type MentorType } from '../mentors/codes.ts'
import {
  type checklistItems,
  type decisions,
  type ItemReason,
  type requirementItems,
  verifications,
} from './codes.ts'
import { type Finding, neverEnds, neverThere } from './finding.ts'
import { type OnboardingFacts, onboardingOf } from './onboarding.ts'

/** What is looked at of a requirement that is in force. */
export interface Requirement {
  readonly item: (typeof requirementItems)[number]
  readonly code: string
  readonly mentorTypes: readonly MentorType[]
  readonly validMonths: number | null
  readonly leastVerification: (typeof verifications)[number] | null
}

export interface ScreeningFacts {
  readonly id: string
  readonly kind: string
  readonly decision: (typeof decisions)[number]
  readonly performedOn: string
  readonly expiresOn: string | null
  readonly enteredInError: boolean
}

export interface CredentialFacts {
  readonly id: string
  readonly code: string
  readonly verification: (typeof verifications)[number]
  readonly issuedOn: string
  readonly expiresOn: string | null
  readonly status: 'active' | 'revoked' | 'entered_in_error'
}

export interface CourseFacts {
  readonly id: string
  readonly courseCode: string
  readonly status: EnrolmentStatus
  readonly completedOn: string | null
  readonly validUntil: string | null
}

export interface QualificationFacts {
  readonly mentorType: MentorType
  readonly requirements: readonly Requirement[]
  readonly screenings: readonly ScreeningFacts[]
  readonly credentials: readonly CredentialFacts[]
  readonly courses: readonly CourseFacts[]
  readonly onboarding: OnboardingFacts
}

export interface RequiredItem {
  readonly item: (typeof checklistItems)[number]
  readonly code: string
  readonly met: boolean
  /** When the paper that fulfils it ends, or ended; null when none does, or when it never ends. */
  readonly until: Date | null
  readonly reason: ItemReason
  /** The screening, credential or enrolment that the answer rests on. */
  readonly evidenceId: string | null
}

export interface Checklist {
  readonly eligible: boolean
  /** As `eligible_until` of mentors: null when nothing runs out, in the past when an item is not met. */
  readonly eligibleUntil: Date | null
  readonly items: readonly RequiredItem[]
}

/**
 * Item by item, whether a mentor has what their organization demands. An organization without requirements demands
 * nothing. `mentors/eligibility.ts` says the same in SQL, for the column that matching reads.
 */
export function checklistOf(facts: QualificationFacts, now: Date): Checklist {
  const demanded = facts.requirements
    .filter(({ mentorTypes }) => mentorTypes.length === 0 || mentorTypes.includes(facts.mentorType))
    .map((requirement) => ({
      requirement,
      finding: find[requirement.item](requirement, facts),
    }))
  const asked = isClinician(facts.mentorType)
    ? onboardingOf(facts.onboarding).map(({ code, ...finding }) => ({
        requirement: { item: 'onboarding' as const, code },
        finding,
      }))
    : []
  const found = [...demanded, ...asked]
  const until = Math.min(...found.map(({ finding }) => finding.endsAt))
  return {
    eligible: until > now.getTime(),
    eligibleUntil: toDate(until),
    items: found.map(({ requirement: { item, code }, finding: { endsAt, evidenceId, reason } }) => {
      const met = endsAt > now.getTime()
      const until = endsAt === neverThere ? null : toDate(endsAt)
      return { item, code, met, until, reason: met ? 'met' : (reason ?? 'expired'), evidenceId }
    }),
  }
}

const toDate = (endsAt: number) => (endsAt === neverEnds ? null : new Date(endsAt))

function findScreening({ code, validMonths }: Requirement, { screenings }: QualificationFacts): Finding {
  const ofKind = screenings
    .filter(({ kind, enteredInError }) => kind === code && !enteredInError)
    .sort((a, b) => compare(a.performedOn, b.performedOn) || compare(a.id, b.id))
  // A later "no" takes an earlier "yes" away; one that is still being decided does not.
  const standing = ofKind.slice(ofKind.findLastIndex(({ decision }) => decision === 'not_eligible') + 1)
  const fulfilling = standing.filter(({ decision }) => decision !== 'pending')
  const latest = ofKind.at(-1)
  return (
    lastToEnd(
      fulfilling.map((one) => ({ evidenceId: one.id, endsAt: endOf(one.performedOn, validMonths, one) })),
    ) ?? {
      endsAt: neverThere,
      evidenceId: latest?.id ?? null,
      reason: latest ? (latest.decision === 'pending' ? 'not_decided' : 'not_eligible') : 'missing',
    }
  )
}

function findCredential(
  { code, validMonths, leastVerification }: Requirement,
  { credentials }: QualificationFacts,
): Finding {
  const ofCode = credentials.filter((one) => one.code === code && one.status !== 'entered_in_error')
  const active = ofCode.filter(({ status }) => status === 'active')
  const least = verifications.indexOf(leastVerification ?? 'self_declared')
  const fulfilling = active.filter(({ verification }) => verifications.indexOf(verification) >= least)
  const insteadOf = active.at(-1) ?? ofCode.at(-1)
  return (
    lastToEnd(
      fulfilling.map((one) => ({ evidenceId: one.id, endsAt: endOf(one.issuedOn, validMonths, one) })),
    ) ?? {
      endsAt: neverThere,
      evidenceId: insteadOf?.id ?? null,
      reason: insteadOf ? (insteadOf.status === 'active' ? 'not_verified' : 'revoked') : 'missing',
    }
  )
}

function findCourse({ code, validMonths }: Requirement, { courses }: QualificationFacts): Finding {
  const ofCode = courses.filter(({ courseCode }) => courseCode === code)
  const latest = ofCode.at(-1)
  return (
    lastToEnd(
      ofCode.flatMap(({ id, status, completedOn, validUntil }) =>
        status === 'completed' && completedOn !== null
          ? [{ evidenceId: id, endsAt: endOf(completedOn, validMonths, { expiresOn: validUntil }) }]
          : [],
      ),
    ) ?? {
      endsAt: neverThere,
      evidenceId: latest?.id ?? null,
      reason: latest ? (latest.status === 'revoked' ? 'revoked' : 'not_completed') : 'missing',
    }
  )
}

const find = { screening: findScreening, credential: findCredential, course: findCourse }

function lastToEnd(findings: readonly Finding[]): Finding | undefined {
  return findings.reduce<Finding | undefined>(
    (best, one) => (best && best.endsAt >= one.endsAt ? best : one),
    undefined,
  )
}

const dayMs = 86_400_000

/** A date holds until it is over, in UTC: the earlier of what the paper says and what the requirement lets it last. */
function endOf(
  from: string,
  validMonths: number | null,
  { expiresOn }: { expiresOn: string | null },
): number {
  const lasts =
    validMonths === null ? [] : [Temporal.PlainDate.from(from).add({ months: validMonths }).toString()]
  const lastDays = [...lasts, ...(expiresOn === null ? [] : [expiresOn])].map((date) => Date.parse(date))
  return Math.min(neverEnds, ...lastDays.map((day) => day + dayMs))
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
