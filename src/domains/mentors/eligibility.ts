import { and, arrayContains, eq, type SQL, sql } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { clinicianTerms, clinicianTypes, panelMonths } from './codes.ts'
import { mentors } from './table.ts'

/** The instant that `eligible_until` is set to where an item was never there: as much in the past as it gets. */
export const never = new Date(0)

/** Whose papers are looked at: one mentor's, all of an organization's, or those of whom clinics know by a reference. */
export type Whose =
  | { readonly mentorId: string }
  | { readonly organizationId: string }
  | { readonly practitionerReference: string }

function whichOf(whose: Whose): SQL {
  if ('mentorId' in whose) return eq(mentors.id, whose.mentorId)
  if ('organizationId' in whose) return eq(mentors.organizationId, whose.organizationId)
  return arrayContains(mentors.practitionerReferences, [whose.practitionerReference])
}

export const those = ({ networkId }: TxCtx, whose: Whose) =>
  and(eq(mentors.networkId, networkId), whichOf(whose))

/** The statement that works out until when mentors may take new people, and writes down where that has changed. */
export function refreshEligibility(ctx: TxCtx, whose: Whose) {
  const fresh = ctx.db
    .select({ id: mentors.id, until: sql`(${firstToRunOut})`.as('until') })
    .from(mentors)
    .where(those(ctx, whose))
    .as('fresh')
  return ctx.db
    .update(mentors)
    .set({ eligibleUntil: sql`${fresh.until}` })
    .from(fresh)
    .where(
      and(
        eq(mentors.networkId, ctx.networkId),
        eq(mentors.id, fresh.id),
        sql`${mentors.eligibleUntil} is distinct from ${fresh.until}`,
      ),
    )
}

/**
 * A date holds until it is over, in UTC. One that is absent never ends, and `least` passes over it: of two ends the
 * earlier counts, of none there is none.
 */
const endOf = (from: SQL, expiresOn: SQL): SQL => sql`
  coalesce(
    (least(${expiresOn}, (${from} + make_interval(months => requirement.valid_months))::date) + 1)::timestamp
      at time zone 'UTC',
    'infinity'
  )`

/** From the weakest to the strongest. */
const ladder = sql.raw(`array['self_declared', 'document_seen', 'issuer_confirmed']`)

const neverAt = sql`${never.toISOString()}::timestamptz`

/**
 * For each requirement that applies, the paper that lasts longest; of those, the one that ends first. `eligibilityOf`
 * in qualifications/rules.ts says the same of values, and a test holds the two against each other.
 *
 * It is here, with its column and in plain SQL, because a mentor who becomes active is held to the requirements too,
 * and this domain stands below the one that keeps the papers.
 */
const firstDemanded: SQL = sql`
  select coalesce(best.until, ${neverAt}) as until
  from mentor_requirements requirement
  left join lateral (
    select max(paper.until) as until
    from (
      select ${endOf(sql`screening.performed_on`, sql`screening.expires_on`)} as until
      from mentor_screenings screening
      where requirement.item = 'screening'
        and screening.network_id = mentors.network_id
        and screening.mentor_id = mentors.id
        and screening.kind = requirement.code
        and screening.decision in ('eligible', 'eligible_with_conditions')
        and not screening.entered_in_error
        -- A later "no" takes an earlier "yes" away; one that is still being decided does not.
        and not exists (
          select from mentor_screenings later
          where later.network_id = screening.network_id
            and later.mentor_id = screening.mentor_id
            and later.kind = screening.kind
            and later.decision = 'not_eligible'
            and not later.entered_in_error
            and (later.performed_on, later.id) > (screening.performed_on, screening.id)
        )
      union all
      select ${endOf(sql`credential.issued_on`, sql`credential.expires_on`)}
      from mentor_credentials credential
      where requirement.item = 'credential'
        and credential.network_id = mentors.network_id
        and credential.mentor_id = mentors.id
        and credential.code = requirement.code
        and credential.status = 'active'
        and array_position(${ladder}, credential.verification)
          >= array_position(${ladder}, coalesce(requirement.least_verification, 'self_declared'))
      union all
      select ${endOf(sql`enrolment.completed_on`, sql`enrolment.valid_until`)}
      from enrolments enrolment
      where requirement.item = 'course'
        and enrolment.network_id = mentors.network_id
        and enrolment.mentor_id = mentors.id
        and enrolment.course_code = requirement.code
        and enrolment.status = 'completed'
    ) paper
  ) best on true
  where requirement.network_id = mentors.network_id
    and requirement.organization_id = mentors.organization_id
    and requirement.ended_at is null
    and (requirement.mentor_types = '{}' or mentors.type = any (requirement.mentor_types))`

const texts = (codes: readonly string[]) => sql.raw(`array[${codes.map((code) => `'${code}'`).join(', ')}]`)

/** What is asked of every clinician, whatever their organization demands: texts accepted, employers named, their panels there, a supervisor apart. */
const askedOfClinicians: SQL = sql`
  select case when exists (
      select from clinician_acceptances acceptance
      join clinician_terms terms on terms.network_id = acceptance.network_id and terms.id = acceptance.terms_id
      where acceptance.network_id = mentors.network_id
        and acceptance.mentor_id = mentors.id
        and acceptance.withdrawn_at is null
        and terms.organization_id = mentors.organization_id
        and terms.kind = asked.kind
        and terms.superseded_at is null
    ) then 'infinity' else ${neverAt} end as until
  from unnest(${texts(clinicianTerms)}) asked (kind)
  union all
  select case when cardinality(mentors.employer_ids) = 0 then ${neverAt} else 'infinity' end
  union all
  select case when cardinality(mentors.practitioner_references) = 0 then ${neverAt} else 'infinity' end
  union all
  select coalesce(
    ((select max(receipt.uploaded_at) at time zone 'UTC' from panel_receipts receipt
     where receipt.network_id = mentors.network_id and receipt.practitioner_reference = known.reference
       and receipt.organization_id = any (mentors.employer_ids))
      + make_interval(months => ${sql.raw(String(panelMonths))})) at time zone 'UTC',
    ${neverAt})
  from unnest(mentors.practitioner_references) known (reference)
  union all
  select case when mentors.supervisor_organization_id is null then ${neverAt} else 'infinity' end`

const firstToRunOut: SQL = sql`
  select nullif(min(item.until), 'infinity')
  from (
    ${firstDemanded}
    union all
    select clinicians.until from (${askedOfClinicians}) clinicians
    where mentors.type = any (${texts(clinicianTypes)})
  ) item`
