import type { Test } from 'tap'
import { buildApp } from '../../src/app.ts'
import { openService } from '../../src/bootstrap.ts'
import { readConfig } from '../../src/config.ts'
import { apiAt } from './http-api.ts'
import { createMarks } from './marks.ts'
import type { Answer, Api } from './service.ts'
import { type Ids, tellStory } from './story.ts'
import type { Member, World } from './world.ts'

export type Served = Awaited<ReturnType<typeof serve>>

/** The service in this process, configured as a process is by its environment, and listening. */
export async function serve(t: Test, env: NodeJS.ProcessEnv) {
  const { service, close } = await openService(readConfig({ WEBHOOK_TARGETS: 'local', ...env }))
  t.teardown(close)
  const app = await buildApp({
    service,
    time: { now: () => new Date() },
    publicUrl: () => 'http://alongside.test',
    accessTokenSeconds: 900,
    logger: false,
  })
  t.teardown(() => app.close())
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const as = async ({ clientId, networkId, organizationId, scopes }: Member): Promise<Api> =>
    apiAt(url, (await app.issueToken({ clientId, networkId, organizationId, scopes })).accessToken)
  return { service, url, as }
}

/** One of everything, told by clients of a service that listens at this address. */
export async function tellWholeStory(
  url: string,
  as: (member: Member) => Promise<Api>,
  world: World,
): Promise<Ids> {
  const [clinic, operator, office] = [await as(world.clinic), await as(world.operator), await as(world.admin)]
  const made = async (asked: Promise<Answer>) => {
    const { status, body } = await asked
    if (status >= 300) throw new Error(JSON.stringify(body))
    return body
  }
  const scopes = ['emergencies:read', 'emergencies:review'] as const
  const { id, clientSecret } = await made(
    office.post('/v1/clients', {
      organizationId: world.clinic.organizationId,
      name: 'Sample Privacy Office',
      scopes,
    }),
  )
  const privacyOffice = await as({ ...world.clinic, clientId: id, clientSecret, scopes })
  const person = async (patientId: string): Promise<Api> => {
    const subject = { type: 'patient', id: patientId }
    const { accessToken } = await made(operator.post('/v1/portal-tokens', { subject }))
    return apiAt(url, accessToken)
  }
  const { ids } = await tellStory({ clinic, operator, office, privacyOffice, person }, world, new Date(), {
    ofClinic: createMarks('Zyxc'),
    ofOperator: createMarks('Zyxo'),
  })
  return ids
}
