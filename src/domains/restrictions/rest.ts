import { add, command, item, list, type Route } from '../../rest/route.ts'
import { pageOf } from '../../rest/shapes.ts'
import { Restriction } from './contract.ts'
import {
  createRestriction,
  decideRestriction,
  endRestriction,
  getRestriction,
  listRestrictions,
} from './service.ts'

const tag = 'Restrictions'
const refusals = ['transition_not_allowed'] as const

export const restrictionRoutes: readonly Route[] = [
  list('/patients/{id}/restrictions', listRestrictions, {
    tag,
    summary: 'What a patient has ruled out, newest first',
    answer: pageOf(Restriction),
  }),
  add('/patients/{id}/restrictions', createRestriction, {
    tag,
    summary: 'Write down what a patient rules out',
    description:
      'An agreed restriction binds at once and before any consent: the recipient’s next read leaves the classes out or answers 404, open referrals that nothing covers any more are cancelled, and a mentor whom the person does not want is replaced.',
    answer: Restriction,
    refusals: ['record_erased'],
    example: {
      request: {
        dataClasses: ['contact_summary'],
        text: 'Nobody but my mentor shall know how often we talk.',
      },
    },
  }),
  item('/restrictions/{id}', getRestriction, { tag, summary: 'Get a restriction', answer: Restriction }),
  command('/restrictions/{id}/decide', decideRestriction, {
    tag,
    summary: 'Agree to a requested restriction, or deny it',
    answer: Restriction,
    refusals,
    example: { request: { outcome: 'agreed' } },
  }),
  command('/restrictions/{id}/end', endRestriction, {
    tag,
    summary: 'End a restriction',
    answer: Restriction,
    refusals,
    example: { request: { basis: 'patient_request' } },
  }),
]
