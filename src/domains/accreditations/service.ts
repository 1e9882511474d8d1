import { and, desc, eq, lt } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { AppError, notFound } from '../../core/errors.ts'
import { newId } from '../../core/id.ts'
import { pageById } from '../../core/page.ts'
import { checkVersion } from '../../core/version.ts'
import { toInstant } from '../../core/wire.ts'
import { insertRows } from '../../db/insert.ts'
import { only } from '../../db/rows.ts'
import { LostRace } from '../../db/transaction.ts'
import { type Accreditation, AccreditationFilter, ById, NewAccreditation } from './contract.ts'
import { type AccreditationRow, findAccreditation, lockOrganization, overlapping } from './store.ts'
import { accreditations } from './table.ts'

const toAccreditation = ({ networkId: _, ...row }: AccreditationRow): Accreditation => ({
  ...row,
  createdAt: toInstant(row.createdAt),
  updatedAt: toInstant(row.updatedAt),
})

export const recordAccreditation = action({
  id: 'accreditations.record',
  scope: 'recognition:write',
  input: NewAccreditation,
  run: async (ctx, { level = null, untilOn = null, documentSha256 = null, ...said }) => {
    const { networkId, organizationId, now } = ctx
    const row: AccreditationRow = {
      ...said,
      networkId,
      id: newId(now),
      organizationId,
      level,
      untilOn,
      documentSha256,
      status: 'recorded',
      version: 1,
      createdAt: now,
      updatedAt: now,
    }
    await lockOrganization(ctx, organizationId)
    if (await overlapping(ctx, row))
      throw new AppError(
        'accreditation_overlaps',
        'Your organization has an accreditation of this code and issuer that holds on some of these days.',
      )
    ctx.write(insertRows(accreditations, row))
    tell(ctx, 'accreditation.recorded', row)
    return toAccreditation(row)
  },
})

/** By the network's office, which has seen the document. Saying it twice changes nothing. */
export const confirmAccreditation = action({
  id: 'accreditations.confirm',
  scope: 'network:write',
  input: ById,
  run: (ctx, { id }) =>
    ctx.acrossOrganizations(async () => {
      const found = await findAccreditation(ctx, id)
      checkVersion(ctx, found.version)
      if (found.organizationId === ctx.organizationId)
        throw new AppError('review_by_another', 'An organization does not confirm what it recorded itself.')
      if (found.status === 'confirmed') return toAccreditation(found)
      if (found.status === 'withdrawn')
        throw new AppError('transition_not_allowed', 'The accreditation was withdrawn.')
      // What is confirmed is one document: without its hash, nobody could tell it from another.
      if (found.documentSha256 === null)
        throw new AppError('document_hash_required', 'It was recorded without the hash of its document.')
      return change(ctx, found, 'confirmed')
    }),
})

/** By the organization itself. What rests on it is looked at again when its turn comes. */
export const withdrawAccreditation = action({
  id: 'accreditations.withdraw',
  scope: 'recognition:write',
  input: ById,
  run: async (ctx, { id }) => {
    const found = await findAccreditation(ctx, id)
    if (found.organizationId !== ctx.organizationId) throw notFound('accreditation')
    checkVersion(ctx, found.version)
    return found.status === 'withdrawn' ? toAccreditation(found) : change(ctx, found, 'withdrawn')
  },
})

async function change(ctx: TxCtx, found: AccreditationRow, status: 'confirmed' | 'withdrawn') {
  const changed = await ctx.db
    .update(accreditations)
    .set({ status, version: found.version + 1, updatedAt: ctx.now })
    .where(
      and(
        eq(accreditations.networkId, ctx.networkId),
        eq(accreditations.id, found.id),
        eq(accreditations.version, found.version),
      ),
    )
    .returning()
  if (changed.length === 0) throw new LostRace()
  const row = only(changed)
  tell(ctx, `accreditation.${status}`, row)
  return toAccreditation(row)
}

function tell(
  ctx: TxCtx,
  type: `accreditation.${'recorded' | 'confirmed' | 'withdrawn'}`,
  { id, organizationId, code }: AccreditationRow,
) {
  ctx.emit({
    type,
    subjectType: 'accreditation',
    subjectId: id,
    organizationId,
    networkWide: true,
    codes: { code },
  })
  ctx.touch({ subjectType: 'accreditation', subjectId: id })
}

export const getAccreditation = action({
  id: 'accreditations.get',
  scope: 'recognition:read',
  input: ById,
  run: async (ctx, { id }) => toAccreditation(await findAccreditation(ctx, id)),
})

export const listAccreditations = action({
  id: 'accreditations.list',
  scope: 'recognition:read',
  input: AccreditationFilter,
  run: async (ctx, { limit, cursor, ...filters }) => {
    const page = await pageById(ctx, { list: 'accreditations', filters, limit, cursor }, (after, rows) =>
      ctx.db
        .select()
        .from(accreditations)
        .where(
          and(
            eq(accreditations.networkId, ctx.networkId),
            after ? lt(accreditations.id, after) : undefined,
            filters.organizationId ? eq(accreditations.organizationId, filters.organizationId) : undefined,
          ),
        )
        .orderBy(desc(accreditations.id))
        .limit(rows),
    )
    return { data: page.rows.map(toAccreditation), nextCursor: page.nextCursor }
  },
})
