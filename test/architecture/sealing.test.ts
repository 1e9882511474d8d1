import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { getTableName } from 'drizzle-orm'
import t from 'tap'
import { sealings } from '../../src/jobs/sealing.ts'
import { startService } from '../support/service.ts'

/**
 * Every column that could hold words and is not sealed member by member, and why. A new one has to be named here, or be sealed.
 */
const accounted: Readonly<Record<string, string>> = {
  // The directory: organizations, programs and the network speak of themselves.
  'networks.name': 'directory',
  'organizations.name': 'directory',
  'networks.directory_name': 'directory',
  'organizations.url': 'directory',
  'organizations.description': 'directory',
  'organization_needs.description': 'an organization of itself; the contract keeps persons out',
  'organization_needs.quantity': 'directory',
  'organizations.business_calendar': 'directory',
  'programs.name': 'directory',
  'programs.description': 'directory',
  'programs.eligibility': 'directory',
  'programs.clock_spans': 'directory',
  'programs.match_weights': 'directory',
  'programs.starting_intensity': 'directory',
  'api_clients.name': 'directory',
  'api_clients.jwks': 'public keys',
  'mentor_requirements.source': 'directory: the statute or policy of an organization',
  'minor_rules.source': 'directory: the statute of a state',
  'engagement_rule_sets.parameters': 'rules of the network',
  'courses.code': 'directory: what an organization teaches',
  'courses.title': 'directory: what an organization teaches',
  'course_versions.label': 'directory: what an organization teaches',
  'course_versions.modules': 'directory: what an organization teaches',
  'course_accreditations.body': 'an organization',
  'course_accreditations.provider_number': 'a number of the provider, printed on every certificate',
  'course_accreditations.activity_number': 'a number of the activity, printed on every certificate',
  'course_accreditations.credit_type': 'a code',
  'course_accreditations.topics': 'codes and numbers',
  'course_accreditations.statement': 'what an accreditor wants on every certificate',
  'enrolments.course_code': 'a code',
  'enrolment_facts.module_code': 'a code',
  'credit_awards.credit_type': 'a code',
  'credit_awards.topics': 'codes and numbers',
  'certificates.number_hash': 'a keyed hash',
  'certificates.course_title': 'directory: what an organization teaches',
  'external_credits.credit_type': 'a code',
  'external_credits.topics': 'codes and numbers',
  'renewal_rules.topics': 'codes and numbers',
  'billing_rules.source': 'directory: the manual or contract of a payer',
  'billing_rules.payer_code': 'a code',
  'billing_rules.service_code': 'a code',
  'clinician_terms.text': 'the organization’s own text',
  'panel_receipts.practitioner_reference': 'references of clinicians, compared by the dual-role guard',
  'learning_programs.name': 'directory: what an organization teaches',
  'cohorts.name': 'directory: what an organization teaches',
  // Agreements are between organizations.
  'agreements.justification': 'between organizations',
  'agreements.reference': 'between organizations',
  'agreements.subpoena_reference': 'between organizations',
  'agreements.termination_reason': 'between organizations',
  // Recognition is public by nature: organizations speak of themselves, and of a mentor there are initials.
  'accreditations.level': 'directory',
  'accreditations.issuer': 'an organization',
  'recognition_schemes.name': 'directory',
  'recognition_schemes.description': 'directory',
  'recognition_schemes.rules': 'codes and numbers',
  'recognition_evaluations.facts': 'codes and numbers of groups',
  'recognition_appeals.grounds': 'an organization of how it works; the contract keeps persons out',
  'recognition_appeals.decision_reason': 'the network’s office to an organization',
  'recognition_appeals.waives': 'a code',
  'recognition_evaluations.scheme_code': 'a code',
  'recognition_credentials.scheme_code': 'a code',
  'recognition_credentials.content':
    'what anybody may read: a name of an organization or initials, and the scheme',
  'credential_keys.private_key': 'sealed by the service',
  'credential_keys.public_jwk': 'public keys',
  // What matching and routing decide by; codes and places, which name nobody.
  'referrals.preferences': 'wishes as codes; emptied when the person is destroyed',
  'referrals.placer_id': 'the clinic’s number of the order; emptied when the person is destroyed',
  'mentors.demographics': 'codes that the mentor chose, weighed by matching',
  'mentors.releases': 'codes',
  'mentors.must_not': 'codes, weighed by matching',
  'mentors.practitioner_references': 'references of clinicians, compared by the dual-role guard',
  'panel_entries.practitioner_reference': 'references of clinicians, compared by the dual-role guard',
  'mentor_credentials.issuer': 'an organization',
  'publication_versions.tags': 'codes that the teller chose, weighed as those of a mentor are',
  'publication_versions.word_list': 'the name of a list of the service',
  // Texts that consents are written with by the organization, before anybody signs.
  'consents.revocation_instructions': 'the organization’s own text',
  // Ids, codes, numbers.
  'referrals.status_reason': 'a code; the words beside it are sealed',
  'referral_transitions.reason': 'a code; the words beside it are sealed',
  'mentorships.closed_because': 'a code of the service',
  'engagement_rule_sets.name': 'directory',
  'events.codes': 'codes; nothing else is ever put in',
  'event_archives.digest': 'a hash of a file',
  'engagement_changes.reasons': 'codes of rules',
  'matching_runs.options': 'numbers',
  'matching_runs.progress': 'numbers',
  'matching_runs.summary': 'ids and numbers',
  'matching_runs.failure': 'a code of the service',
  'matching_runs.input': 'ids and numbers, compressed',
  'disclosures.brief_description':
    'written by the service from data classes, or an organization’s own summary',
  'disclosures.recipient_name': 'an organization outside of the network',
  'accounting_requests.extension_reason': 'why an answer takes longer, as the organization tells the person',
  'audit_events.acting_user': 'the clinic’s own reference of its staff, never a patient',
  'destruction_certificates.acting_user': 'the clinic’s own reference of its staff, never a patient',
  'destruction_certificates.authority': 'the schedule or statute of an organization',
  // Sealed as a whole, or keys and hashes.
  'disclosures.recipient_detail': 'sealed by the service',
  'consent_documents.content': 'sealed as a whole under the person’s key',
  'emergency_disclosures.sealed': 'sealed as a whole under the person’s key',
  'emergency_documents.sealed': 'sealed as a whole under the person’s key',
  'emergency_reviews.sealed': 'sealed as a whole under the person’s key',
  'idempotency_answers.answer': 'sealed by the service; gone after a day, or with the person',
  'signing_keys.private_key': 'sealed by the service',
  'signing_keys.public_jwk': 'public keys',
  'person_keys.sealed_key': 'wrapped',
  'service_key.sealed_key': 'wrapped',
  'webhook_endpoints.url': 'where an organization listens; user and password are refused in it',
  'webhook_secrets.sealed': 'sealed by the service',
  'webhook_attempts.error': 'a code of the service',
  'webhook_queues.last_error': 'a code of the service',
  'client_secrets.hash': 'a keyed hash',
  'panel_entries.hash': 'a keyed hash',
  'patient_identifiers.value_hash': 'a keyed hash',
  'audit_links.hash': 'a hash',
  'chain_heads.hash': 'a hash',
  'recovery_plan_versions.digest': 'a hash, which is what is signed',
  'recovery_plan_signatures.digest': 'a hash, which is what is signed',
}

/** Names of columns whose text is a code, an id or a form that the contract fixes, whatever table they are in. */
const codes =
  /^(status|kind|type|code|action|reason_code|business_status|from_status|outcome|priority|system|source|.*_role|role|mode|direction|result|item|method|basis|purpose|designation|voice|cadence|intensity|mentor_type|time_zone|language|jurisdiction|review|ground|face|command|key|jti|algorithm|.*_sha256|sha256|.*_hash|.*_digest|fields_hash|input_digest|rule_set|rule_version|.*_version|.*_type|.*_by|request_id|client_address|.*_status|audience|media_type|form|refusal|result_class|decision|verification|least_verification|recovery_band|felt_accompanied|chosen_by|owner_role|order_section|review|suspension_reason|ended_basis|personnel_role|relationship)$/

const wordy = ['text', 'jsonb', 'bytea', '_text']

interface Column {
  readonly relation: string
  readonly name: string
  readonly type: string
}

const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

t.test('every column that could hold words is sealed, or named here with the reason why not', async (t) => {
  const { stored } = await startService(t)
  const columns = await stored<Column>(
    `
    select c.relname as relation, a.attname as name, y.typname as type from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    join pg_type y on y.oid = a.atttypid
    where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace and c.relname <> 'schema_migrations'
      and y.typname = any ($1)`,
    [wordy],
  )
  const sealed = new Map(
    sealings.map(({ table, spec }) => [getTableName(table), new Set(Object.keys(spec.members).map(snake))]),
  )
  // With a check constraint over fixed words, or arrays of codes, a column can hold nothing else.
  const constrained = new Set(
    (
      await stored<{ name: string }>(`
      select distinct c.relname || '.' || a.attname as name from pg_constraint k
      join pg_class c on c.oid = k.conrelid join pg_attribute a on a.attrelid = c.oid and a.attnum = any (k.conkey)
      where k.contype = 'c' and pg_get_constraintdef(k.oid) ~ ('\\m' || a.attname || ' = ANY')`)
    ).map(({ name }) => name),
  )
  const open = columns.filter(
    ({ relation, name, type }) =>
      !sealed.get(relation)?.has(name) &&
      !(name === 'sealed' && type === 'jsonb') &&
      !(type === '_text') &&
      !constrained.has(`${relation}.${name}`) &&
      !(`${relation}.${name}` in accounted) &&
      !(type === 'text' && codes.test(name)),
  )
  t.same(open, [])
  const there = new Set(columns.map(({ relation, name }) => `${relation}.${name}`))
  t.same(
    Object.keys(accounted).filter((name) => !there.has(name)),
    [],
    'what is named here exists',
  )
  for (const [table, members] of sealed)
    for (const member of members)
      t.ok(there.has(`${table}.${member}`) || ['birth_date'].includes(member), `${table}.${member}`)
})

t.test('no statement reads a sealed column beside its opener', async (t) => {
  const files = (await readdir('src/domains', { recursive: true })).filter((file) => /\.ts$/.test(file))
  const tables: Record<string, string> = {
    patients: 'name|birthDate|postalCode|contactPoints',
    mentors: 'displayName|experienceStatement|boundaries|supervisorName',
    referrals: 'note|statusReasonText',
    contacts: 'summary',
    consents: 'patientNameAsSigned|informationDescription|purposeText|signatures|revocationReason',
    mentorshipAgreements: 'goals|frequency|hours|emergencyPlan',
    offers: 'declineReason|overrideReason',
  }
  for (const file of files.filter((name) => !name.endsWith('table.ts'))) {
    const source = await readFile(join('src/domains', file), 'utf8')
    // Such a column reads as null, and what is shown then is nothing, silently.
    for (const [table, members] of Object.entries(tables))
      t.notMatch(source, new RegExp(`\\b${table}\\.(${members})\\b`), file)
  }
})
