import { command, create, item, list, patch, type Route } from '../../rest/route.ts'
import { pageOf } from '../../rest/shapes.ts'
import { Withdrawal } from '../stories/contract.ts'
import {
  consentToBlueprint,
  publishBlueprint,
  returnBlueprint,
  submitBlueprint,
  withdrawBlueprint,
} from './commands.ts'
import { Blueprint, BlueprintVersion } from './contract.ts'
import {
  createBlueprint,
  getBlueprint,
  listBlueprints,
  listBlueprintVersions,
  updateBlueprint,
} from './service.ts'

const tag = 'Blueprints'
const refusals = ['transition_not_allowed'] as const

export const blueprintRoutes: readonly Route[] = [
  list('/blueprints', listBlueprints, {
    tag,
    summary: 'The blueprints of your organization, its programs and its mentors, newest first',
    answer: pageOf(Blueprint),
  }),
  create('/blueprints', createBlueprint, {
    tag,
    summary: 'Write down a way in steps',
    description:
      'A mentor’s own, which is consented to and reviewed as a story is, a program’s, or the organization’s.',
    answer: Blueprint,
    refusals: ['not_found'],
    example: {
      request: {
        title: 'The first ninety days',
        summary: 'Sample: small steps, and nobody walks them alone.',
        steps: [
          { key: 'first_meeting', what: 'Sample: go to one meeting.', domain: 'community', with: ['mentor'] },
          {
            key: 'own_week',
            what: 'Sample: plan one week.',
            why: 'Sample: empty evenings are long.',
            domain: 'purpose',
            startDay: 14,
            after: ['first_meeting'],
          },
        ],
      },
    },
  }),
  item('/blueprints/{id}', getBlueprint, { tag, summary: 'Get a blueprint', answer: Blueprint }),
  patch('/blueprints/{id}', updateBlueprint, {
    tag,
    summary: 'Change a blueprint',
    description:
      'A published version stays; the change begins the next. What people have adopted stays theirs.',
    answer: Blueprint,
    refusals,
    example: { request: { title: 'The first hundred days' } },
  }),
  list('/blueprints/{id}/versions', listBlueprintVersions, {
    tag,
    summary: 'The versions of a blueprint, newest first',
    answer: pageOf(BlueprintVersion),
  }),
  command('/blueprints/{id}/submit', submitBlueprint, {
    tag,
    summary: 'Hand a blueprint in for review',
    answer: Blueprint,
    refusals,
  }),
  command('/blueprints/{id}/consent', consentToBlueprint, {
    tag,
    summary: 'Consent to a blueprint being read',
    description: 'By the mentor whose way it is. A program’s or the organization’s own needs none.',
    answer: Blueprint,
    refusals,
    example: { request: { signature: { name: 'Sample Mentor', signedAt: '2026-11-17T15:00:00Z' } } },
  }),
  command('/blueprints/{id}/publish', publishBlueprint, {
    tag,
    summary: 'Publish a blueprint',
    description: 'A mentor’s by somebody who did not write on it.',
    answer: Blueprint,
    refusals: [...refusals, 'review_by_another', 'teller_consent_required'],
  }),
  command('/blueprints/{id}/return', returnBlueprint, {
    tag,
    summary: 'Give a blueprint back to its writer',
    answer: Blueprint,
    refusals: [...refusals, 'review_by_another'],
    example: { request: { reason: 'language' } },
  }),
  command('/blueprints/{id}/withdraw', withdrawBlueprint, {
    tag,
    summary: 'Take a blueprint back',
    answer: Withdrawal,
    refusals,
  }),
]
