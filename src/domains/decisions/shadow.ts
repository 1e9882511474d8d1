import { type SQL, sql } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import type { TxCtx } from '../../core/context.ts'
import { clocks } from '../clocks/table.ts'
import { consentParties, consents } from '../consents/table.ts'
import { engagementChanges, engagementStates } from '../engagement/table.ts'
import { contacts, mentorshipPauses, mentorships } from '../mentorships/table.ts'
import { patients } from '../patients/table.ts'
import { milestones, planSignatures, planVersions, recoveryPlans } from '../recovery-plans/table.ts'
import { referrals, referralTransitions } from '../referrals/table.ts'

/**
 * Stamps anew who finds the rows of one patient (`reader_ids`), after anything that a decision rests on has changed.
 * It is coarse, and `decide` is exact: what is found is still decided upon. Rows of the accompaniment itself stay
 * findable for the organization that does the work while a consent is only suspended or expired: disclosing stops, the
 * mentor does not. Whoever a consent no longer names, or the person has ruled out, finds nothing.
 *
 * The patient's row is locked first, so that of two changes at once the second sees the first. Across organizations,
 * for the rows are both sides'. The service runs it at expiry too.
 */
export function castShadow(ctx: TxCtx, patientId: string): Promise<void> {
  const { db, networkId, now } = ctx
  return ctx.acrossOrganizations(async () => {
    const mine = sql`network_id = ${networkId} and id = ${patientId}`
    await db.execute(sql`select from patients where ${mine} for update`)
    const today = now.toISOString().slice(0, 10)
    const reach = reachOf({ networkId, patientId, today })
    const set = (table: PgTable, readers: SQL, from: SQL) =>
      db.execute(sql`with ${reach}
        update ${table} t set reader_ids = ${readers} ${from} and t.reader_ids is distinct from ${readers}`)
    const referral = sql`r.network_id = ${networkId} and r.patient_id = ${patientId}`
    const ofPatient = sql`where t.network_id = ${networkId} and t.patient_id = ${patientId}`
    const ofReferral = (key: string) =>
      sql`from referrals r where ${referral} and t.network_id = r.network_id and t.${sql.raw(key)} = r.id`
    await Promise.all([
      set(consents, ownReaders, ofPatient),
      set(
        consentParties,
        sql`(select c.reader_ids from told c where c.id = t.consent_id)`,
        sql`where t.network_id = ${networkId} and t.consent_id in (select id from told)`,
      ),
      set(patients, finders, sql`where t.network_id = ${networkId} and t.id = ${patientId}`),
      set(referrals, worker('t'), ofPatient),
      set(referralTransitions, worker('r'), ofReferral('referral_id')),
      set(clocks, worker('r'), sql`${ofReferral('subject_id')} and t.running`),
      set(mentorships, sender, ofReferral('referral_id')),
      set(contacts, sender, ofReferral('referral_id')),
      set(mentorshipPauses, sender, ofReferral('referral_id')),
      set(recoveryPlans, planReaders, ofPatient),
      set(planVersions, planReaders, ofPatient),
      set(planSignatures, planReaders, ofPatient),
      set(milestones, milestoneReaders, ofPatient),
      set(engagementStates, sent, ofReferral('referral_id')),
      set(engagementChanges, sent, ofReferral('referral_id')),
    ])
  })
}

const none = sql`'{}'::uuid[]`

/** The consent's own recipients, while it is in force. */
const ownReaders = sql`coalesce((select c.reader_ids from told c where c.id = t.id), ${none})`

const except = (ids: SQL, holder: SQL) =>
  sql`coalesce((select array_agg(distinct x order by x) from unnest(${ids}) x where x <> ${holder}), ${none})`

/** Who finds the patient: those whom something in force names, and those who accompany them under it. */
const finders = except(
  sql`(select array(select id from named where in_force) ||
    array(select r.receiving_organization_id from referrals r join agreed a on a.id = r.receiving_organization_id
          where r.network_id = t.network_id and r.patient_id = t.id))`,
  sql`t.organization_id`,
)

/** Who finds a referral beside its sender: the organization that was asked, and whoever an order or approval names. */
const worker = (r: string) => {
  const row = sql.raw(r)
  return except(
    sql`(select array(select id from (select id from named union select id from agreed) n where n.id = ${row}.receiving_organization_id)
      || array(select id from approved))`,
    sql`${row}.organization_id`,
  )
}

/** Who finds the accompaniment beside the organization that holds it. */
const inForceHere = sql`exists (select from (select id from named where in_force union select id from agreed) n
  where n.id = r.receiving_organization_id)`
const sender = except(
  sql`(select array(select r.organization_id where ${inForceHere}) || array(select id from approved))`,
  sql`t.organization_id`,
)
const sent = except(sql`array(select r.organization_id where ${inForceHere})`, sql`t.organization_id`)

/** The clinic whose patient it is, while something in force names the organization that keeps the plan. */
const planReaders = except(
  sql`(select array(select p.organization_id from patients p where p.network_id = t.network_id and p.id = t.patient_id
      and exists (select from (select id from named where in_force union select id from agreed) n where n.id = t.organization_id))
    || array(select id from approved))`,
  sql`t.organization_id`,
)

/** Of those, nobody finds what the person has not shared with their clinic. */
const milestoneReaders = sql`case when 'clinic' = any(t.shared_with) then ${planReaders} else ${none} end`

interface Of {
  readonly networkId: string
  readonly patientId: string
  readonly today: string
}

/**
 * Three sets of organizations. `named`: by a consent that is in force, or that is suspended or expired only. `agreed`:
 * by an agreement in place of consent that the patient's holder has recorded. `approved`: by an order or approval about
 * this patient. Whoever the person has ruled out altogether is in none of them.
 */
function reachOf({ networkId, patientId, today }: Of): SQL {
  const date = sql`${today}::date`
  return sql`
    ruled_out as (
      select recipient_organization_id as id from restrictions
      where network_id = ${networkId} and patient_id = ${patientId} and status = 'agreed' and mentor_id is null
        and data_classes = '{}'
    ),
    standing as (
      select c.id, c.organization_id, c.status = 'active' and (c.expires_on is null or c.expires_on >= ${date}) as in_force
      from consents c
      where c.network_id = ${networkId} and c.patient_id = ${patientId} and c.status in ('active', 'suspended', 'expired')
    ),
    party as (
      select p.consent_id, s.in_force, s.organization_id as holder_id, p.party_organization_id as id, p.treating_only
      from standing s
      join consent_parties p on p.network_id = ${networkId} and p.consent_id = s.id
      left join consent_parties via on via.network_id = p.network_id and via.consent_id = p.consent_id
        and via.role = 'recipient' and via.position = p.via_position and p.designation = 'member'
      where p.role = 'recipient' and p.revoked_at is null and via.revoked_at is null
    ),
    approved as (
      select a.counterparty_organization_id as id from agreements a
      where a.network_id = ${networkId} and a.patient_id = ${patientId} and a.terminated_at is null
        and a.kind in ('research', 'audit', 'court_order')
        and a.effective_on <= ${date} and (a.ends_on is null or a.ends_on >= ${date})
    ),
    reached as (
      select consent_id, holder_id, id, in_force from party where id is not null
      union all
      select consent_id, holder_id, treating_organization_id, in_force from party, treating_relationships tr
      where treating_only and tr.network_id = ${networkId} and tr.patient_id = ${patientId}
        and tr.began_on <= ${date} and (tr.ended_on is null or tr.ended_on > ${date})
      union all
      select null, null, id, true from approved
    ),
    named as (
      select id, bool_or(in_force) as in_force from reached
      where not exists (select from ruled_out o where o.id is null or o.id = reached.id)
      group by id
    ),
    agreed as (
      select a.counterparty_organization_id as id
      from patients p
      join agreements a on a.network_id = p.network_id and a.organization_id = p.organization_id
      where p.network_id = ${networkId} and p.id = ${patientId} and a.terminated_at is null
        and a.kind in ('qsoa', 'baa_qsoa', 'administrative_control')
        and a.effective_on <= ${date} and (a.ends_on is null or a.ends_on >= ${date})
        and not exists (select from ruled_out o where o.id is null or o.id = a.counterparty_organization_id)
    ),
    told as (
      select c.id, coalesce((select array_agg(distinct r.id order by r.id) from reached r
          where r.consent_id = c.id and r.in_force and r.id <> c.organization_id), '{}') as reader_ids
      from consents c where c.network_id = ${networkId} and c.patient_id = ${patientId}
    )`
}
