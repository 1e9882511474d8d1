import { createHash, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import type { Ctx } from './context.ts'
import { AppError } from './errors.ts'

const limitDefault = 20
const limitMax = 100
const macBytes = 16

/** Larger limits are coerced to the maximum, as AIP-158 has it; zero and less are refused. */
export const PageArgs = z.strictObject({
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .transform((limit) => Math.min(limit, limitMax))
    .default(limitDefault)
    .meta({
      type: 'integer',
      minimum: 1,
      description: `Items a page; above ${limitMax} counts as ${limitMax}.`,
      example: 20,
    }),
  cursor: z.string().min(1).max(1000).optional().describe('`nextCursor` of the page before, unchanged.'),
})

export interface Page<Item> {
  readonly data: Item[]
  /** Null on the last page: the only end signal. */
  readonly nextCursor: string | null
}

/** Where a page ends: the sort keys of its last row. */
export type Position = readonly string[]

/**
 * A cursor is opaque to clients and bound to its list, filters and caller by a keyed hash: changed filters
 * or another caller make it invalid rather than silently wrong.
 */
function bindingOf(ctx: Ctx, list: string, filters: unknown) {
  const digest = createHash('sha256').update(JSON.stringify(filters)).digest('base64url')
  return `${list}|${ctx.networkId}|${ctx.organizationId}|${digest}`
}

function macOf(ctx: Ctx, binding: string, position: string) {
  return ctx.keyring.mac('cursor', `${binding}|${position}`).subarray(0, macBytes)
}

export function sealCursor(ctx: Ctx, list: string, filters: unknown, position: Position): string {
  const body = JSON.stringify(position)
  return Buffer.concat([macOf(ctx, bindingOf(ctx, list, filters), body), Buffer.from(body)]).toString(
    'base64url',
  )
}

export function openCursor(ctx: Ctx, list: string, filters: unknown, cursor?: string): Position | undefined {
  if (cursor === undefined) return undefined
  const bytes = Buffer.from(cursor, 'base64url')
  const mac = bytes.subarray(0, macBytes)
  const body = bytes.subarray(macBytes).toString('utf8')
  const expected = macOf(ctx, bindingOf(ctx, list, filters), body)
  if (mac.length !== macBytes || !timingSafeEqual(mac, expected)) {
    throw new AppError(
      'invalid_cursor',
      'Use nextCursor unchanged and with the same filters, or start again without it.',
    )
  }
  return z.array(z.string()).parse(JSON.parse(body))
}

/** Cuts `limit + 1` rows to a page: the extra row only tells that there is a next one. */
export function cutPage<Row>(
  rows: readonly Row[],
  limit: number,
  seal: (last: Row) => string,
): { readonly rows: Row[]; readonly nextCursor: string | null } {
  const kept = rows.slice(0, limit)
  const last = kept.at(-1)
  return { rows: kept, nextCursor: rows.length > limit && last ? seal(last) : null }
}

/** A page by id: `read` gets where to go on from and how many rows to bring, one more than the page shows. */
export async function pageById<Row extends { readonly id: string }>(
  ctx: Ctx,
  {
    list,
    filters,
    limit,
    cursor,
  }: { list: string; filters: unknown; limit: number; cursor?: string | undefined },
  read: (after: string | undefined, rows: number) => PromiseLike<readonly Row[]>,
): Promise<{ readonly rows: Row[]; readonly nextCursor: string | null }> {
  const [after] = openCursor(ctx, list, filters, cursor) ?? []
  return cutPage(await read(after, limit + 1), limit, ({ id }) => sealCursor(ctx, list, filters, [id]))
}
