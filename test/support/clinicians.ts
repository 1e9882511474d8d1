import { sampleMentor } from './samples.ts'
import type { Answer, Api } from './service.ts'
import type { World } from './world.ts'

async function made(asked: Promise<Answer>) {
  const { status, body } = await asked
  if (status >= 300) throw new Error(JSON.stringify(body))
  return body
}

export const termsKinds = ['licence_duties', 'dual_role', 'record_separation'] as const

export const sampleTerms = (kind: (typeof termsKinds)[number], changes: object = {}) => ({
  kind,
  text: `Sample: what a clinician accepts about ${kind.replaceAll('_', ' ')}.`,
  ...changes,
})

export const onPaper = (termsId: string) => ({
  termsId,
  signedAt: '2026-11-17T15:00:00Z',
  evidenceHash: `sha256:${'0123456789abcdef'.repeat(4)}`,
})

/** What a clinician and three organizations do before people may be matched with them. */
export async function onboard(
  {
    operator,
    clinic,
    world,
    employer = world.clinic,
  }: {
    readonly operator: Api
    /** The employer's own. */
    readonly clinic: Api
    readonly world: World
    readonly employer?: { readonly organizationId: string }
  },
  mentorId: string,
) {
  const { employerIds, practitionerReferences, supervisorOrganizationId } = (
    await operator.get(`/v1/mentors/${mentorId}`)
  ).body
  const references: string[] =
    practitionerReferences.length > 0 ? practitionerReferences : [`urn:sample|${mentorId}`]
  await made(
    operator.patch(
      `/v1/mentors/${mentorId}`,
      {
        employerIds: employerIds.length > 0 ? employerIds : [employer.organizationId],
        practitionerReferences: references,
        supervisorOrganizationId: supervisorOrganizationId ?? world.admin.organizationId,
      },
      { 'if-match': '*' },
    ),
  )
  for (const practitionerReference of references)
    await made(clinic.post('/v1/panels', { practitionerReference, hashes: [] }))
  for (const kind of termsKinds) {
    const path = `/v1/clinician-terms?kind=${kind}&inForce=true`
    const [known] = (await operator.get(path)).body.data
    const { id } = known ?? (await made(operator.post('/v1/clinician-terms', sampleTerms(kind))))
    await made(operator.post(`/v1/mentors/${mentorId}/clinician-acceptances`, onPaper(id)))
  }
}

// biome-ignore lint/suspicious/noExplicitAny: an answer, into which tests look freely
type Post = (operationId: string, path: string, body: object) => Promise<any>

/** A clinician who mentors, with what they accepted and said, for every sweep over operations. */
export async function cliniciansIn(post: Post) {
  const mentor = await post('mentors.create', '/v1/mentors', sampleMentor({ type: 'clinician_ally' }))
  const terms = await post('clinicianTerms.publish', '/v1/clinician-terms', sampleTerms('dual_role'))
  const { termsId, ...paper } = onPaper(terms.id)
  const of = `/v1/mentors/${mentor.id}`
  const accepted = await post('clinicianAcceptances.record', `${of}/clinician-acceptances`, {
    termsId,
    ...paper,
  })
  const consent = await post('recognitionConsents.give', `${of}/recognition-consents`, paper)
  return {
    'clinician-terms': terms.id as string,
    'clinician-acceptances': accepted.id as string,
    'recognition-consents': consent.id as string,
  }
}
