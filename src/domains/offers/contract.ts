import { z } from 'zod'
import { Id } from '../../core/id.ts'
import { PageArgs } from '../../core/page.ts'
import { evenWhenMalformed, fault, Instant, Text } from '../../core/primitives.ts'
import { DataClass } from '../consents/codes.ts'
import { Disclosure } from '../disclosures/contract.ts'
import { constraints } from '../matching/constraints.ts'
import { Candidate } from '../matching/contract.ts'

export const offerStatuses = ['pending', 'accepted', 'declined', 'expired', 'withdrawn'] as const
export const choosers = ['coordinator', 'patient', 'automatic', 'matching_run'] as const

export const Offer = z
  .object({
    id: Id,
    organizationId: Id,
    referralId: Id,
    mentorId: Id,
    status: z.enum(offerStatuses).describe('`expired` is computed at the moment of the request.'),
    chosenBy: z
      .enum(choosers)
      .describe('After an `automatic` offer is declined or passes, the next candidate is asked.'),
    overridden: z
      .array(z.enum(constraints))
      .describe('Constraints that a coordinator set aside, with a reason.'),
    overrideReason: z.string().nullable(),
    handsOverId: Id.nullable().describe('The mentorship that its acceptance takes over from.'),
    score: z.number().nullable().describe('Of the pair when it was offered, 0 to 1.'),
    ruleSet: z.string().nullable(),
    declineReason: z.string().nullable(),
    expiresAt: Instant,
    answeredAt: Instant.nullable(),
    mentorshipId: Id.nullable().describe('The mentorship that its acceptance started.'),
    version: z.int32(),
    createdAt: Instant,
    updatedAt: Instant,
    disclosure: Disclosure.optional().describe('Where a person chose by a portal of their clinic.'),
  })
  .meta({
    id: 'Offer',
    description: 'A referral put before one mentor, who accepts or declines before it expires.',
  })
export type Offer = z.output<typeof Offer>

export const NewOffer = z
  .strictObject({
    id: Id,
    mentorId: Id.optional().describe('An active mentor of your organization with room.'),
    auto: z
      .literal(true)
      .optional()
      .describe('Instead of mentorId: the best candidate, and after a decline or silence the next.'),
    overrideReason: Text(500)
      .optional()
      .describe('Why a mentor is asked who does not fit. Never past a conflict of interest, papers or room.'),
    handOver: z
      .boolean()
      .optional()
      .describe(
        'A warm handover: the person has a mentor, whose mentorship ends when this offer is accepted.',
      ),
  })
  .check(
    evenWhenMalformed((payload) => {
      const body: unknown = payload.value
      if (body === null || typeof body !== 'object' || Array.isArray(body)) return
      const { mentorId, auto } = body as Record<string, unknown>
      if ((mentorId === undefined) === (auto === undefined))
        payload.issues.push({
          ...fault(
            mentorId === undefined ? 'required' : 'conflicting_members',
            ['mentorId'],
            'Name a mentor, or say auto; one of the two.',
          ),
          input: undefined,
        })
    }),
  )
export const AcceptOffer = z.strictObject({ id: Id })
export const DeclineOffer = z.strictObject({
  id: Id,
  reason: Text(500).optional().describe('A mentor need give none.'),
})
export const OfferFilter = z.strictObject({ ...PageArgs.shape, id: Id })
export const OwnOfferFilter = z.strictObject({
  ...PageArgs.shape,
  status: z.enum(offerStatuses).optional(),
  mentorId: Id.optional(),
})

/** More would be a catalogue of people, not a choice. */
const shortlistMax = 3

export const NewShortlist = z.strictObject({
  id: Id,
  mentorIds: z
    .array(Id)
    .min(1)
    .max(shortlistMax)
    .refine((ids) => new Set(ids).size === ids.length, {
      error: 'A mentor is named once',
      params: { code: 'duplicate' },
    }),
})

export const Shortlist = z
  .object({
    id: Id,
    referralId: Id,
    data: z
      .array(Candidate)
      .describe(
        'To the person each mentor as they released themselves to patients. Who can no longer take anybody is left out.',
      ),
    chosenMentorId: Id.nullable(),
    chosenAt: Instant.nullable(),
    version: z.int32(),
    createdAt: Instant,
    updatedAt: Instant,
    redacted: z.array(DataClass).optional(),
    disclosure: Disclosure.optional(),
  })
  .meta({ id: 'Shortlist', description: 'Up to three mentors, among whom the person chooses.' })
export type Shortlist = z.output<typeof Shortlist>

export const ChooseMentor = z.strictObject({ id: Id, mentorId: Id.describe('One of the shortlist.') })
