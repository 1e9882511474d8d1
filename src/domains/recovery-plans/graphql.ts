import type { Graph } from '../../graphql/graph.ts'
import { achievements, sharers, signers } from './codes.ts'
import { adoptBlueprint, listOfferedBlueprints, signPlan } from './commands.ts'
import {
  getMilestone,
  listMilestones,
  recordMilestone,
  shareMilestone,
  unshareMilestone,
} from './milestones.ts'
import { getPlan, listPlans, listPlanVersions, startPlan, updatePlan } from './service.ts'

export const recoveryPlanGraph: Graph = {
  entities: { RecoveryPlan: { one: getPlan }, Milestone: { one: getMilestone } },
  queries: { recoveryPlan: getPlan, recoveryPlans: listPlans, milestone: getMilestone },
  mutations: {
    startRecoveryPlan: startPlan,
    updateRecoveryPlan: updatePlan,
    adoptBlueprint,
    signRecoveryPlan: signPlan,
    recordMilestone,
    shareMilestone,
    unshareMilestone,
  },
  fields: {
    RecoveryPlan: {
      versions: { action: listPlanVersions },
      milestones: { action: listMilestones },
      blueprints: { action: listOfferedBlueprints },
    },
    Patient: { recoveryPlans: { action: listPlans, by: 'patientId' } },
  },
  enums: { GoalAchievement: achievements, MilestoneSharer: sharers, PlanSigner: signers },
}
