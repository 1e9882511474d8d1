import { action } from '../../core/action.ts'
import type { EventType, TxCtx } from '../../core/context.ts'
import { AppError, invalidInput, notFound } from '../../core/errors.ts'
import { checkVersion } from '../../core/version.ts'
import { insertRows } from '../../db/insert.ts'
import { after } from '../clocks/rules.ts'
import { startClock, stopClockOf } from '../clocks/store.ts'
import { findOrganization } from '../organizations/store.ts'
import { DocumentEmergency, ReviewEmergency } from './contract.ts'
import { mayDocument, mayReview, reviewWithin } from './rules.ts'
import { sealWords } from './sealed.ts'
import { type DocumentRow, type EmergencyRecord, findEmergency, type ReviewRow, reviewsOf } from './store.ts'
import { emergencyDocuments, emergencyReviews } from './table.ts'
import { toEmergency, toSummary } from './view.ts'

/** By the organization that opened it or the one that holds the record: the law wants it in writing, and soon. */
export const documentEmergency = action({
  id: 'emergencies.document',
  scope: 'emergencies:write',
  input: DocumentEmergency,
  run: async (ctx, { id, disclosedAt, medicalPersonnel: { name, affiliation = null }, ...words }) => {
    const record = await findEmergency(ctx, id)
    const { row, status } = record
    checkVersion(ctx, toSummary(record).version)
    if (!mayDocument(status))
      throw new AppError('transition_not_allowed', 'It was documented already, and stays as it was written.')
    const at = new Date(disclosedAt)
    refuseOtherTimes(ctx, at, row.openedAt)
    const document: DocumentRow = {
      ...shareOf(record),
      emergencyId: id,
      sealed: sealWords(record.key, 'document', id, { ...words, medicalPersonnel: { name, affiliation } }),
      disclosedAt: at,
      documentedByOrganizationId: ctx.organizationId,
      documentedByClientId: ctx.clientId,
      documentedAt: ctx.now,
    }
    ctx.write(insertRows(emergencyDocuments, document))
    await awaitReview(ctx, record)
    tell(ctx, record, 'emergency.documented', {})
    return toEmergency(ctx, { ...record, document, status: 'documented' }, [])
  },
})

/** Written down to the minute by most people, and so not held to more. */
function refuseOtherTimes(ctx: TxCtx, disclosedAt: Date, openedAt: Date) {
  const minute = (at: Date) => Math.floor(at.getTime() / 60_000)
  if (disclosedAt > ctx.now)
    throw invalidInput({
      path: ['disclosedAt'],
      code: 'disclosed_in_future',
      detail: 'A disclosure is documented after it was made.',
    })
  if (minute(disclosedAt) < minute(openedAt))
    throw invalidInput({
      path: ['disclosedAt'],
      code: 'disclosed_before_opening',
      detail: 'Nothing was disclosed under this emergency before it was opened.',
    })
}

/** All of them are looked at, by the organization whose patient it is and by somebody else than who opened it. */
export const reviewEmergency = action({
  id: 'emergencies.review',
  scope: 'emergencies:review',
  input: ReviewEmergency,
  run: async (ctx, { id, outcome, text }) => {
    const [record, earlier] = await Promise.all([findEmergency(ctx, id), reviewsOf(ctx, id)])
    const { row, status } = record
    if (row.organizationId !== ctx.organizationId) throw notFound('emergency')
    checkVersion(ctx, toSummary(record).version)
    if (row.openedByClientId === ctx.clientId)
      throw new AppError('review_by_another', 'Another client of your organization reviews it.')
    if (!mayReview(status))
      throw new AppError(
        'transition_not_allowed',
        status === 'reviewed' ? 'It was reviewed already.' : 'It is reviewed once it is documented.',
      )
    const review: ReviewRow = {
      ...shareOf(record),
      emergencyId: id,
      position: record.reviews + 1,
      outcome,
      sealed: sealWords(record.key, 'review', `${id}/${record.reviews + 1}`, { text }),
      reviewedByClientId: ctx.clientId,
      reviewedAt: ctx.now,
    }
    ctx.write(insertRows(emergencyReviews, review))
    if (outcome === 'needs_follow_up') await awaitReview(ctx, record)
    else stopClockOf(ctx, { type: 'emergency', id })
    tell(ctx, record, 'emergency.reviewed', { outcome })
    const reviewed = outcome === 'needs_follow_up' ? 'in_follow_up' : 'reviewed'
    return toEmergency(ctx, { ...record, outcome, reviews: record.reviews + 1, status: reviewed }, [
      ...earlier,
      review,
    ])
  },
})

function shareOf({ row: { networkId, organizationId, readerIds, patientId } }: EmergencyRecord) {
  return { networkId, organizationId, readerIds, patientId }
}

/** Counted in the business days of the organization whose privacy officer it is. */
async function awaitReview(ctx: TxCtx, { row }: EmergencyRecord): Promise<void> {
  const { timeZone, businessCalendar: calendar } = await findOrganization(ctx, row.organizationId)
  stopClockOf(ctx, { type: 'emergency', id: row.id })
  startClock(
    ctx,
    { ...row, type: 'emergency' },
    {
      action: 'review_emergency',
      ownerOrganizationId: row.organizationId,
      ownerRole: 'privacy_officer',
      dueAt: after(reviewWithin, ctx.now, { timeZone, calendar }),
    },
  )
}

function tell(
  ctx: TxCtx,
  { row }: EmergencyRecord,
  type: Extract<EventType, `emergency.${string}`>,
  codes: Readonly<Record<string, string>>,
) {
  ctx.emit({
    type,
    subjectType: 'emergency',
    subjectId: row.id,
    patientId: row.patientId,
    readerIds: [row.organizationId, ...row.readerIds],
    codes,
  })
  ctx.touch({ subjectType: 'emergency', subjectId: row.id, patientId: row.patientId })
}
