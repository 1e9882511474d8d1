import { createConsent } from '../domains/consents/service.ts'
import { adoptBlueprint, signPlan } from '../domains/recovery-plans/commands.ts'
import { recordMilestone, shareMilestone } from '../domains/recovery-plans/milestones.ts'
import { startPlan, updatePlan } from '../domains/recovery-plans/service.ts'
import { type Cast, dateOf } from './cast.ts'
import { furtherConsentOf } from './people.ts'
import type { Thread } from './steps.ts'

/** With the person's own token: they take up the blueprint, make it theirs, and sign it with their mentor. */
export async function walk(cast: Cast, thread: Thread, blueprintId: string): Promise<void> {
  const { at, now } = cast
  const person = { type: 'patient', id: thread.patientId } as const
  const { id } = await startPlan(at('operator', 34, person), { id: thread.mentorshipId })
  const { goals } = await adoptBlueprint(at('operator', 34, person), { id, blueprintId })
  const { digest } = await updatePlan(at('operator', 33, person), {
    id,
    vision: 'Sample: a quiet house, with the radio on.',
    goals: goals.map(({ source: _, ...goal }, index) => ({
      ...goal,
      achievement: index === 0 ? 'achieved' : 'in_progress',
    })),
    strengths: ['Sample: I get up early.'],
    barriers: ['Sample: the last bus leaves at nine.'],
    supports: ['Sample: my sister.'],
    reviewOn: dateOf(now, -14),
  })
  await signPlan(at('operator', 33, person), { id, digest })
  await signPlan(at('operator', 32, { type: 'mentor', id: thread.companionId ?? '' }), { id, digest })
  const milestone = await recordMilestone(at('operator', 28, person), {
    id,
    kind: 'goal_achieved',
    note: 'Sample: I talked with my mentor before the weekend, and not after it.',
    reachedOn: dateOf(now, 28),
  })
  await shareMilestone(at('operator', 28, person), { id: milestone.id, with: ['mentor', 'clinic'] })
  await letClinicRead(cast, thread)
}

/** What both have signed, and what the person shares: by a consent of its own, beside that of the referral. */
async function letClinicRead({ at, clients }: Cast, { patientId, patientName }: Thread): Promise<void> {
  const clinic = at('clinic', 27)
  await createConsent(clinic, {
    patientId,
    ...furtherConsentOf(patientName, clinic.now, {
      dataClasses: ['recovery_plan', 'milestones'],
      informationDescription:
        'The recovery plan that I signed with my mentor, and the milestones that I share.',
      recipientIds: [clients.operator.organizationId],
    }),
  })
}
