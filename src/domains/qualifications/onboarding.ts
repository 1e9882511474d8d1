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
  /** How clinics know them. */
  readonly references: readonly string[]
  readonly panels: readonly { readonly reference: string; readonly uploadedAt: Date }[]
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

const referenceOf = ({ references }: OnboardingFacts): Finding =>
  references.length > 0 ? met : { endsAt: neverThere, evidenceId: null, reason: 'not_named' }

/** Of each clinic that knows them: the one that is oldest runs out first. Without a reference there is nothing to upload. */
function panelOf({ references, panels }: OnboardingFacts): Finding {
  if (references.length === 0) return met
  const ends = references.map((reference) => {
    const times = panels
      .filter((one) => one.reference === reference)
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
