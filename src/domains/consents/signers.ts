import type { Issue } from '../../core/errors.ts'
import { ageOn } from '../programs/rules.ts'

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
  /** The day from which the consent counts: it was signed on that day or before. */
  readonly countsFrom: Date
  readonly roles: readonly string[]
  /** Undefined: the state, or its law, is not known. */
  readonly rule: MinorRule | undefined
  readonly minorsAccepted: boolean
}

export const defaultMajorityAge = 18

/**
 * Who has to have signed (42 CFR 2.14, 2.15). An adult signs, or somebody with authority for them. A minor always
 * signs; a parent beside them where the law of the state wants it, and wherever that law is not known: then somebody
 * reviews it too. Without a date of birth nobody is a minor.
 */
export function signerFaults(signed: Signed, path: readonly string[]): { issues: Issue[]; review: Review } {
  const { birthDate, countsFrom, roles, rule, minorsAccepted } = signed
  const at = [...path, 'signatures']
  const age = birthDate ? ageOn(birthDate, countsFrom) : undefined
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
