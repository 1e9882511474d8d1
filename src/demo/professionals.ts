import { createHash } from 'node:crypto'
import type { Ctx } from '../core/context.ts'
import { createBillingRule } from '../domains/billing/commands.ts'
import { acceptTerms, publishTerms } from '../domains/clinicians/commands.ts'
import { putPanel } from '../domains/conflicts/service.ts'
import { clinicianTerms, clinicianTypes } from '../domains/mentors/codes.ts'
import { listMentors, updateMentor } from '../domains/mentors/service.ts'

const sampleTerms = {
  licence_duties:
    'Sample: my licence goes on asking of me what it asks of me at work. I have read which duties those are.',
  dual_role:
    'Sample: I mentor nobody whom I treat, supervise, bill or report on, and I say so at once if I find that I do.',
  record_separation: 'Sample: as a mentor I neither read the clinical record nor write into it.',
} as const

const dayMs = 86_400_000

/** What an operator asks of its clinicians who mentor, with the facts there: each of them is ready. */
export async function readyClinicians(
  operator: Ctx,
  {
    employers,
    supervisorOrganizationId,
  }: { readonly employers: readonly [Ctx, ...Ctx[]]; readonly supervisorOrganizationId: string },
): Promise<void> {
  const signedAt = new Date(operator.now.getTime() - dayMs).toISOString()
  const terms = []
  for (const kind of clinicianTerms)
    terms.push(await publishTerms(operator, { kind, text: sampleTerms[kind] }))
  for (const type of clinicianTypes)
    for (const mentor of (await listMentors(operator, { type, limit: 100 })).data) {
      const { id, practitionerReferences } = mentor
      const named = employers.find(({ organizationId }) => mentor.employerIds.includes(organizationId))
      const employer = named ?? employers[0]
      const employerIds = [employer.organizationId]
      const references =
        practitionerReferences.length > 0 ? practitionerReferences : [`https://clinic.example/staff|${id}`]
      await updateMentor(operator, {
        ...{ id, employerIds, practitionerReferences: references, supervisorOrganizationId },
      })
      for (const practitionerReference of references)
        await putPanel(employer, { practitionerReference, hashes: [], mode: 'add' })
      for (const { id: termsId, kind } of terms) {
        const evidenceHash = `sha256:${createHash('sha256').update(`Sample: ${kind} ${id}`).digest('hex')}`
        await acceptTerms(operator, { id, termsId, signedAt, evidenceHash })
      }
    }
}

/** How one payer counts what an operator's mentors deliver. */
export async function bill(operator: Ctx, effectiveFrom: string): Promise<void> {
  await createBillingRule(operator, {
    payerCode: 'sample_payer',
    serviceCode: 'H0038',
    effectiveFrom,
    roundUpFromMinutes: 8,
    aggregation: 'person_mentor_day',
    source: 'Sample payer manual. No real payer counts by it.',
  })
}
