import { and, asc, desc, eq, gt, gte, inArray, lt, or, type SQL, sql } from 'drizzle-orm'
import { unionAll } from 'drizzle-orm/pg-core'
import type { z } from 'zod'
import type { TxCtx } from '../../core/context.ts'
import type { Tx } from '../../db/client.ts'
import { onceForEach, unseen } from '../../db/once.ts'
import type { ReferralFilter } from './contract.ts'
import { openShown, type StoredShown, selectShown } from './shown.ts'
import { referrals } from './table.ts'

type Filters = Omit<z.output<typeof ReferralFilter>, 'limit' | 'cursor'>

const filterNames = ['status', 'placerId', 'patientId', 'programId', 'consentId', 'modifiedSince'] as const

const typeOf = {
  status: 'text',
  placerId: 'text',
  patientId: 'uuid',
  programId: 'uuid',
  consentId: 'uuid',
} as const

/** Which filters are given, whether the page is the first, and how long it is: one statement for each, built once. */
type Shape = `${string}|${'first' | 'after'}|${number}`

const pages = onceForEach<Shape, Record<string, unknown>, StoredShown>((db, shape) => {
  const given = new Set(shape.split(/[,|]/))
  const rows = sql.raw(shape.slice(shape.lastIndexOf('|') + 1)) as unknown as number
  const order = given.has('modifiedSince')
    ? [asc(referrals.updatedAt), asc(referrals.id)]
    : [desc(referrals.id)]
  return selectShown(
    db,
    and(
      eq(referrals.networkId, sql.placeholder('networkId')),
      inArray(referrals.id, idsOfPage(db, given, order, rows)),
    ),
  )
    .orderBy(...order)
    .limit(rows)
})

/** The referrals of the caller's organization, sent or received: newest first, or by change where that is asked for. */
export async function readPage(
  ctx: TxCtx,
  filters: Filters,
  after: readonly string[] | undefined,
  rows: number,
) {
  const names = filterNames.filter((name) => filters[name] !== undefined)
  const page = pages(`${names.join()}|${after ? 'after' : 'first'}|${rows}`)
  const [first, id] = after ?? []
  const stored = await page(ctx, {
    ...filters,
    organizationId: ctx.organizationId,
    first,
    id,
  })
  return openShown(ctx, stored)
}

/**
 * The ids of a page. What an organization sent and what it received are two lists, each with an index that
 * leads with that organization: each is cut to the page before they are merged, so that the cost is that of
 * the page whatever the size of the network, and whatever is asked for.
 */
function idsOfPage(db: Tx, given: ReadonlySet<string>, order: readonly SQL[], rows: number) {
  const is = (name: keyof typeof typeOf) =>
    given.has(name) ? eq(referrals[name], unseen(name, typeOf[name])) : undefined
  const byChange = given.has('modifiedSince')
  const wanted = and(
    eq(referrals.networkId, sql.placeholder('networkId')),
    is('status'),
    is('placerId'),
    is('patientId'),
    is('programId'),
    is('consentId'),
    byChange ? gte(referrals.updatedAt, sql.placeholder('modifiedSince')) : undefined,
    given.has('after') ? comesAfter(byChange) : undefined,
  )
  const side = (own: SQL) =>
    db
      .select({ id: referrals.id })
      .from(referrals)
      .where(and(own, wanted))
      .orderBy(...order)
      .limit(rows)
  const organizationId = unseen('organizationId')
  return unionAll(
    side(eq(referrals.organizationId, organizationId)),
    side(eq(referrals.receivingOrganizationId, organizationId)),
  )
}

function comesAfter(byChange: boolean) {
  if (!byChange) return lt(referrals.id, sql.placeholder('first'))
  const at = sql.placeholder('first')
  return or(
    gt(referrals.updatedAt, at),
    and(eq(referrals.updatedAt, at), gt(referrals.id, sql.placeholder('id'))),
  )
}
