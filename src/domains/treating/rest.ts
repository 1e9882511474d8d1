import { add, command, list, type Route } from '../../rest/route.ts'
import { pageOf } from '../../rest/shapes.ts'
import { TreatingRelationship } from './contract.ts'
import { createTreatingRelationship, endTreatingRelationship, listTreatingRelationships } from './service.ts'

const tag = 'Consents'

export const treatingRoutes: readonly Route[] = [
  list('/patients/{id}/treating-relationships', listTreatingRelationships, {
    tag,
    summary: 'Who treats a patient, newest first',
    answer: pageOf(TreatingRelationship),
  }),
  add('/patients/{id}/treating-relationships', createTreatingRelationship, {
    tag,
    summary: 'Say that an organization treats a patient',
    description:
      'A consent with a general designation ("my treating providers") covers it from that moment on, and no longer than it lasts.',
    answer: TreatingRelationship,
    refusals: ['natural_key_taken'],
    example: { request: { treatingOrganizationId: '01938f3e-7c00-7aaa-8bbb-0123456789ac' } },
  }),
  command('/treating-relationships/{id}/end', endTreatingRelationship, {
    tag,
    summary: 'Say that an organization no longer treats a patient',
    answer: TreatingRelationship,
    refusals: ['transition_not_allowed'],
  }),
]
