import { add, command, item, list, type Route, view } from '../../rest/route.ts'
import { pageOf } from '../../rest/shapes.ts'
import { Offer, Shortlist } from './contract.ts'
import { acceptOffer, createOffer, declineOffer, getOffer, listOffers, listOwnOffers } from './service.ts'
import { chooseMentor, getShortlist, makeShortlist } from './shortlist.ts'

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
      'By the receiving organization: to a mentor of its choice, or `auto` to the best candidate, and after a decline or silence to the next. One offer waits at a time; it expires. A mentor who does not fit is offered only with a reason, and never past a conflict of interest.',
    answer: Offer,
    status: 201,
    locate: ({ id }) => `/v1/offers/${id}`,
    refusals: [
      'transition_not_allowed',
      'offer_already_open',
      'already_accompanied',
      'mentor_not_available',
      'no_mentor_available',
      'conflict_of_interest',
      'match_excluded',
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
      'conflict_of_interest',
      'capacity_full',
    ],
  }),
  command('/offers/{id}/decline', declineOffer, {
    tag,
    summary: 'Decline an offer',
    description:
      'No reason is demanded. After an automatic offer the next candidate is asked; else the coordinator has a clock.',
    answer: Offer,
    refusals: ['offer_not_open'],
  }),
  list('/offers', listOwnOffers, {
    tag,
    summary: 'Offers of your organization, newest first',
    description: 'With a mentor’s portal token: their own.',
    answer: pageOf(Offer),
  }),
  view('/referrals/{id}/shortlist', getShortlist, {
    tag,
    summary: 'The mentors among whom the person chooses',
    description: 'With the person’s portal token each mentor as they released themselves to patients.',
    answer: Shortlist,
  }),
  add('/referrals/{id}/shortlist', makeShortlist, {
    tag,
    summary: 'Put up to three mentors before the person',
    answer: Shortlist,
    status: 201,
    refusals: [
      'transition_not_allowed',
      'mentor_not_available',
      'conflict_of_interest',
      'match_excluded',
      'capacity_full',
    ],
    example: { request: { mentorIds: ['01938f3e-7c00-7aaa-8bbb-0123456789ab'] } },
  }),
  add('/referrals/{id}/choice', chooseMentor, {
    tag,
    summary: 'The person chooses one of the shortlist',
    description: 'By the person’s portal token, or passed on by a coordinator. It makes the offer.',
    answer: Offer,
    status: 201,
    locate: ({ id }) => `/v1/offers/${id}`,
    refusals: [
      'transition_not_allowed',
      'offer_already_open',
      'already_accompanied',
      'mentor_not_available',
      'conflict_of_interest',
      'match_excluded',
      'capacity_full',
    ],
    example: { request: { mentorId: '01938f3e-7c00-7aaa-8bbb-0123456789ab' } },
  }),
]
