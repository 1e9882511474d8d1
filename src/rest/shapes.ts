import { z } from 'zod'

/** A page of a list. `nextCursor` null is the only end signal: a page may hold fewer than `limit`. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({
    data: z.array(item),
    nextCursor: z
      .string()
      .nullable()
      .describe('Send it back as `cursor`, with the same filters. Null on the last page.'),
  })
