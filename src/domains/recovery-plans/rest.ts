import { z } from 'zod'
import { add, command, item, list, patch, type Route } from '../../rest/route.ts'
import { pageOf } from '../../rest/shapes.ts'
import { OfferedBlueprint } from '../blueprints/contract.ts'
import { DataClass } from '../consents/codes.ts'
import { Disclosure } from '../disclosures/contract.ts'
import { adoptBlueprint, listOfferedBlueprints, signPlan } from './commands.ts'
import { Milestone, PlanVersion, RecoveryPlan } from './contract.ts'
import {
  getMilestone,
  listMilestones,
  recordMilestone,
  shareMilestone,
  unshareMilestone,
} from './milestones.ts'
import { getPlan, listPlans, listPlanVersions, startPlan, updatePlan } from './service.ts'

const tag = 'Recovery plans'

const told = { redacted: z.array(DataClass).optional(), disclosure: Disclosure.optional() }

export const recoveryPlanRoutes: readonly Route[] = [
  add('/mentorships/{id}/recovery-plan', startPlan, {
    tag,
    summary: 'Begin a recovery plan',
    description:
      'One for each person and the organization that accompanies them; the next mentor goes on with it. It is empty until the person fills it, or adopts a blueprint.',
    answer: RecoveryPlan,
    locate: ({ id }) => `/v1/recovery-plans/${id}`,
    refusals: ['natural_key_taken', 'transition_not_allowed'],
  }),
  list('/recovery-plans', listPlans, {
    tag,
    summary: 'Recovery plans, newest first',
    description:
      'Of the people whom your organization accompanies, and, as they were signed, of those of whom a consent lets you read `recovery_plan`. A mentor’s token lists those of the people they accompany now.',
    answer: pageOf(RecoveryPlan),
  }),
  item('/recovery-plans/{id}', getPlan, {
    tag,
    summary: 'Get a recovery plan',
    description:
      'The person, their mentor and the program read the working text; everybody else, under a consent, what both have signed last.',
    answer: RecoveryPlan,
  }),
  patch('/recovery-plans/{id}', updatePlan, {
    tag,
    summary: 'Change a recovery plan',
    description: 'What was signed stays: the change begins the next number.',
    answer: RecoveryPlan,
    example: {
      request: {
        vision: 'Sample: a quiet house.',
        goals: [{ domain: 'home', statement: 'Sample: sleep in my own bed.' }],
        reviewOn: '2027-01-15',
      },
    },
  }),
  list('/recovery-plans/{id}/blueprints', listOfferedBlueprints, {
    tag,
    summary: 'The blueprints that may be adopted, newest first',
    description:
      'Of the organization that keeps the plan, of its programs, and of its mentors as long as they are with it.',
    answer: pageOf(OfferedBlueprint).extend(told),
  }),
  command('/recovery-plans/{id}/adopt', adoptBlueprint, {
    tag,
    summary: 'Adopt a blueprint',
    description:
      'Its steps become goals of the plan, the person’s own to change. Each remembers its source; later versions of the blueprint never reach it.',
    answer: RecoveryPlan,
    example: { request: { blueprintId: '01938f3e-7c00-7aaa-8bbb-0123456789ab' } },
  }),
  command('/recovery-plans/{id}/sign', signPlan, {
    tag,
    summary: 'Sign a recovery plan',
    description:
      'By the person and by their mentor, each with their own portal token. Send the `digest` that was read, or If-Match: a text that moved meanwhile is not signed.',
    answer: RecoveryPlan,
    refusals: ['person_decides', 'precondition_required', 'version_conflict'],
    example: {
      request: { digest: 'sha256:0000000000000000000000000000000000000000000000000000000000000000' },
    },
  }),
  list('/recovery-plans/{id}/versions', listPlanVersions, {
    tag,
    summary: 'What was signed, newest first',
    answer: pageOf(PlanVersion),
  }),
  list('/recovery-plans/{id}/milestones', listMilestones, {
    tag,
    summary: 'The milestones that you may see, newest first',
    answer: pageOf(Milestone).extend(told),
  }),
  add('/recovery-plans/{id}/milestones', recordMilestone, {
    tag,
    summary: 'Record a milestone',
    description:
      'By the person, or by their mentor with the person’s word. It is private until it is shared.',
    answer: Milestone,
    locate: ({ id }) => `/v1/milestones/${id}`,
    refusals: ['person_decides'],
    example: { request: { kind: 'housing', note: 'Sample: the key.', reachedOn: '2026-11-17' } },
  }),
  item('/milestones/{id}', getMilestone, { tag, summary: 'Get a milestone', answer: Milestone }),
  command('/milestones/{id}/share', shareMilestone, {
    tag,
    summary: 'Share a milestone',
    description: 'Only by the person, with their own portal token; nobody does it for them.',
    answer: Milestone,
    refusals: ['person_decides'],
    example: { request: { with: ['mentor'] } },
  }),
  command('/milestones/{id}/unshare', unshareMilestone, {
    tag,
    summary: 'Share a milestone no longer',
    description: 'At once: by the person, or by their mentor with the person’s word.',
    answer: Milestone,
    refusals: ['person_decides'],
  }),
]
