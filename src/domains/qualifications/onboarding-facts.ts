import { and, eq, inArray, isNull, sql } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { clinicianAcceptances, clinicianTerms } from '../clinicians/table.ts'
import { panelReceipts } from '../conflicts/table.ts'
import { isClinician } from '../mentors/codes.ts'
import type { MentorRow } from '../mentors/store.ts'
import { mentors } from '../mentors/table.ts'
import type { OnboardingFacts } from './onboarding.ts'

const nothing: OnboardingFacts = {
  terms: [],
  acceptances: [],
  employerIds: [],
  references: [],
  panels: [],
  supervisorOrganizationId: null,
}

/** Of the clinicians among many mentors, in one round trip beside the rest; of the others nothing is asked and nothing read. */
export async function onboardingFactsOf(
  ctx: TxCtx,
  rows: readonly Pick<MentorRow, 'id' | 'organizationId' | 'type'>[],
): Promise<(mentorId: string) => OnboardingFacts> {
  const ids = rows.filter(({ type }) => isClinician(type)).map(({ id }) => id)
  if (ids.length === 0) return () => nothing
  const { db, networkId } = ctx
  const these = and(eq(mentors.networkId, networkId), inArray(mentors.id, ids))
  const { id, organizationId, employerIds, practitionerReferences, supervisorOrganizationId } = mentors
  const [people, terms, acceptances, panels] = await Promise.all([
    db
      .select({ id, organizationId, employerIds, practitionerReferences, supervisorOrganizationId })
      .from(mentors)
      .where(these),
    db
      .select({
        id: clinicianTerms.id,
        kind: clinicianTerms.kind,
        organizationId: clinicianTerms.organizationId,
      })
      .from(clinicianTerms)
      .where(and(eq(clinicianTerms.networkId, networkId), isNull(clinicianTerms.supersededAt))),
    db
      .select()
      .from(clinicianAcceptances)
      .where(
        and(
          eq(clinicianAcceptances.networkId, networkId),
          inArray(clinicianAcceptances.mentorId, ids),
          isNull(clinicianAcceptances.withdrawnAt),
        ),
      )
      .orderBy(clinicianAcceptances.id),
    db
      .select({
        organizationId: panelReceipts.organizationId,
        reference: panelReceipts.practitionerReference,
        uploadedAt: panelReceipts.uploadedAt,
      })
      .from(panelReceipts)
      .innerJoin(
        mentors,
        and(
          these,
          // Either side names the clinician in the same words.
          eq(panelReceipts.networkId, mentors.networkId),
          sql`${panelReceipts.practitionerReference} = any (${mentors.practitionerReferences})`,
        ),
      ),
  ])
  const byId = new Map(people.map((one) => [one.id, one]))
  return (mentorId) => {
    const mentor = byId.get(mentorId)
    if (!mentor) return nothing
    return {
      terms: terms.filter((one) => one.organizationId === mentor.organizationId),
      acceptances: acceptances.filter((one) => one.mentorId === mentorId),
      employerIds: mentor.employerIds,
      references: mentor.practitionerReferences,
      panels,
      supervisorOrganizationId: mentor.supervisorOrganizationId,
    }
  }
}
