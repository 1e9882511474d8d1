import type { Issue } from '../../core/errors.ts'

/** Whether somebody has to look at who signed before the consent counts. */
export type Review = 'not_needed' | 'pending' | 'approved' | 'rejected'

/** State law as data: the network has it checked and enters it (42 CFR 2.14). */
export interface MinorRule {
  /** From this age on a minor consents to treatment alone, and so to disclosure alone. */
  readonly consentAge: number
  /** Where a parent signs beside a minor who is old enough. */
  readonly parentSignsToo: boolean
  readonly majorityAge: number
}

export interface Signed {
  readonly birthDate: string | null | undefined
  readonly signedOn: string
  readonly roles: readonly string[]
  /** Undefined: the state, or its law, is not known. */
  readonly rule: MinorRule | undefined
  readonly minorsAccepted: boolean
}

export const defaultMajorityAge = 18

/** Full years on a day. Somebody born on 29 February comes of age on 1 March of a common year. */
export function ageOn(birthDate: string, day: string): number {
  const years = Number(day.slice(0, 4)) - Number(birthDate.slice(0, 4))
  return day.slice(5) < birthDate.slice(5) ? years - 1 : years
}

/**
 * Who has to have signed (42 CFR 2.14, 2.15). An adult signs, or somebody with authority for them. A minor always
 * signs; a parent beside them where the law of the state wants it, and wherever that law is not known: then somebody
 * reviews it too. Without a date of birth nobody is a minor.
 */
export function signerFaults(signed: Signed, path: readonly string[]): { issues: Issue[]; review: Review } {
  const { birthDate, signedOn, roles, rule, minorsAccepted } = signed
  const at = [...path, 'signatures']
  const age = birthDate ? ageOn(birthDate, signedOn) : undefined
  if (age === undefined || age >= (rule?.majorityAge ?? defaultMajorityAge))
    return { issues: [], review: 'not_needed' }
  if (!minorsAccepted)
    return {
      issues: [
        {
          path: at,
          code: 'consent_minors_not_accepted',
          detail:
            'The network does not take consents of minors. Its office decides that: POST /v1/minor-policy.',
        },
      ],
      review: 'not_needed',
    }
  const parentNeeded = !rule || rule.parentSignsToo || age < rule.consentAge
  const issues: Issue[] = []
  if (!roles.includes('patient'))
    issues.push({
      path: at,
      code: 'consent_minor_signature_missing',
      detail: '2.14: the minor signs, whoever else does.',
    })
  if (parentNeeded && !roles.some((role) => role === 'parent' || role === 'guardian'))
    issues.push({
      path: at,
      code: 'consent_parent_signature_missing',
      detail: rule
        ? '2.14(b)(2): the law of the state wants a parent or guardian to sign too.'
        : '2.14: the law of the state is not known here, so a parent or guardian signs too.',
    })
  return { issues, review: rule ? 'not_needed' : 'pending' }
}
