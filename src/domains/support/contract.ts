import { z } from 'zod'
import { Id } from '../../core/id.ts'
import { PageArgs } from '../../core/page.ts'
import { CalendarDate, Instant, Text } from '../../core/primitives.ts'

export const needKinds = ['funding', 'volunteers', 'training', 'space'] as const
export const needStatuses = ['open', 'met', 'withdrawn'] as const

const fields = {
  kind: z.enum(needKinds),
  description: Text(1000)
    .describe('What is needed and for what. Nobody who is accompanied is named or described here.')
    .meta({ example: 'Sample: a room for a group of twelve, on Thursday evenings.' }),
  quantity: Text(100).describe('How much of it, in words.').meta({ example: '1 room' }),
  untilOn: CalendarDate.describe('The last day on which it is of use.'),
  public: z.boolean().describe('Whether the public directory shows it, while it is open.'),
}

export const OrganizationNeed = z
  .object({
    id: Id,
    organizationId: Id,
    ...fields,
    description: z.string(),
    quantity: z.string().nullable(),
    untilOn: CalendarDate.nullable(),
    status: z.enum(needStatuses),
    version: z.int32(),
    createdAt: Instant,
    updatedAt: Instant,
  })
  .meta({ id: 'OrganizationNeed', description: 'What an organization needs to go on.' })
export type OrganizationNeed = z.output<typeof OrganizationNeed>

export const NewOrganizationNeed = z.strictObject({
  id: Id.describe('Your own organization.'),
  ...fields,
  quantity: fields.quantity.optional(),
  untilOn: fields.untilOn.optional(),
  public: fields.public.default(false),
})

export const OrganizationNeedChanges = z.strictObject({
  id: Id,
  description: fields.description.optional(),
  quantity: fields.quantity.nullable().optional(),
  untilOn: fields.untilOn.nullable().optional(),
  public: fields.public.optional(),
  status: z.enum(needStatuses).optional(),
})

export const NeedFilter = z.strictObject({
  id: Id.describe('The organization.'),
  ...PageArgs.shape,
  status: z.enum(needStatuses).optional(),
})
