import { randomBytes } from 'node:crypto'
import { sampleHash } from './samples.ts'
import type { Answer, Api } from './service.ts'
import type { World } from './world.ts'

/** One of everything that recognition has: an accreditation, schemes, what came of them, a credential, an appeal and a need. */
export async function recognized(office: Api, operator: Api, { operator: { organizationId } }: World) {
  const made = async (asked: Promise<Answer>) => {
    const { status, body } = await asked
    if (status >= 300) throw new Error(JSON.stringify(body))
    return body
  }
  const suffix = randomBytes(4).toString('hex')
  const accreditation = await made(
    operator.post('/v1/accreditations', {
      code: `sample_${suffix}`,
      issuer: 'Sample Accreditation Council',
      fromOn: '2026-01-01',
      documentSha256: sampleHash,
    }),
  )
  await made(office.post(`/v1/accreditations/${accreditation.id}/confirm`, {}))
  const publish = (code: string, threshold: number) =>
    made(
      office.post('/v1/recognition-schemes', {
        code,
        name: 'Sample scheme',
        description: 'Sample: holds an accreditation.',
        subject: 'organization',
        validMonths: 12,
        rules: [
          {
            fact: 'accreditation_held',
            comparison: 'at_least',
            threshold,
            accreditation: `sample_${suffix}`,
          },
        ],
      }),
    )
  const evaluate = (schemeId: string) =>
    made(operator.post(`/v1/recognition-schemes/${schemeId}/evaluations`, {}))
  const scheme = await publish(`held_${suffix}`, 1)
  const met = await evaluate(scheme.id)
  const unmet = await evaluate((await publish(`twice_${suffix}`, 2)).id)
  const another = await evaluate((await publish(`thrice_${suffix}`, 3)).id)
  const appeal = await made(
    operator.post(`/v1/recognition-evaluations/${another.id}/appeal`, { grounds: 'Sample grounds.' }),
  )
  const need = await made(
    operator.post(`/v1/organizations/${organizationId}/needs`, {
      kind: 'space',
      description: 'Sample: a room on Thursday evenings.',
    }),
  )
  return {
    'organization-needs': need.id as string,
    accreditations: accreditation.id as string,
    'recognition-schemes': scheme.id as string,
    'recognition-evaluations': unmet.id as string,
    'recognition-appeals': appeal.id as string,
    'recognition-credentials': met.credentialId as string,
  }
}
