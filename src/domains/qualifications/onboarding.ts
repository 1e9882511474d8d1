import { Temporal } from 'temporal-polyfill'
import { clinicianTerms, panelMonths } from '../mentors/codes.ts'
import type { onboardingCodes } from './codes.ts'
import { type Finding, neverEnds, neverThere } from './finding.ts'

/** What is looked at of a clinician who wants to mentor. */
export interface OnboardingFacts {
  /** Texts in force of the organization for which they mentor. */
  readonly terms: readonly { readonly id: string; readonly kind: (typeof clinicianTerms)[number] }[]
  /** What they accepted and did not take back, oldest first. */
  readonly acceptances: readonly {
    readonly id: string
    readonly termsId: string
    readonly kind: (typeof clinicianTerms)[number]
  }[]
  /** Where they practise. */
  readonly employerIds: readonly string[]
  /** How clinics know them. */
  readonly references: readonly string[]
  /** Whoever uploaded them: that of an organization that does not employ them says nothing. */
  readonly panels: readonly {
    readonly organizationId: string
    readonly reference: string
    readonly uploadedAt: Date
  }[]
  readonly supervisorOrganizationId: string | null
}

type Asked = Finding & { readonly code: (typeof onboardingCodes)[number] }

/**
 * Item by item, what is asked of every clinician: nothing of it is a judgement of them, and no organization can waive it. The
 * same stands in SQL in `mentors/eligibility.ts`.
 */
export function onboardingOf(facts: OnboardingFacts): Asked[] {
  return [
    ...clinicianTerms.map((kind): Asked => ({ code: kind, ...acceptanceOf(facts, kind) })),
    { code: 'employer', ...employerOf(facts) },
    { code: 'practitioner_reference', ...referenceOf(facts) },
    { code: 'panel', ...panelOf(facts) },
    { code: 'independent_supervisor', ...supervisorOf(facts) },
  ]
}

const met: Finding = { endsAt: neverEnds, evidenceId: null }

function acceptanceOf(
  { terms, acceptances }: OnboardingFacts,
  kind: (typeof clinicianTerms)[number],
): Finding {
  const inForce = terms.find((one) => one.kind === kind)
  if (!inForce) return { endsAt: neverThere, evidenceId: null, reason: 'not_published' }
  const accepted = acceptances.filter((one) => one.kind === kind)
  const present = accepted.find(({ termsId }) => termsId === inForce.id)
  if (present) return { endsAt: neverEnds, evidenceId: present.id }
  const earlier = accepted.at(-1)
  return {
    endsAt: neverThere,
    evidenceId: earlier?.id ?? null,
    reason: earlier ? 'superseded' : 'not_accepted',
  }
}

/**
 * Named, never left open: whoever names no employer could upload the panel themselves, and supervise whom they like. Somebody
 * who practises alone has a practice in the network, somebody who has retired a last employer.
 */
const employerOf = ({ employerIds }: OnboardingFacts): Finding =>
  employerIds.length > 0 ? met : { endsAt: neverThere, evidenceId: null, reason: 'not_named' }

const referenceOf = ({ references }: OnboardingFacts): Finding =>
  references.length > 0 ? met : { endsAt: neverThere, evidenceId: null, reason: 'not_named' }

/** By an employer, for each reference: the one that is oldest runs out first. Without a reference there is nothing to upload. */
function panelOf({ employerIds, references, panels }: OnboardingFacts): Finding {
  if (references.length === 0) return met
  const ends = references.map((reference) => {
    const times = panels
      .filter((one) => one.reference === reference && employerIds.includes(one.organizationId))
      .map(({ uploadedAt }) => uploadedAt.getTime())
    return times.length === 0 ? neverThere : monthsAfter(Math.max(...times))
  })
  const endsAt = Math.min(...ends)
  return { endsAt, evidenceId: null, ...(endsAt === neverThere && { reason: 'not_uploaded' as const }) }
}

const monthsAfter = (at: number) =>
  Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO('UTC').add({ months: panelMonths })
    .epochMilliseconds

/** That it is none of the mentor's employers is a constraint of the database. */
const supervisorOf = ({ supervisorOrganizationId }: OnboardingFacts): Finding =>
  supervisorOrganizationId === null ? { endsAt: neverThere, evidenceId: null, reason: 'not_named' } : met
