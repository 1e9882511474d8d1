import type { DataClass } from '../consents/codes.ts'
import {
  type AgreementFacts,
  type ConsentFacts,
  type Decision,
  type DenialReason,
  type Disclosing,
  decisionRules,
  type Party,
  type Relationship,
} from './facts.ts'

export interface Covered {
  readonly consent?: ConsentFacts
  readonly designation?: Party['designation']
  readonly agreement?: AgreementFacts
  readonly covered: readonly DataClass[]
  readonly permitted: readonly DataClass[]
}

export function outcome(
  { dataClasses }: Disclosing,
  relationship: Relationship,
  { covered, permitted, consent, designation, agreement }: Covered,
): Decision {
  const reasons: DenialReason[] = []
  if (covered.length < dataClasses.length) reasons.push('class_not_covered')
  if (permitted.length < covered.length) reasons.push('restriction')
  const decision = permitted.length === 0 ? 'deny' : reasons.length === 0 ? 'permit' : 'permit_redacted'
  return {
    decision,
    relationship,
    permittedClasses: permitted,
    reasons,
    ...(decision !== 'deny' && consent && { consent }),
    ...(decision !== 'deny' && designation && { designation }),
    ...(decision !== 'deny' && agreement && { agreement }),
    ruleVersion: decisionRules,
  }
}
