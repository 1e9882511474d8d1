import { command, create, item, list, type Route } from '../../rest/route.ts'
import { pageOf } from '../../rest/shapes.ts'
import { Agreement } from './contract.ts'
import { createAgreement, getAgreement, listAgreements, terminateAgreement } from './service.ts'

const tag = 'Agreements'

export const agreementRoutes: readonly Route[] = [
  list('/agreements', listAgreements, {
    tag,
    summary: 'Agreements of your organization with others, newest first',
    answer: pageOf(Agreement),
  }),
  create('/agreements', createAgreement, {
    tag,
    summary: 'Put an agreement on file',
    description:
      'It decides what another organization is to yours: without one, every other organization is a recipient who needs a consent.',
    answer: Agreement,
    example: {
      request: {
        kind: 'qsoa',
        counterpartyOrganizationId: '01938f3e-7c00-7aaa-8bbb-0123456789ac',
        justification: 'Sample: population health management for the program, under its direction.',
        signedOn: '2026-11-01',
      },
    },
  }),
  item('/agreements/{id}', getAgreement, { tag, summary: 'Get an agreement', answer: Agreement }),
  command('/agreements/{id}/terminate', terminateAgreement, {
    tag,
    summary: 'Terminate an agreement',
    description: 'At once. Open referrals that rested on it alone are cancelled.',
    answer: Agreement,
    refusals: ['transition_not_allowed'],
  }),
]
