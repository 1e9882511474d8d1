-- The tables of a network, spread over the workers of a Citus cluster (12 or newer) by network. NOT RUN by anybody yet: Citus
-- cannot be installed where this was written. test/scale/citus.test.ts holds against the catalogue what PostgreSQL alone can
-- tell: that no table is forgotten, and that every key and foreign key of a distributed one contains the network.
-- docs/guides/scale.md says what to try first, and on what to turn back.
--
-- Run it on the coordinator, as the owner of the tables, after `alongside migrate` on an empty database or on one that is
-- not being written to:   psql --set=ON_ERROR_STOP=1 --single-transaction --file=migrations/citus/distribute.sql

-- Append-only logs, the rows that wait for the chain, and copies of a patient's id are kept by triggers. Each looks at its own
-- row, or writes beside it in the same network, which is in the same place.
set citus.enable_unsafe_triggers = on;

-- Three constraints say the same without the network leading, which a distributed table cannot have.
-- The hash of a number that is random by itself: nobody finds another with the same, in a network or out of it.
drop index certificates_by_number;
create unique index certificates_by_number on certificates (network_id, number_hash);
-- As the embedded engine has no btree_gist, ids were compared as spans there.
create extension if not exists btree_gist;
alter table placement_hours drop constraint placement_hours_overlap;
alter table placement_hours add constraint placement_hours_overlap
  exclude using gist (network_id with =, learner_id with =, tstzrange(began_at, ended_at) with &&)
  where (status <> 'entered_in_error');
alter table billing_rules drop constraint billing_rules_overlap;
alter table billing_rules add constraint billing_rules_overlap
  exclude using gist (network_id with =, organization_id with =, payer_code with =, service_code with =,
    daterange(effective_from, effective_until, '[]') with &&)
  where (status = 'active');

-- Every node has its own copy: few rows, read everywhere.
select create_reference_table('networks');
select create_reference_table('service_key');
select create_reference_table('signing_keys');
select create_reference_table('credential_keys');

-- Stay on the coordinator: schema_migrations, and the queues in the schema pgboss. A job is enqueued in the transaction of
-- the change it follows from, which then is one over two nodes.

-- organizations first: what others are placed with. All of one network stand on one worker, so that a request, its joins
-- and its foreign keys never leave it.
select create_distributed_table('organizations', 'network_id');
select create_distributed_table('accounting_requests', 'network_id', colocate_with => 'organizations');
select create_distributed_table('accreditations', 'network_id', colocate_with => 'organizations');
select create_distributed_table('agreements', 'network_id', colocate_with => 'organizations');
select create_distributed_table('api_clients', 'network_id', colocate_with => 'organizations');
select create_distributed_table('audit_events', 'network_id', colocate_with => 'organizations');
select create_distributed_table('audit_links', 'network_id', colocate_with => 'organizations');
select create_distributed_table('audit_unsealed', 'network_id', colocate_with => 'organizations');
select create_distributed_table('billing_rules', 'network_id', colocate_with => 'organizations');
select create_distributed_table('certificates', 'network_id', colocate_with => 'organizations');
select create_distributed_table('chain_heads', 'network_id', colocate_with => 'organizations');
select create_distributed_table('client_assertions', 'network_id', colocate_with => 'organizations');
select create_distributed_table('client_secrets', 'network_id', colocate_with => 'organizations');
select create_distributed_table('clinician_acceptances', 'network_id', colocate_with => 'organizations');
select create_distributed_table('clinician_terms', 'network_id', colocate_with => 'organizations');
select create_distributed_table('clocks', 'network_id', colocate_with => 'organizations');
select create_distributed_table('closing_voices', 'network_id', colocate_with => 'organizations');
select create_distributed_table('cohorts', 'network_id', colocate_with => 'organizations');
select create_distributed_table('conflict_declarations', 'network_id', colocate_with => 'organizations');
select create_distributed_table('consent_documents', 'network_id', colocate_with => 'organizations');
select create_distributed_table('consent_parties', 'network_id', colocate_with => 'organizations');
select create_distributed_table('consent_revocations', 'network_id', colocate_with => 'organizations');
select create_distributed_table('consents', 'network_id', colocate_with => 'organizations');
select create_distributed_table('contact_versions', 'network_id', colocate_with => 'organizations');
select create_distributed_table('contacts', 'network_id', colocate_with => 'organizations');
select create_distributed_table('course_accreditations', 'network_id', colocate_with => 'organizations');
select create_distributed_table('course_versions', 'network_id', colocate_with => 'organizations');
select create_distributed_table('courses', 'network_id', colocate_with => 'organizations');
select create_distributed_table('credit_awards', 'network_id', colocate_with => 'organizations');
select create_distributed_table('destruction_certificates', 'network_id', colocate_with => 'organizations');
select create_distributed_table('disclosures', 'network_id', colocate_with => 'organizations');
select create_distributed_table('emergency_disclosures', 'network_id', colocate_with => 'organizations');
select create_distributed_table('emergency_documents', 'network_id', colocate_with => 'organizations');
select create_distributed_table('emergency_reviews', 'network_id', colocate_with => 'organizations');
select create_distributed_table('engagement_changes', 'network_id', colocate_with => 'organizations');
select create_distributed_table('engagement_rule_sets', 'network_id', colocate_with => 'organizations');
select create_distributed_table('engagement_states', 'network_id', colocate_with => 'organizations');
select create_distributed_table('enrolment_facts', 'network_id', colocate_with => 'organizations');
select create_distributed_table('enrolments', 'network_id', colocate_with => 'organizations');
select create_distributed_table('event_archives', 'network_id', colocate_with => 'organizations');
select create_distributed_table('event_logs', 'network_id', colocate_with => 'organizations');
select create_distributed_table('events', 'network_id', colocate_with => 'organizations');
select create_distributed_table('external_credits', 'network_id', colocate_with => 'organizations');
select create_distributed_table('idempotency_answers', 'network_id', colocate_with => 'organizations');
select create_distributed_table('learners', 'network_id', colocate_with => 'organizations');
select create_distributed_table('learning_programs', 'network_id', colocate_with => 'organizations');
select create_distributed_table('legal_holds', 'network_id', colocate_with => 'organizations');
select create_distributed_table('matching_run_pairs', 'network_id', colocate_with => 'organizations');
select create_distributed_table('matching_runs', 'network_id', colocate_with => 'organizations');
select create_distributed_table('mentor_credentials', 'network_id', colocate_with => 'organizations');
select create_distributed_table('mentor_requirements', 'network_id', colocate_with => 'organizations');
select create_distributed_table('mentor_screenings', 'network_id', colocate_with => 'organizations');
select create_distributed_table('mentors', 'network_id', colocate_with => 'organizations');
select create_distributed_table('mentorship_agreements', 'network_id', colocate_with => 'organizations');
select create_distributed_table('mentorship_pauses', 'network_id', colocate_with => 'organizations');
select create_distributed_table('mentorships', 'network_id', colocate_with => 'organizations');
select create_distributed_table('milestones', 'network_id', colocate_with => 'organizations');
select create_distributed_table('minor_rules', 'network_id', colocate_with => 'organizations');
select create_distributed_table('offers', 'network_id', colocate_with => 'organizations');
select create_distributed_table('organization_needs', 'network_id', colocate_with => 'organizations');
select create_distributed_table('panel_entries', 'network_id', colocate_with => 'organizations');
select create_distributed_table('panel_receipts', 'network_id', colocate_with => 'organizations');
select create_distributed_table('patient_identifiers', 'network_id', colocate_with => 'organizations');
select create_distributed_table('patients', 'network_id', colocate_with => 'organizations');
select create_distributed_table('person_keys', 'network_id', colocate_with => 'organizations');
select create_distributed_table('placement_hours', 'network_id', colocate_with => 'organizations');
select create_distributed_table('placements', 'network_id', colocate_with => 'organizations');
select create_distributed_table('program_capacities', 'network_id', colocate_with => 'organizations');
select create_distributed_table('programs', 'network_id', colocate_with => 'organizations');
select create_distributed_table('publication_versions', 'network_id', colocate_with => 'organizations');
select create_distributed_table('publications', 'network_id', colocate_with => 'organizations');
select create_distributed_table('recognition_appeals', 'network_id', colocate_with => 'organizations');
select create_distributed_table('recognition_consents', 'network_id', colocate_with => 'organizations');
select create_distributed_table('recognition_credentials', 'network_id', colocate_with => 'organizations');
select create_distributed_table('recognition_evaluations', 'network_id', colocate_with => 'organizations');
select create_distributed_table('recognition_schemes', 'network_id', colocate_with => 'organizations');
select create_distributed_table('recovery_plan_signatures', 'network_id', colocate_with => 'organizations');
select create_distributed_table('recovery_plan_versions', 'network_id', colocate_with => 'organizations');
select create_distributed_table('recovery_plans', 'network_id', colocate_with => 'organizations');
select create_distributed_table('referral_transitions', 'network_id', colocate_with => 'organizations');
select create_distributed_table('referrals', 'network_id', colocate_with => 'organizations');
select create_distributed_table('renewal_rules', 'network_id', colocate_with => 'organizations');
select create_distributed_table('restrictions', 'network_id', colocate_with => 'organizations');
select create_distributed_table('shortlists', 'network_id', colocate_with => 'organizations');
select create_distributed_table('supervision_attendances', 'network_id', colocate_with => 'organizations');
select create_distributed_table('supervision_sessions', 'network_id', colocate_with => 'organizations');
select create_distributed_table('treating_relationships', 'network_id', colocate_with => 'organizations');
select create_distributed_table('webhook_attempts', 'network_id', colocate_with => 'organizations');
select create_distributed_table('webhook_deliveries', 'network_id', colocate_with => 'organizations');
select create_distributed_table('webhook_endpoints', 'network_id', colocate_with => 'organizations');
select create_distributed_table('webhook_fan_outs', 'network_id', colocate_with => 'organizations');
select create_distributed_table('webhook_queues', 'network_id', colocate_with => 'organizations');
select create_distributed_table('webhook_secrets', 'network_id', colocate_with => 'organizations');
