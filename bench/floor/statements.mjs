/** Prepared statements: `name` makes PostgreSQL parse and plan each once a connection. */
const prepared = (name, text) => (...values) => ({ name, text, values })

const clockColumns = `c.action as clock_action, c.due_at as clock_due_at, c.owner_organization_id as clock_owner, c.owner_role as clock_role`
const consentColumns = `k.id as k_id, k.document_sha256 as k_document_sha256, k.data_classes as k_data_classes, k.purposes as k_purposes, k.expires_on as k_expires_on`
const shownJoins = `join organizations o on o.network_id = r.network_id and o.id = r.receiving_organization_id
  left join clocks c on c.network_id = r.network_id and c.id = r.clock_id
  left join consents k on k.network_id = r.network_id and k.id = r.consent_id`
const referralJoins = `${shownJoins} left join programs p on p.network_id = r.network_id and p.id = r.program_id`
const referralColumns = `r.*, o.time_zone as receiver_time_zone, o.name as receiver_name, o.business_calendar, p.clock_spans, ${clockColumns}, ${consentColumns}`

/** The share of what is wished that a mentor has; 1 where nothing is wished. */
const shared = (wish, has) =>
  `coalesce((select count(*) filter (where w = any (m.${has}))::numeric / nullif(count(*), 0) from jsonb_array_elements_text(r.preferences->'${wish}') w), 1)`

export const begin = { text: 'begin' }
export const commit = { text: 'commit' }

export const referralByPlacer = prepared('referral_by_placer', `select id from referrals where network_id = $1 and organization_id = $2 and placer_id = $3`)
export const answerByKey = prepared('answer_by_key', `select answer from idempotency_answers where network_id = $1 and client_id = $2 and action = 'referrals.create' and key = $3 and expires_at > now()`)
export const programById = prepared('program_by_id', `select p.*, o.time_zone, o.business_calendar from programs p join organizations o on o.network_id = p.network_id and o.id = p.organization_id where p.network_id = $1 and p.id = $2`)
export const patientByIdentifier = prepared('patient_by_identifier', `select p.* from patient_identifiers i join patients p on p.network_id = i.network_id and p.id = i.patient_id where i.network_id = $1 and i.organization_id = $2 and i.system = $3 and i.value = $4`)

export const referralById = prepared('referral_by_id', `select ${referralColumns} from referrals r ${referralJoins} where r.network_id = $1 and r.id = $2`)
export const mentorshipsOf = prepared('mentorships_of', `
  select id, mentor_type, started_at, cadence, rhythm_from, closed_at, reassign_since, outcome, next_support is not null or sealed ? 'nextSupport' as next_support_named,
    next_support_declined, exists (select from referrals f where f.network_id = $1 and f.replaces_id = m.referral_id) as followed
  from mentorships m where network_id = $1 and referral_id = $2 order by started_at, id`)
export const contactsOf = prepared('contacts_of', `select at, result, mentorship_id from contacts where network_id = $1 and referral_id = $2 and not entered_in_error order by at`)
export const pausesOf = prepared('pauses_of', `select mentorship_id, began_at, ended_at from mentorship_pauses where network_id = $1 and referral_id = $2 order by began_at`)
export const holdsOf = prepared('holds_of', `select at, status from referral_transitions where network_id = $1 and referral_id = $2 and (status = 'on_hold') <> (from_status is not distinct from 'on_hold') order by id`)
export const activeRules = prepared('active_rules', `select name, parameters from engagement_rule_sets where network_id = $1 and active`)

/**
 * The values are hidden from the planner and the limit is none, as in the service: else PostgreSQL plans this anew at each
 * request, which costs more than to read the page.
 */
export const pageMax = 21
const shownColumns = `r.id, r.placer_id, r.status, r.business_status, r.status_reason, r.status_reason_text, r.outcome, r.patient_id, r.program_id, r.organization_id,
  r.receiving_organization_id, r.reasons, r.priority, r.preferences, r.note, r.sealed, r.consent_id, r.agreement_id, r.replaces_id, r.resume_by, r.version, r.created_at, r.updated_at`
const side = (column) => `(select id from referrals where network_id = $1 and ${column} = (select $2::uuid) order by id desc limit ${pageMax})`
export const pageOfReferrals = prepared('page_of_referrals', `
  select ${shownColumns}, o.name as receiver_name, ${clockColumns}, ${consentColumns}
  from referrals r ${shownJoins}
  where r.network_id = $1 and r.id in (${side('organization_id')} union all ${side('receiving_organization_id')})
  order by r.id desc limit ${pageMax}`)

export const patientZone = prepared('patient_zone', `select time_zone from patients p where network_id = $1 and id = (select patient_id from referrals where network_id = $1 and id = $2)`)
/** Eligible, free, and not asked before: the scoring is done by whoever gets them. */
export const mentorsFor = prepared('mentors_for', `
  select m.id, m.type, m.display_name, m.experience_statement, m.recovery_band, m.substances, m.pathways, m.languages, m.modes, m.life_situations, m.interests, m.demographics,
    m.availability, m.boundaries, m.time_zone, m.load, m.capacity, m.sealed,
    (case when r.preferences->'mentorTypes' is null or r.preferences->'mentorTypes' ? m.type then 0.1905 else 0 end
      + 0.1905 * ${shared('pathways', 'pathways')} + 0.1905 * ${shared('languages', 'languages')}
      + 0.0952 * ${shared('modes', 'modes')} + 0.1905 * ${shared('lifeSituations', 'life_situations')}
      + 0.0952 * (1 - m.load::numeric / greatest(1, m.capacity))) as score
  from referrals r join mentors m on m.network_id = r.network_id and m.organization_id = r.receiving_organization_id
  where r.network_id = $1 and r.id = $2 and m.status = 'active' and m.load < m.capacity
    and not exists (select from offers f where f.network_id = r.network_id and f.referral_id = r.id and f.mentor_id = m.id)
  order by score desc, m.id limit $3`)

export const logOf = prepared('log_of', `select last_sequence, removed_through from event_logs where network_id = $1`)
export const eventsAfter = prepared('events_after', `
  select id, sequence, type, occurred_at, organization_id, subject_type, subject_id, codes, patient_id from events
  where network_id = $1 and sequence > $2 and sequence <= $2 + 10000 and (network_wide or organization_id = $3 or $3 = any (reader_ids)) order by sequence limit $4`)

/** Twenty referrals in progress, each with its mentorship, its mentor and the last five contacts: one statement. */
export const accompanied = prepared('accompanied', `
  select r.id, r.status, r.priority, r.created_at, r.organization_id, r.patient_id, r.consent_id, s.status as engagement_status, s.since,
    m.id as mentorship_id, m.status as mentorship_status, m.started_at, n.id as mentor_id, n.display_name, n.type as mentor_type, t.contacts
  from (select * from referrals where network_id = $1 and receiving_organization_id = $2 and status = 'in_progress' order by id desc limit $3) r
  left join engagement_states s on s.network_id = r.network_id and s.referral_id = r.id
  left join lateral (select * from mentorships m where m.network_id = r.network_id and m.referral_id = r.id order by id desc limit 1) m on true
  left join mentors n on n.network_id = m.network_id and n.id = m.mentor_id
  left join lateral (select coalesce(jsonb_agg(jsonb_build_object('id', id, 'at', at, 'mode', mode, 'result', result) order by id desc), '[]') as contacts
    from (select id, at, mode, result from contacts c where c.network_id = m.network_id and c.mentorship_id = m.id order by id desc limit 5) c) t on true
  order by r.id desc`)

/** The same in all rows of a request, with their types. */
const ofTheRequest = {
  disclosures: {
    network_id: 'uuid', reader_ids: 'uuid[]', at: 'timestamptz', recipient_organization_id: 'uuid', recipient_client_id: 'uuid', purpose: 'text', method: 'text',
    via_ehr: 'boolean', request_id: 'text', manual: 'boolean', recorded_at: 'timestamptz',
  },
  audit_events: {
    network_id: 'uuid', organization_id: 'uuid', at: 'timestamptz', actor_client_id: 'uuid', face: 'text', client_address: 'text', request_id: 'text',
  },
}

/** One statement a table, however many rows: they travel as the service's do, as JSON but for what all of them share. */
const written = new Map()
export function insert(table, rows) {
  const [first] = rows
  const types = rows.length > 1 ? (ofTheRequest[table] ?? {}) : {}
  const shared = Object.keys(types)
  const own = Object.keys(first).filter((column) => !(column in types))
  const shape = `${table} ${own} ${shared}`
  const known = written.get(shape) ?? { name: `insert_${written.size}`, text: textOf(table, own, types) }
  written.set(shape, known)
  const unsaid = Object.fromEntries(shared.map((column) => [column, undefined]))
  return { ...known, values: [JSON.stringify(rows.map((row) => ({ ...row, ...unsaid }))), ...shared.map((column) => first[column])] }
}

function textOf(table, own, types) {
  const shared = Object.keys(types)
  const once = shared.map((column, at) => `$${at + 2}::${types[column]}`)
  return `insert into ${table} (${[...own, ...shared]}) select ${[...own, ...once]} from json_populate_recordset(null::${table}, $1)`
}

/** bytea does not travel as JSON. */
export function insertOne(table, row) {
  const columns = Object.keys(row)
  return { name: `insert_one_${table}`, text: `insert into ${table} (${columns}) values (${columns.map((_, n) => `$${n + 1}`)})`, values: Object.values(row) }
}
