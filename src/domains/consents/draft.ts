import { defined } from '../../core/wire.ts'
import type { InlineConsent } from './contract.ts'
import type { ConsentRow } from './store.ts'

/** What a draft says so far, in the words of the wire; what is missing is absent, so that the same checks name it. */
export function saidIn(row: ConsentRow): Partial<InlineConsent> {
  const orAbsent = (text: string) => (text === '' ? undefined : text)
  const ifAny = <T>(list: readonly T[]) => (list.length === 0 ? undefined : [...list])
  const expiration = defined({
    on: row.expiresOn ?? undefined,
    event: row.expirationEvent ?? undefined,
    none: row.expirationNone ? (true as const) : undefined,
  })
  return defined({
    kind: row.kind,
    patientNameAsSigned: orAbsent(row.patientNameAsSigned),
    disclosers: row.draftParties?.disclosers,
    recipients: ifAny(row.draftParties?.recipients ?? []),
    bothDirections: row.bothDirections,
    dataClasses: ifAny(row.dataClasses),
    informationDescription: orAbsent(row.informationDescription),
    purposes: ifAny(row.purposes),
    purposeText: row.purposeText ?? undefined,
    expiration: Object.keys(expiration).length === 0 ? undefined : expiration,
    statements: {
      rightToRevoke: row.rightToRevoke,
      redisclosurePotential: row.redisclosurePotential,
      refusalConsequences: row.refusalConsequences,
      hipaaRedisclosure: row.hipaaRedisclosure,
      textVersion: row.statementsVersion,
    },
    revocationInstructions: orAbsent(row.revocationInstructions),
    signatures: ifAny(row.signatures),
    signedOn: row.signedOn ?? undefined,
    jurisdiction: row.jurisdiction ?? undefined,
  }) as Partial<InlineConsent>
}
