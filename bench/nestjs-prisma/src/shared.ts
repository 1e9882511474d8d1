/** Answers and rows are made as the floor makes them, so that what is measured is Nest and Prisma. */
const from = (file: string): Promise<any> => import(new URL(`../../../contestants/${file}`, import.meta.url).href)

export const { scoreOf, toCandidates, toDisclosure, toEngagementAnswer, toEvent, toReferral } = await from('answers.mjs')
export const { auditRow, callerOf, disclosureRow, rowsOfNewReferral } = await from('rows.mjs')

export const networkId = process.env.NETWORK_ID as string

/** What of another organization's goes out with its notice, and the ledger and audit rows of it. */
export function disclosed(who, what: string, row, holderId: string, form: 'long' | 'short') {
  const subject = { type: 'referral', id: row.id, patientId: row.patient_id }
  if (holderId === who.organizationId) return { audit: auditRow(who, `${what}.read`, subject) }
  const ledger = disclosureRow(who, what, { holderId, referralId: row.id, patientId: row.patient_id, consentId: row.consent_id })
  const audit = auditRow(who, `${what}.read`, subject, { basis: 'consent', basisId: row.consent_id })
  return { ledger, audit, disclosure: toDisclosure(ledger.id, row.consent, [row.receiver.name], form) }
}
