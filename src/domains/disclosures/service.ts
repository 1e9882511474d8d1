import { and, eq, or } from 'drizzle-orm'
import { z } from 'zod'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { absentIfNotFound, type Issue, invalidInput, notFound } from '../../core/errors.ts'
import { Id, newId } from '../../core/id.ts'
import { pageById } from '../../core/page.ts'
import { only } from '../../db/rows.ts'
import { findConsent } from '../consents/store.ts'
import { organizationsAmong } from '../organizations/store.ts'
import { findOwnOrSelf, findVisiblePatient } from '../patients/store.ts'
import { disclosedWithin, readEntries, sealDetail } from './entries.ts'
import { type LedgerEntry, LedgerFilter, NewLedgerEntry, PatientLedgerFilter } from './entry.ts'
import { describe } from './ledger.ts'
import { noticeVersion } from './notice.ts'
import { disclosures } from './table.ts'

/** As the one that disclosed and as the one that received. */
const ofCaller = ({ organizationId }: TxCtx) =>
  or(eq(disclosures.organizationId, organizationId), eq(disclosures.recipientOrganizationId, organizationId))

export const listDisclosures = action({
  id: 'disclosures.list',
  scope: 'disclosures:read',
  input: LedgerFilter,
  run: async (ctx, { limit, cursor, ...filters }) => {
    const { patientId, recipientOrganizationId } = filters
    const condition = and(
      ofCaller(ctx),
      patientId ? eq(disclosures.patientId, patientId) : undefined,
      recipientOrganizationId ? eq(disclosures.recipientOrganizationId, recipientOrganizationId) : undefined,
      disclosedWithin(filters),
    )
    const page = await pageById(ctx, { list: 'disclosures', filters, limit, cursor }, (after, rows) =>
      readEntries(ctx, condition, { after, limit: rows }),
    )
    touchAll(ctx, page.rows)
    return { data: page.rows, nextCursor: page.nextCursor }
  },
})

export const getDisclosure = action({
  id: 'disclosures.get',
  scope: 'disclosures:read',
  input: z.strictObject({ id: Id }),
  run: async (ctx, { id }) => {
    const [entry] = await readEntries(ctx, and(ofCaller(ctx), eq(disclosures.id, id)), { limit: 1 })
    if (!entry) throw notFound('disclosure')
    touchAll(ctx, [entry])
    return entry
  },
})

/** The person sees every disclosure of theirs, whichever organization made it; the holder those it is a party to. */
export const listPatientDisclosures = action({
  id: 'patients.listDisclosures',
  scope: 'disclosures:read',
  alone: true,
  portal: ['patient'],
  input: PatientLedgerFilter,
  run: async (ctx, { limit, cursor, ...filters }) => {
    await findOwnOrSelf(ctx, filters.id)
    const condition = and(eq(disclosures.patientId, filters.id), disclosedWithin(filters))
    const page = await pageById(
      ctx,
      { list: 'patient-disclosures', filters, limit, cursor },
      (after, rows) =>
        ctx.person
          ? ctx.acrossOrganizations(() => readEntries(ctx, condition, { after, limit: rows }))
          : readEntries(ctx, and(ofCaller(ctx), condition), { after, limit: rows }),
    )
    ctx.touch({ subjectType: 'patient', subjectId: filters.id, patientId: filters.id })
    return { data: page.rows, nextCursor: page.nextCursor }
  },
})

function touchAll(ctx: TxCtx, entries: readonly LedgerEntry[]) {
  for (const { id, patientId } of entries) ctx.touch({ subjectType: 'disclosure', subjectId: id, patientId })
}

type NewEntry = z.output<typeof NewLedgerEntry>

/** What was said or faxed. It was disclosed, whether or not it should have been: the ledger says what happened. */
export const recordDisclosure = action({
  id: 'disclosures.record',
  scope: 'disclosures:write',
  input: NewLedgerEntry,
  run: async (ctx, input) => {
    const issues = await faultsOf(ctx, input)
    if (issues.length > 0) throw invalidInput(...issues)
    const { recipient, description, noticeSent, ...said } = input
    const { networkId, organizationId, clientId, now, requestId } = ctx
    const { organizationId: recipientOrganizationId = null } = recipient
    const id = newId(now)
    await ctx.db.insert(disclosures).values({
      ...said,
      networkId,
      id,
      organizationId,
      readerIds: recipientOrganizationId ? [recipientOrganizationId] : [],
      at: new Date(said.at),
      recipientOrganizationId,
      recipientName: recipient.name,
      recipientDetail: sealDetail(ctx, {
        person: recipient.person ?? null,
        address: recipient.address ?? null,
      }),
      briefDescription: description ?? describe(said.dataClasses),
      noticeVersion: noticeSent ? noticeVersion : null,
      requestId,
      manual: true,
      recordedByClientId: clientId,
      recordedAt: now,
    })
    ctx.emit({
      type: 'disclosure.recorded',
      subjectType: 'disclosure',
      subjectId: id,
      patientId: said.patientId,
    })
    ctx.touch({ subjectType: 'disclosure', subjectId: id, patientId: said.patientId })
    return only(await readEntries(ctx, eq(disclosures.id, id), { limit: 1 }))
  },
})

async function faultsOf(ctx: TxCtx, input: NewEntry): Promise<Issue[]> {
  const { patientId, consentId, correctsId, recipient } = input
  const [patient, consent, known, corrected] = await Promise.all([
    findVisiblePatient(ctx, patientId).catch(absentIfNotFound),
    consentId === undefined ? undefined : findConsent(ctx, consentId).catch(absentIfNotFound),
    organizationsAmong(ctx, recipient.organizationId === undefined ? [] : [recipient.organizationId]),
    correctsId === undefined ? [] : readEntries(ctx, eq(disclosures.id, correctsId), { limit: 1 }),
  ])
  const corrects = corrected.find((entry) => entry.organizationId === ctx.organizationId)
  const issues: Issue[] = []
  const found = (isFound: boolean, path: string[], code: string, detail: string) => {
    if (!isFound) issues.push({ path, code, detail })
  }
  found(patient !== undefined, ['patientId'], 'unknown_patient', 'There is no such patient for you.')
  found(
    consentId === undefined || consent?.row.patientId === patientId,
    ['consentId'],
    'unknown_consent',
    'The patient has no such consent for you.',
  )
  const { organizationId } = recipient
  found(
    organizationId === undefined || (known.has(organizationId) && organizationId !== ctx.organizationId),
    ['recipient', 'organizationId'],
    'unknown_organization',
    'The network has no such organization beside yours.',
  )
  found(
    correctsId === undefined || corrects?.patientId === patientId,
    ['correctsId'],
    'unknown_disclosure',
    'Your organization has no such entry about this patient.',
  )
  found(new Date(input.at) <= ctx.now, ['at'], 'in_future', 'What has not happened yet is no disclosure.')
  return issues
}
