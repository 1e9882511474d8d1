import type { z } from 'zod'
import { fault } from '../../core/primitives.ts'

/** The purposes for which one consent may have no end, and needs the statements of 2.31(a)(10). */
export const tpoPurposes: ReadonlySet<string> = new Set(['treatment', 'payment', 'operations'])

/** What may be looked at of a consent whose other members may be malformed. */
interface Elements {
  readonly patientNameAsSigned?: unknown
  readonly disclosers?: readonly unknown[]
  readonly recipients?: readonly unknown[]
  readonly dataClasses?: readonly unknown[]
  readonly informationDescription?: unknown
  readonly purposes?: readonly unknown[]
  readonly expiration?: { readonly on?: unknown; readonly event?: unknown; readonly none?: unknown }
  readonly statements?: {
    readonly rightToRevoke?: unknown
    readonly redisclosurePotential?: unknown
    readonly refusalConsequences?: unknown
  }
  readonly revocationInstructions?: unknown
  readonly signatures?: readonly unknown[]
  readonly signedOn?: unknown
}

const none = (list: readonly unknown[] | undefined) => !Array.isArray(list) || list.length === 0
const absent = (value: unknown) => value === undefined

/**
 * 42 CFR 2.31(a), element by element. Each has a code of its own, so that an integrator's form can point at
 * the field; a consent that lacks one never becomes active (2.31(c)(2)).
 */
export function missingElements(
  payload: z.core.ParsePayload,
  { recipientsRequired }: { readonly recipientsRequired: boolean },
): void {
  if (payload.value === null || typeof payload.value !== 'object') return
  const consent = payload.value as Elements
  const refuse = (wrong: boolean, code: string, path: string[], message: string) => {
    if (wrong) payload.issues.push({ ...fault(code, path, message), input: undefined })
  }
  const tpo = consent.purposes?.some((purpose) => tpoPurposes.has(String(purpose))) ?? false
  const { statements = {}, expiration = {} } = consent

  refuse(
    absent(consent.patientNameAsSigned),
    'consent_patient_name_missing',
    ['patientNameAsSigned'],
    '2.31(a)(1): the name of the patient.',
  )
  refuse(
    !absent(consent.disclosers) && none(consent.disclosers),
    'consent_discloser_missing',
    ['disclosers'],
    '2.31(a)(2): who may disclose.',
  )
  refuse(
    none(consent.dataClasses),
    'consent_information_missing',
    ['dataClasses'],
    '2.31(a)(3): what may be disclosed.',
  )
  refuse(
    absent(consent.informationDescription),
    'consent_information_description_missing',
    ['informationDescription'],
    '2.31(a)(3): a specific and meaningful description of the information.',
  )
  refuse(
    recipientsRequired ? none(consent.recipients) : !absent(consent.recipients) && none(consent.recipients),
    'consent_recipient_missing',
    ['recipients'],
    '2.31(a)(4): who may receive.',
  )
  refuse(none(consent.purposes), 'consent_purpose_missing', ['purposes'], '2.31(a)(5): each purpose.')
  refuse(
    statements.rightToRevoke !== true,
    'consent_right_to_revoke_missing',
    ['statements', 'rightToRevoke'],
    '2.31(a)(6): the right to revoke.',
  )
  refuse(
    absent(consent.revocationInstructions),
    'consent_revocation_instructions_missing',
    ['revocationInstructions'],
    '2.31(a)(6): how to revoke.',
  )
  checkExpiration(expiration, consent.purposes ?? [], refuse)
  refuse(none(consent.signatures), 'consent_signature_missing', ['signatures'], '2.31(a)(8): the signature.')
  refuse(
    absent(consent.signedOn),
    'consent_signed_on_missing',
    ['signedOn'],
    '2.31(a)(9): the date of signing.',
  )
  refuse(
    tpo && statements.redisclosurePotential !== true,
    'consent_redisclosure_statement_missing',
    ['statements', 'redisclosurePotential'],
    '2.31(a)(10)(i): that the record may be redisclosed.',
  )
  refuse(
    tpo && statements.refusalConsequences !== true,
    'consent_refusal_statement_missing',
    ['statements', 'refusalConsequences'],
    '2.31(a)(10)(ii): the consequences of refusing to sign.',
  )
}

function checkExpiration(
  expiration: NonNullable<Elements['expiration']>,
  purposes: readonly unknown[],
  refuse: (wrong: boolean, code: string, path: string[], message: string) => void,
) {
  const ways = [expiration.on, expiration.event, expiration.none].filter((way) => way !== undefined).length
  refuse(
    ways === 0,
    'consent_expiration_missing',
    ['expiration'],
    '2.31(a)(7): an expiration date or event, or none where allowed.',
  )
  refuse(ways > 1, 'consent_expiration_ambiguous', ['expiration'], '2.31(a)(7): only one of on, event, none.')
  const allTpo = purposes.length > 0 && purposes.every((purpose) => tpoPurposes.has(String(purpose)))
  refuse(
    expiration.none === true && !allTpo,
    'consent_expiration_none_not_allowed',
    ['expiration', 'none'],
    '2.31(a)(7): no expiration only for treatment, payment and operations.',
  )
}
