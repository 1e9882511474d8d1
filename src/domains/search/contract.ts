import { z } from 'zod'
import { Id } from '../../core/id.ts'
import { Text } from '../../core/primitives.ts'

export const searchTypes = ['organization', 'program', 'mentor', 'patient', 'referral'] as const
export type SearchType = (typeof searchTypes)[number]

const typesPattern = new RegExp(`^(${searchTypes.join('|')})(,(${searchTypes.join('|')}))*$`)

/** A search box shows a screenful; whoever wants more lists. */
const hitsMax = 50

export const SearchFilter = z.strictObject({
  text: Text(200)
    .min(2)
    .describe(
      'The beginning of a word of a name, or a whole number: an identifier of a patient (with its system before it, `system|value`, or alone), the `placerId` of a referral. Names of patients are sealed and cannot be searched.',
    )
    .meta({ example: 'peer' }),
  types: z
    .string()
    .max(100)
    .regex(typesPattern, `Expected some of ${searchTypes.join(', ')}, separated by commas`)
    .optional()
    .describe(
      `Some of \`${searchTypes.join('`, `')}\`, separated by commas; left out, all that your scopes read.`,
    )
    .meta({ example: 'organization,program' }),
  limit: z.coerce.number().int().min(1).max(hitsMax).default(10).meta({
    type: 'integer',
    minimum: 1,
    maximum: hitsMax,
    description: 'How many of each type at most.',
    example: 10,
  }),
})

export const SearchHit = z
  .object({
    type: z.enum(searchTypes),
    id: Id,
    organizationId: Id.describe('Whose it is.'),
    label: z.string().describe('The name, or the number by which it was found.'),
  })
  .meta({ id: 'SearchHit' })
export type SearchHit = z.output<typeof SearchHit>

export const SearchResult = z
  .object({
    data: z.array(SearchHit).max(hitsMax * searchTypes.length),
    truncated: z.boolean().describe('There is more of at least one type: write more of the text.'),
  })
  .meta({ id: 'SearchResult' })
export type SearchResult = z.output<typeof SearchResult>
