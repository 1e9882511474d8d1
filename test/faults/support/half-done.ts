import type { Database } from '../../../src/db/client.ts'

/**
 * What a create leaves behind is whole or not there: each referral with its person, consent, running clock, event, audit row,
 * history and engagement, and none of these without their referral. Looked at past every wall.
 */
export async function halfDone({ pool }: Pick<Database, 'pool'>, networkId: string): Promise<string[]> {
  const { rows } = await pool.query<{ what: string }>(wanting, [networkId])
  return rows.map(({ what }) => what)
}

const lacks: Readonly<Record<string, string>> = {
  'a holder, who has its person':
    'select from patients p where p.id = r.patient_id and p.organization_id = r.organization_id',
  'a key of its person': 'select from person_keys k where k.person_id = r.patient_id',
  'its consent': 'select from consents c where c.id = r.consent_id and c.patient_id = r.patient_id',
  'a running clock': `select from clocks c where c.subject_id = r.id and c.running or not r.open`,
  'its event': `select from events e where e.subject_id = r.id and e.type = 'referral.requested'`,
  'its audit row': 'select from audit_events a where a.subject_id = r.id',
  'its history': 'select from referral_transitions h where h.referral_id = r.id',
  'its engagement': 'select from engagement_states s where s.referral_id = r.id',
}

const leftovers: Readonly<Record<string, string>> = {
  'a person':
    'select p.id from patients p where p.network_id = $1 and not exists (select from referrals r where r.patient_id = p.id)',
  'a key of a person':
    'select k.person_id from person_keys k where k.network_id = $1 and not exists (select from referrals r where r.patient_id = k.person_id)',
  'a consent':
    'select c.id from consents c where c.network_id = $1 and not exists (select from referrals r where r.consent_id = c.id)',
  'a clock': `select c.id from clocks c where c.network_id = $1 and c.subject_type = 'referral' and not exists (select from referrals r where r.id = c.subject_id)`,
  'an event': `select e.id from events e where e.network_id = $1 and e.type like 'referral.%' and not exists (select from referrals r where r.id = e.subject_id)`,
  'an audit row': `select a.id from audit_events a where a.network_id = $1 and a.action = 'referrals.create' and a.outcome = 'allowed'
    and a.subject_type = 'referral' and not exists (select from referrals r where r.id = a.subject_id)`,
}

const wanting = [
  ...Object.entries(lacks).map(
    ([what, found]) =>
      `select 'referral ' || r.id || ' is without ${what}' as what from referrals r where r.network_id = $1 and not exists (${found})`,
  ),
  ...Object.entries(leftovers).map(
    ([what, left]) => `select '${what} without a referral: ' || l.* as what from (${left}) l`,
  ),
].join(' union all ')

/** How often an order stands in the database. */
export async function timesStored({ pool }: Pick<Database, 'pool'>, placerId: string): Promise<number> {
  const { rows } = await pool.query<{ times: number }>(
    'select count(*)::int as times from referrals where placer_id = $1',
    [placerId],
  )
  return rows[0]?.times ?? 0
}
