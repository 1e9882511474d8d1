import { and, eq } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import type { InlineConsent } from '../consents/contract.ts'
import { signerFaults } from '../consents/signers.ts'
import { networks } from '../organizations/table.ts'
import { ageOn } from '../programs/rules.ts'
import { minorRules } from './table.ts'

/** No state has a later age of majority: whoever is older is asked nothing. */
const latestMajorityAge = 21

/** Whether those have signed who have to. The law is looked up only where the person may be a minor. */
export async function judgeSigners(
  { db, networkId, now }: TxCtx,
  { signatures = [], jurisdiction }: InlineConsent,
  birthDate: string | null | undefined,
  path: readonly string[],
) {
  const signed = { birthDate, countsFrom: now, roles: signatures.map(({ role }) => role) }
  if (!birthDate || ageOn(birthDate, now) >= latestMajorityAge)
    return signerFaults({ ...signed, rule: undefined, minorsAccepted: false }, path)
  const [[network], [rule]] = await Promise.all([
    db.select({ minorsAccepted: networks.minorsAccepted }).from(networks).where(eq(networks.id, networkId)),
    jurisdiction === undefined
      ? []
      : db
          .select()
          .from(minorRules)
          .where(and(eq(minorRules.networkId, networkId), eq(minorRules.jurisdiction, jurisdiction))),
  ])
  return signerFaults({ ...signed, rule, minorsAccepted: network?.minorsAccepted ?? false }, path)
}
