import type { TxCtx } from '../../core/context.ts'
import { toInstant, toInstantOrNull } from '../../core/wire.ts'
import type { Opened } from '../../db/sealing.ts'
import { isExpired } from '../decisions/consented.ts'
import { type Grounds, noGrounds } from '../decisions/facts.ts'
import { disclose, discloseOne, project, type Reading, type Shown } from '../disclosures/store.ts'
import { type Consent, type ConsentRevocation, consentClasses } from './contract.ts'
import { type PartyRow, type StoredConsent, toFacts } from './store.ts'
import type { consentRevocations } from './table.ts'

type Recipients = Consent['recipients']

function toRecipients(parties: readonly PartyRow[]): Recipients {
  const recipients = parties.filter(({ role }) => role === 'recipient')
  return recipients.flatMap((party): Recipients => {
    const { designation, partyOrganizationId, description, position, treatingOnly } = party
    if (designation === 'member') return []
    return [
      {
        designation,
        organizationId: partyOrganizationId,
        description,
        members: recipients
          .filter(({ viaPosition }) => viaPosition === position)
          .map((member) => ({
            organizationId: member.partyOrganizationId ?? '',
            revokedAt: toInstantOrNull(member.revokedAt),
          })),
        treatingParticipants: treatingOnly,
        revokedAt: toInstantOrNull(party.revokedAt),
      },
    ]
  })
}

const orNull = (text: string) => (text === '' ? null : text)

export function toConsent({ row, parties }: StoredConsent, now: Date): Consent {
  const expired = row.status === 'active' && isExpired(row.expiresOn, now)
  const {
    networkId: _,
    readerIds: __,
    expiryToldAt: ___,
    draftParties: ____,
    expiresOn,
    expirationEvent,
    expirationNone,
    rightToRevoke,
    redisclosurePotential,
    refusalConsequences,
    hipaaRedisclosure,
    statementsVersion,
    ...fields
  } = row
  return {
    ...fields,
    status: expired ? 'expired' : row.status,
    patientNameAsSigned: orNull(row.patientNameAsSigned),
    informationDescription: orNull(row.informationDescription),
    revocationInstructions: orNull(row.revocationInstructions),
    disclosers: parties
      .filter(({ role }) => role === 'discloser')
      .map(({ partyOrganizationId }) => ({ organizationId: partyOrganizationId ?? '' })),
    recipients: toRecipients(parties),
    expiration: { on: expiresOn, event: expirationEvent, none: expirationNone },
    statements: {
      rightToRevoke,
      redisclosurePotential,
      refusalConsequences,
      hipaaRedisclosure,
      textVersion: statementsVersion,
    },
    activatedAt: toInstantOrNull(row.activatedAt),
    suspendedAt: toInstantOrNull(row.suspendedAt),
    expiredAt: toInstantOrNull(row.expiredAt),
    revokedAt: toInstantOrNull(row.revokedAt),
    createdAt: toInstant(row.createdAt),
    updatedAt: toInstant(row.updatedAt),
  }
}

/** What is asked for when the copy of a consent is read. It speaks for itself: another consent does not open this one. */
function readingOf(stored: StoredConsent, { restrictions, treating }: Grounds): Reading {
  const facts = toFacts(stored)
  const { row } = stored
  return {
    grounds: { ...noGrounds, consents: [facts], restrictions, treating },
    holderId: row.organizationId,
    patientId: row.patientId,
    subjectType: 'consent',
    subjectId: row.id,
    dataClasses: [...new Set([...facts.dataClasses, 'identity' as const])],
  }
}

/**
 * What of a consent the caller may see. To its recipient it is the copy that 42 CFR 2.32(b) speaks of, for as long as
 * it permits anything; the names in it are shown only if it covers identity. Reading the copy is a disclosure as every
 * other is.
 */
export function readCopy(ctx: TxCtx, stored: StoredConsent, grounds: Grounds = noGrounds): Shown {
  const { row } = stored
  ctx.touch({ subjectType: 'consent', subjectId: row.id, patientId: row.patientId })
  return discloseOne(ctx, readingOf(stored, grounds))
}

export const showConsent = (ctx: TxCtx, stored: StoredConsent, grounds?: Grounds): Consent =>
  show(ctx, stored, readCopy(ctx, stored, grounds))

/** Those of many that the caller may see, with the short notice each and one statement for all of their ledger rows. */
export function showConsents(
  ctx: TxCtx,
  all: readonly StoredConsent[],
  groundsFor: (patientId: string) => Grounds,
): Consent[] {
  const shown = disclose(
    ctx,
    all.map((stored) => readingOf(stored, groundsFor(stored.row.patientId))),
    'short',
  )
  return all.flatMap((stored, index) => {
    const part = shown[index]
    if (!part || part.permitted.size === 0) return []
    const { row } = stored
    ctx.touch({ subjectType: 'consent', subjectId: row.id, patientId: row.patientId })
    return [show(ctx, stored, part)]
  })
}

function show(ctx: TxCtx, stored: StoredConsent, { permitted, attached }: Shown): Consent {
  const consent = toConsent(stored, ctx.now)
  const { redacted, disclosure } = attached
  const hidden = redacted?.filter((dataClass) => dataClass === 'identity')
  return {
    ...project(consent, consentClasses, permitted),
    ...(hidden?.length && { redacted: hidden }),
    ...(disclosure && { disclosure }),
  }
}

/** More than recipients and classes together: after that nothing is left to revoke. */
export const revocationsMax = 100

export function toRevocation(row: Opened<typeof consentRevocations>): ConsentRevocation {
  const { id, at, form, byPatient, recipientOrganizationIds, dataClasses, reason } = row
  return { id, at: toInstant(at), form, byPatient, recipientOrganizationIds, dataClasses, reason }
}
