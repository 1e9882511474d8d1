import type { Ctx } from './context.ts'
import type { Each } from './many.ts'
import { cutPage, type Page, sealCursor } from './page.ts'

interface Cut<Row, Item> {
  readonly ids: readonly string[]
  readonly limit: number
  /** The list that goes on where a first page ends, and what it is filtered by for one parent. */
  readonly list: string
  readonly filters: (id: string) => unknown
  readonly rowsOf: (id: string) => readonly Row[]
  readonly show: (row: NoInfer<Row>) => Item
}

/** The first page of each of many, with the cursor that the list of one goes on from. */
export function firstPages<Row extends { readonly id: string }, Item>(
  ctx: Ctx,
  { ids, limit, list, filters, rowsOf, show }: Cut<Row, Item>,
): Each<Page<Item>>[] {
  return ids.map((id) => {
    const page = cutPage(rowsOf(id), limit, (last) => sealCursor(ctx, list, filters(id), [last.id]))
    return { id, answer: { data: page.rows.map(show), nextCursor: page.nextCursor } }
  })
}
