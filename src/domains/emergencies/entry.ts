import type { TxCtx } from '../../core/context.ts'
import { newId } from '../../core/id.ts'
import { insertRows } from '../../db/insert.ts'
import type { DataClass } from '../consents/codes.ts'
import type { Decision } from '../decisions/facts.ts'
import { ledgerRow } from '../disclosures/ledger.ts'
import { disclosures } from '../disclosures/table.ts'
import type { EmergencyRow } from './store.ts'

/** Of an organization that accompanies; the rest of the record is that of the one that holds the patient. */
const ofAccompaniment: readonly DataClass[] = ['engagement_status', 'safety']

/**
 * One row of the ledger for each organization whose data is shown, written into the same transaction: no row, no data.
 * Where the holder looks, the recipient is on the phone and of no organization of the network; who it is, is in the emergency.
 */
export function enterInLedger(
  ctx: TxCtx,
  emergency: EmergencyRow,
  decision: Decision,
  accompanying: readonly string[],
): string[] {
  const { id, organizationId: holderId, patientId, openedByOrganizationId } = emergency
  const classesOf = (organizationId: string) =>
    organizationId === holderId
      ? decision.permittedClasses
      : decision.permittedClasses.filter((dataClass) => ofAccompaniment.includes(dataClass))
  const rows = [...new Set([holderId, ...accompanying])].flatMap((organizationId) => {
    const row = ledgerRow(
      ctx,
      newId(ctx.now),
      { holderId: organizationId, patientId, subjectType: 'emergency', subjectId: id },
      { ...decision, permittedClasses: classesOf(organizationId) },
      'treatment',
    )
    const byPhone = openedByOrganizationId === holderId
    const recipient = byPhone
      ? { recipientOrganizationId: null, recipientName: 'Medical personnel whom the emergency names' }
      : { recipientOrganizationId: openedByOrganizationId }
    return row ? [{ ...row, ...recipient, approvalId: id }] : []
  })
  ctx.write(insertRows(disclosures, rows))
  ctx.restOn({ kind: 'emergency', id }, [id, patientId])
  return rows.map((row) => row.id)
}
