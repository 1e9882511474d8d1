import type { TxCtx } from '../../core/context.ts'
import { AppError } from '../../core/errors.ts'
import { newId } from '../../core/id.ts'
import { tellDenied } from '../../core/watched.ts'
import { insertRows } from '../../db/insert.ts'
import { holdConsents } from '../consents/store.ts'
import { decide } from '../decisions/decision.ts'
import { groundsOf } from '../decisions/grounds.ts'
import { ledgerRow } from '../disclosures/ledger.ts'
import { disclosures } from '../disclosures/table.ts'
import { isSignedBy } from './rules.ts'

interface Presence {
  readonly patientId: string
  /** The organization that accompanies the person. */
  readonly hostId: string
  /** The one that sent the learner; null: the host's own. */
  readonly schoolId: string | null
  readonly hourId: string
  readonly beganAt: Date
}

/**
 * Whether the person lets a learner be there, asked anew for each hour: a consent that was withdrawn yesterday covers no
 * hour today, and one that was signed afterwards none that had begun. It is the person's own consent or none; no agreement
 * and no wall stands in its place. Whoever hears the person for a school is a recipient: the ledger row goes out with the
 * hour.
 */
export async function requirePresence(ctx: TxCtx, asked: Presence): Promise<{ readonly consentId: string }> {
  const { patientId, hostId, schoolId, hourId, beganAt } = asked
  // Held before they are weighed: the grounds that are read after it cannot be revoked under the hour.
  const held = await holdConsents(ctx, patientId, 'learner_presence')
  const grounds = await groundsOf(ctx, patientId)
  const inTime = new Set(held.flatMap((consent) => (isSignedBy(consent, beganAt) ? [consent.id] : [])))
  const holderId = grounds.heldBy ?? hostId
  const recipientId = schoolId ?? hostId
  const asking = {
    discloserId: holderId,
    recipientId,
    patientId,
    purpose: 'treatment',
    dataClasses: ['learner_presence'],
    at: ctx.now,
  } as const
  const consents = grounds.consents.filter(({ id }) => inTime.has(id))
  const decision = decide({ ...grounds, consents }, asking)
  if (!decision.consent) {
    tellDenied(decision.reasons)
    throw new AppError(
      'presence_not_consented',
      decide(grounds, asking).consent
        ? 'The person consented after the hour had begun.'
        : 'No consent of the person that is in force lets a learner be there.',
    )
  }
  const { consent } = decision
  ctx.restOn({ kind: 'consent', id: consent.id }, [hourId])
  if (recipientId !== holderId) {
    const row = ledgerRow(
      ctx,
      newId(ctx.now),
      { holderId, patientId, subjectType: 'placement_hour', subjectId: hourId },
      decision,
      'treatment',
    )
    // The host records it; the learner's organization is the one that learns.
    if (row)
      ctx.write(
        insertRows(disclosures, {
          ...row,
          recipientOrganizationId: recipientId,
          recipientClientId: null,
          method: 'verbal',
        }),
      )
  }
  return { consentId: consent.id }
}
