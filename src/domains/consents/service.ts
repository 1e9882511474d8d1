import { and, desc, eq, lt, sql } from 'drizzle-orm'
import { z } from 'zod'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { absentIfNotFound, invalidInput, notFound } from '../../core/errors.ts'
import { Id } from '../../core/id.ts'
import { cutPage, openCursor, sealCursor } from '../../core/page.ts'
import { keyOf } from '../../db/sealing.ts'
import { decide } from '../decisions/decision.ts'
import { groundsOf } from '../decisions/grounds.ts'
import { findOwnPatient } from '../patients/store.ts'
import { CheckConsent, ConsentFilter, NewConsent, obligations } from './contract.ts'
import { readDocument, writtenOut } from './document.ts'
import { findSuperseded, judgeSigned, takeEffect } from './effect.ts'
import { refuseFaults, storeConsent } from './keep.ts'
import { partyFaults } from './parties.ts'
import { findConsent, findOwnConsent, readConsents, type StoredConsent, statusIs } from './store.ts'
import { consentRevocations, consents, sealedRevocations } from './table.ts'
import { readCopy, revocationsMax, showConsent, toConsent, toRevocation } from './view.ts'

export const createConsent = action({
  id: 'consents.create',
  scope: 'consents:write',
  input: NewConsent,
  run: async (ctx, { patientId, draft, supersedesId, ...consent }) => {
    const disclosers = consent.disclosers ?? [{ organizationId: ctx.organizationId }]
    const recipients = consent.recipients ?? []
    const [patient, faults, { superseded, issues }] = await Promise.all([
      findOwnPatient(ctx, patientId).catch(absentIfNotFound),
      partyFaults(ctx, { ...consent, disclosers, recipients }, []),
      findSuperseded(ctx, supersedesId, patientId),
    ])
    if (!patient)
      issues.push({
        path: ['patientId'],
        code: 'unknown_patient',
        detail: 'Your organization has no such patient.',
      })
    refuseFaults([...faults, ...issues])
    const key = patient ? keyOf(patient) : null
    const toStore = { patientId, key, consent, disclosers, recipients, supersedesId }
    if (draft) return toConsent(storeConsent(ctx, { ...toStore, draft }), ctx.now)
    const review = await judgeSigned(ctx, consent, patient?.birthDate, [])
    const stored = storeConsent(ctx, { ...toStore, review })
    if (stored.row.status === 'active') await takeEffect(ctx, stored, superseded)
    return toConsent(stored, ctx.now)
  },
})

/** A patient's token finds the consent itself first; then its parties may be read. */
async function findForReading(ctx: TxCtx, id: string): Promise<StoredConsent> {
  if (ctx.person) await findConsent(ctx, id)
  ctx.beyondPerson()
  const stored = await findConsent(ctx, id)
  // To its recipient it is the copy that accompanies a disclosure, while it permits one.
  if (stored.row.organizationId === ctx.organizationId) return stored
  if (toConsent(stored, ctx.now).status !== 'active') throw notFound('consent')
  return stored
}

const groundsToRead = (ctx: TxCtx, { row }: StoredConsent) =>
  row.organizationId === ctx.organizationId ? undefined : groundsOf(ctx, row.patientId)

export const getConsent = action({
  id: 'consents.get',
  scope: 'consents:read',
  portal: ['patient'],
  input: z.strictObject({ id: Id }),
  run: async (ctx, { id }) => {
    const stored = await findForReading(ctx, id)
    return showConsent(ctx, stored, await groundsToRead(ctx, stored))
  },
})

export const getConsentDocument = action({
  id: 'consents.document',
  scope: 'consents:read',
  portal: ['patient'],
  input: z.strictObject({ id: Id }),
  run: async (ctx, { id }) => {
    const stored = await findForReading(ctx, id)
    const [signed, grounds] = await Promise.all([readDocument(ctx, stored.row), groundsToRead(ctx, stored)])
    const { permitted, attached } = readCopy(ctx, stored, grounds)
    return {
      consentId: id,
      text: writtenOut(stored, permitted.has('identity')),
      sha256: stored.row.documentSha256,
      signed,
      ...(attached.disclosure && { disclosure: attached.disclosure }),
    }
  },
})

export const listConsentRevocations = action({
  id: 'consents.revocations',
  scope: 'consents:read',
  input: z.strictObject({ id: Id }),
  run: async (ctx, { id }) => {
    const { row } = await findOwnConsent(ctx, id)
    const rows = await ctx.db
      .select(sealedRevocations.columns)
      .from(consentRevocations)
      .where(and(eq(consentRevocations.networkId, ctx.networkId), eq(consentRevocations.consentId, id)))
      .orderBy(consentRevocations.id)
      .limit(revocationsMax)
    ctx.touch({ subjectType: 'consent', subjectId: id, patientId: row.patientId })
    return { data: (await sealedRevocations.open(ctx, rows)).map(toRevocation) }
  },
})

export const listConsents = action({
  id: 'consents.list',
  scope: 'consents:read',
  portal: ['patient'],
  input: ConsentFilter,
  run: async (ctx, { limit, cursor, ...filters }) => {
    const [after] = openCursor(ctx, 'consents', filters, cursor) ?? []
    const condition = and(
      ctx.person ? eq(consents.patientId, ctx.person.id) : eq(consents.organizationId, ctx.organizationId),
      after ? lt(consents.id, after) : undefined,
      filters.patientId ? eq(consents.patientId, filters.patientId) : undefined,
      statusIs(ctx, filters.status),
    )
    ctx.beyondPerson()
    const stored = await readConsents(ctx, condition ?? sql`true`, desc(consents.id), limit + 1)
    const page = cutPage(stored, limit, ({ row }) => sealCursor(ctx, 'consents', filters, [row.id]))
    // What a portal shows of consents that another organization holds is read one by one, each as a disclosure.
    const own = page.rows.filter(({ row }) => row.organizationId === ctx.organizationId)
    for (const { row } of own)
      ctx.touch({ subjectType: 'consent', subjectId: row.id, patientId: row.patientId })
    return { data: own.map((consent) => toConsent(consent, ctx.now)), nextCursor: page.nextCursor }
  },
})

export const checkConsent = action({
  id: 'consents.check',
  scope: 'consents:read',
  input: CheckConsent,
  run: async (ctx, { patientId, recipient, purpose, dataClasses, at }) => {
    const [own, grounds] = await Promise.all([
      findOwnPatient(ctx, patientId).catch(absentIfNotFound),
      groundsOf(ctx, patientId),
    ])
    if (!own)
      throw invalidInput({
        path: ['patientId'],
        code: 'unknown_patient',
        detail: 'Your organization has no such patient.',
      })
    const { consent, agreement, ...decided } = decide(grounds, {
      discloserId: ctx.organizationId,
      recipientId: recipient.organizationId,
      patientId,
      purpose,
      dataClasses: [...new Set(dataClasses)],
      at: at === undefined ? ctx.now : new Date(at),
    })
    ctx.touch({ subjectType: 'patient', subjectId: patientId, patientId })
    return {
      decision: decided.decision,
      relationship: decided.relationship,
      permittedClasses: [...decided.permittedClasses],
      reasons: [...decided.reasons],
      consentIds: consent ? [consent.id] : [],
      agreementIds: agreement ? [agreement.id] : [],
      obligations: consent ? [...obligations] : [],
      ruleVersion: decided.ruleVersion,
    }
  },
})
