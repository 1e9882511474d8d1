import { type Operation, shownBody } from './contract.ts'
import { sampleConsent, sampleMentor, sampleReferral } from './samples.ts'
import type { Ids } from './story.ts'
import type { World } from './world.ts'

/** A body that is right as far as its shape goes: then it is the ids that decide. */
export const rightBodies =
  (world: World) =>
  (operation: Operation, ids: Ids): object | undefined => {
    if (operation.method === 'get') return undefined
    const consent = sampleConsent({ recipients: [{ organizationId: world.otherOperator.organizationId }] })
    const right: Readonly<Record<string, () => object>> = {
      'referrals.create': () => sampleReferral(world.otherProgramId, { consent }),
      'consents.create': () => ({ patientId: ids.patients, ...consent }),
      'consents.check': () => ({
        patientId: ids.patients,
        recipient: { organizationId: world.otherOperator.organizationId },
        dataClasses: ['identity'],
      }),
      'mentors.create': () => sampleMentor(),
      // Of a mentor: whoever may write one of their own would have written something.
      'blueprints.create': () => ({ ...shownBody(operation), mentorId: ids.mentors }),
      'offers.create': () => ({ mentorId: ids.mentors }),
      'contacts.record': () => ({ at: '2026-11-18T19:00:00Z', mode: 'phone', result: 'two_way' }),
      'portalTokens.create': () => ({ subject: { type: 'patient', id: ids.patients } }),
      'matchingRuns.create': () => ({ programId: ids.programs }),
    }
    return right[operation.operationId]?.() ?? shownBody(operation)
  }
