import { command, item, list, type Route } from '../../rest/route.ts'
import { pageOf } from '../../rest/shapes.ts'
import { Offer } from './contract.ts'
import { acceptOffer, createOffer, declineOffer, getOffer, listOffers } from './service.ts'

const tag = 'Offers'

export const offerRoutes: readonly Route[] = [
  list('/referrals/{id}/offers', listOffers, {
    tag,
    summary: 'The offers of a referral, newest first',
    answer: pageOf(Offer),
  }),
  command('/referrals/{id}/offers', createOffer, {
    tag,
    summary: 'Offer a referral to a mentor',
    description:
      'By the receiving organization. One offer waits at a time; it expires, and silence makes room for the next.',
    answer: Offer,
    status: 201,
    locate: ({ id }) => `/v1/offers/${id}`,
    refusals: [
      'transition_not_allowed',
      'offer_already_open',
      'already_accompanied',
      'mentor_not_available',
      'capacity_full',
    ],
    example: { request: { mentorId: '01938f3e-7c00-7aaa-8bbb-0123456789ab' } },
  }),
  item('/offers/{id}', getOffer, { tag, summary: 'Get an offer', answer: Offer }),
  command('/offers/{id}/accept', acceptOffer, {
    tag,
    summary: 'Accept an offer: the mentorship starts',
    answer: Offer,
    refusals: [
      'transition_not_allowed',
      'offer_not_open',
      'already_accompanied',
      'mentor_not_available',
      'capacity_full',
    ],
  }),
  command('/offers/{id}/decline', declineOffer, {
    tag,
    summary: 'Decline an offer',
    description: 'No reason is demanded. The referral waits for the next match.',
    answer: Offer,
    refusals: ['offer_not_open'],
  }),
]
