import type { Graph } from '../../graphql/graph.ts'
import { choosers, offerStatuses } from './contract.ts'
import { getOffers, offersOfMentors, offersOfReferrals } from './many.ts'
import { acceptOffer, createOffer, declineOffer, getOffer, listOffers, listOwnOffers } from './service.ts'
import { chooseMentor, getShortlist, makeShortlist } from './shortlist.ts'

export const offerGraph: Graph = {
  entities: { Offer: { many: getOffers } },
  queries: { offer: getOffer, offers: listOwnOffers },
  mutations: { createOffer, acceptOffer, declineOffer, createShortlist: makeShortlist, chooseMentor },
  fields: {
    Referral: {
      offers: { action: listOffers, each: offersOfReferrals },
      shortlist: { action: getShortlist, cost: 50 },
    },
    Mentor: { offers: { action: listOwnOffers, each: offersOfMentors, by: 'mentorId' } },
  },
  subscriptions: {
    offerChanged: {
      description: 'An offer was made, accepted, declined or withdrawn, or its time was up.',
      types: 'offer.*',
      shows: { member: 'offer', contract: 'Offer', many: getOffers },
    },
  },
  enums: {
    OfferStatus: offerStatuses,
    OfferChooser: choosers,
  },
}
