import { and, eq } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { AppError, type Issue, invalidInput } from '../../core/errors.ts'
import { newId } from '../../core/id.ts'
import { checkVersion } from '../../core/version.ts'
import { insertRows } from '../../db/insert.ts'
import { LostRace } from '../../db/transaction.ts'
import { ById, DecideScreening, NewCredential, NewScreening, VerifyCredential } from './contract.ts'
import { changePapers } from './remediation.ts'
import { type CredentialRow, findCredential, findScreening, overlapping, type ScreeningRow } from './store.ts'
import { mentorCredentials, mentorScreenings, sealedCredentials, sealedScreenings } from './table.ts'
import { toCredential, toScreening } from './view.ts'

const dayMs = 86_400_000

/** Refuses dates that have come nowhere yet: east of here it may be tomorrow already. */
function refuseFuture(ctx: TxCtx, dates: Readonly<Record<string, string | undefined>>): void {
  const latest = new Date(ctx.now.getTime() + dayMs).toISOString().slice(0, 10)
  const issues = Object.entries(dates).flatMap(([member, date]): Issue[] =>
    date !== undefined && date > latest
      ? [{ path: [member], code: 'date_in_future', detail: 'This is recorded once it has happened.' }]
      : [],
  )
  if (issues.length > 0) throw invalidInput(...issues)
}

export const recordScreening = action({
  id: 'screenings.record',
  scope: 'mentors:write',
  input: NewScreening,
  run: async (ctx, { id: mentorId, rationale = null, expiresOn = null, ...input }) => {
    refuseFuture(ctx, { performedOn: input.performedOn })
    const { networkId, organizationId, now } = ctx
    const row: ScreeningRow = {
      ...input,
      networkId,
      id: newId(now),
      organizationId,
      mentorId,
      rationale,
      expiresOn,
      enteredInError: false,
      version: 1,
      createdAt: now,
      updatedAt: now,
    }
    await changePapers(ctx, { mentorId }, async (key) =>
      ctx.write(insertRows(mentorScreenings, sealedScreenings.row(key, row))),
    )
    tellScreening(ctx, 'screening.recorded', row)
    return toScreening(row)
  },
})

/** A decision can be taken anew, after a review or an objection: the last one counts. */
export const decideScreening = action({
  id: 'screenings.decide',
  scope: 'mentors:write',
  input: DecideScreening,
  run: async (ctx, { id, rationale = null, ...input }) => {
    const found = await findScreening(ctx, id)
    checkVersion(ctx, found.version)
    if (found.enteredInError)
      throw new AppError(
        'transition_not_allowed',
        'The screening was entered in error; nothing is decided on it.',
      )
    return changeScreening(ctx, found, { ...input, rationale })
  },
})

/** Saying it twice changes nothing. */
export const enterScreeningInError = action({
  id: 'screenings.enterInError',
  scope: 'mentors:write',
  input: ById,
  run: async (ctx, { id }) => {
    const found = await findScreening(ctx, id)
    checkVersion(ctx, found.version)
    return found.enteredInError ? toScreening(found) : changeScreening(ctx, found, { enteredInError: true })
  },
})

async function changeScreening(ctx: TxCtx, found: ScreeningRow, changes: Partial<ScreeningRow>) {
  const { id, mentorId, version } = found
  const row = await changePapers(ctx, { mentorId }, async () => {
    const changed = await ctx.db
      .update(mentorScreenings)
      .set({ ...sealedScreenings.changes(found, changes), version: version + 1, updatedAt: ctx.now })
      .where(
        and(
          eq(mentorScreenings.networkId, ctx.networkId),
          eq(mentorScreenings.id, id),
          eq(mentorScreenings.version, version),
        ),
      )
      .returning(sealedScreenings.columns)
    const [row] = await sealedScreenings.open(ctx, changed)
    if (!row) throw new LostRace()
    return row
  })
  tellScreening(ctx, 'screening.updated', row)
  return toScreening(row)
}

function tellScreening(
  ctx: TxCtx,
  type: 'screening.recorded' | 'screening.updated',
  { id, kind }: ScreeningRow,
) {
  // Neither result nor decision: they are the mentor's affair, and an event only says that there is something to read.
  ctx.emit({ type, subjectType: 'screening', subjectId: id, codes: { kind } })
  ctx.touch({ subjectType: 'screening', subjectId: id })
}

export const recordCredential = action({
  id: 'credentials.record',
  scope: 'mentors:write',
  input: NewCredential,
  run: async (ctx, { id: mentorId, jurisdiction = null, number = null, expiresOn = null, ...input }) => {
    refuseFuture(ctx, { issuedOn: input.issuedOn, verifiedOn: input.verifiedOn })
    const { networkId, organizationId, now } = ctx
    const row: CredentialRow = {
      ...input,
      networkId,
      id: newId(now),
      organizationId,
      mentorId,
      jurisdiction,
      number,
      expiresOn,
      verifiedBy: input.verifiedBy ?? null,
      verifiedOn: input.verifiedOn ?? null,
      status: 'active',
      version: 1,
      createdAt: now,
      updatedAt: now,
    }
    await changePapers(ctx, { mentorId }, async (key) => {
      if (await overlapping(ctx, row))
        throw new AppError(
          'credential_overlaps',
          'The mentor has an active credential of this code and jurisdiction that holds on some of these days.',
        )
      ctx.write(insertRows(mentorCredentials, sealedCredentials.row(key, row)))
    })
    tellCredential(ctx, 'credential.recorded', row)
    return toCredential(row)
  },
})

export const verifyCredential = action({
  id: 'credentials.verify',
  scope: 'mentors:write',
  input: VerifyCredential,
  run: async (ctx, { id, ...input }) => {
    refuseFuture(ctx, { verifiedOn: input.verifiedOn })
    const found = await findCredential(ctx, id)
    checkVersion(ctx, found.version)
    if (found.status !== 'active') throw notFrom(found, 'verified')
    return changeCredential(ctx, found, input)
  },
})

/** Taken back by its issuer, or no longer accepted. Saying it twice changes nothing. */
export const revokeCredential = action({
  id: 'credentials.revoke',
  scope: 'mentors:write',
  input: ById,
  run: async (ctx, { id }) => {
    const found = await findCredential(ctx, id)
    checkVersion(ctx, found.version)
    if (found.status === 'entered_in_error') throw notFrom(found, 'revoked')
    return found.status === 'revoked'
      ? toCredential(found)
      : changeCredential(ctx, found, { status: 'revoked' })
  },
})

/** Saying it twice changes nothing. */
export const enterCredentialInError = action({
  id: 'credentials.enterInError',
  scope: 'mentors:write',
  input: ById,
  run: async (ctx, { id }) => {
    const found = await findCredential(ctx, id)
    checkVersion(ctx, found.version)
    return found.status === 'entered_in_error'
      ? toCredential(found)
      : changeCredential(ctx, found, { status: 'entered_in_error' })
  },
})

const notFrom = ({ status }: CredentialRow, become: string) =>
  new AppError('transition_not_allowed', `A credential that is ${status} cannot be ${become}.`)

async function changeCredential(ctx: TxCtx, found: CredentialRow, changes: Partial<CredentialRow>) {
  const { id, mentorId, version } = found
  const row = await changePapers(ctx, { mentorId }, async () => {
    const changed = await ctx.db
      .update(mentorCredentials)
      .set({ ...sealedCredentials.changes(found, changes), version: version + 1, updatedAt: ctx.now })
      .where(
        and(
          eq(mentorCredentials.networkId, ctx.networkId),
          eq(mentorCredentials.id, id),
          eq(mentorCredentials.version, version),
        ),
      )
      .returning(sealedCredentials.columns)
    const [row] = await sealedCredentials.open(ctx, changed)
    if (!row) throw new LostRace()
    return row
  })
  tellCredential(ctx, 'credential.updated', row)
  return toCredential(row)
}

function tellCredential(
  ctx: TxCtx,
  type: 'credential.recorded' | 'credential.updated',
  { id, code, status, verification }: CredentialRow,
) {
  ctx.emit({ type, subjectType: 'credential', subjectId: id, codes: { code, status, verification } })
  ctx.touch({ subjectType: 'credential', subjectId: id })
}
