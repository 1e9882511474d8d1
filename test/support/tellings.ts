import { portalScopes } from '../../src/domains/portal/contract.ts'
import { operationOf, shownBody } from './contract.ts'
import type { Answer, Started } from './service.ts'
import type { World } from './world.ts'

interface Told {
  readonly mentorId: string
  readonly mentorshipId: string
  readonly patientId: string
}

const shown = (operationId: string) => shownBody(operationOf(operationId))

async function made(asked: Promise<Answer>) {
  const { status, body } = await asked
  if (status >= 300) throw new Error(JSON.stringify(body))
  return body
}

/** A story that is read, a plan of the person's with a milestone, and a blueprint of the program's to adopt. */
export async function tellings(service: Started, world: World, told: Told) {
  return { stories: await publishedStory(service, world, told), ...(await startedPlan(service, world, told)) }
}

/** Written by the operator, consented to with a signature, published by another client. */
async function publishedStory(service: Started, { operator: member }: World, { mentorId }: Told) {
  const operator = await service.as(member)
  const reviewer = await service.as({ ...member, clientId: service.unknownId() })
  const audiences = ['patients', 'public']
  const { id } = await made(operator.post('/v1/stories', { ...shown('stories.create'), mentorId, audiences }))
  await made(operator.post(`/v1/stories/${id}/consent`, shown('stories.consent')))
  await made(operator.post(`/v1/stories/${id}/submit`, {}))
  await made(reviewer.post(`/v1/stories/${id}/publish`, {}))
  return id as string
}

async function startedPlan(service: Started, { operator: member }: World, { mentorshipId, patientId }: Told) {
  const operator = await service.as(member)
  const plan = await made(operator.post(`/v1/mentorships/${mentorshipId}/recovery-plan`, {}))
  const { accessToken } = await service.app.issueToken({
    clientId: member.clientId,
    networkId: member.networkId,
    organizationId: member.organizationId,
    scopes: portalScopes.patient,
    person: { type: 'patient', id: patientId },
  })
  const person = service.withToken(accessToken)
  const milestone = await made(
    person.post(`/v1/recovery-plans/${plan.id}/milestones`, shown('milestones.record')),
  )
  await made(person.post(`/v1/milestones/${milestone.id}/share`, { with: ['mentor', 'program'] }))
  const blueprint = await made(operator.post('/v1/blueprints', shown('blueprints.create')))
  await made(operator.post(`/v1/blueprints/${blueprint.id}/submit`, {}))
  await made(operator.post(`/v1/blueprints/${blueprint.id}/publish`, {}))
  return {
    'recovery-plans': plan.id as string,
    milestones: milestone.id as string,
    blueprints: blueprint.id as string,
  }
}
