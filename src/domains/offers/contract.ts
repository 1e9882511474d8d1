import { z } from 'zod'
import { Id } from '../../core/id.ts'
import { PageArgs } from '../../core/page.ts'
import { Instant, Text } from '../../core/primitives.ts'

export const offerStatuses = ['pending', 'accepted', 'declined', 'expired', 'withdrawn'] as const

export const Offer = z
  .object({
    id: Id,
    organizationId: Id,
    referralId: Id,
    mentorId: Id,
    status: z.enum(offerStatuses).describe('`expired` is computed at the moment of the request.'),
    declineReason: z.string().nullable(),
    expiresAt: Instant,
    answeredAt: Instant.nullable(),
    mentorshipId: Id.nullable().describe('The mentorship that its acceptance started.'),
    version: z.int32(),
    createdAt: Instant,
    updatedAt: Instant,
  })
  .meta({
    id: 'Offer',
    description: 'A referral put before one mentor, who accepts or declines before it expires.',
  })
export type Offer = z.output<typeof Offer>

export const NewOffer = z.strictObject({
  id: Id,
  mentorId: Id.describe('An active mentor of your organization with room.'),
})
export const AcceptOffer = z.strictObject({ id: Id })
export const DeclineOffer = z.strictObject({
  id: Id,
  reason: Text(500).optional().describe('A mentor need give none.'),
})
export const OfferFilter = z.strictObject({ ...PageArgs.shape, id: Id })
