-- The ledger, complete: what went to whom on what ground, also what was said or faxed, and what rests on no consent.
-- Rows of what rests on a qualified service agreement, or stays within one administration, are in the audit trail alone.
alter table disclosures
  drop constraint disclosures_basis_check,
  drop constraint disclosures_method_check,
  alter column recipient_organization_id drop not null,
  alter column recipient_client_id drop not null,
  alter column consent_id drop not null,
  alter column subject_type drop not null,
  alter column subject_id drop not null,
  alter column notice_version drop not null,
  add constraint disclosures_basis_check check (basis in
    ('consent', 'emergency', 'research', 'audit', 'court_order', 'required_by_law')),
  add constraint disclosures_method_check check (method in
    ('api', 'graphql', 'fhir', 'webhook', 'feed', 'stream', 'export', 'verbal', 'phone', 'fax', 'mail', 'email')),
  -- The agreement, order or emergency grant that it rests on, where that is no consent.
  add column approval_id uuid,
  add column designation text check (designation in ('named', 'class', 'general', 'intermediary')),
  add column brief_description text check (char_length(brief_description) <= 500),
  add column fields_hash text check (fields_hash ~ '^[0-9a-f]{64}$'),
  add column via_ehr boolean not null default true,
  add column consent_copy_sent boolean not null default true,
  add column rule_version text,
  add column manual boolean not null default false,
  -- Of a row that was entered by hand: who entered it and when; `at` is when it was disclosed.
  add column recorded_by_client_id uuid,
  add column recorded_at timestamptz,
  -- Outside of the network: an organization by its name; persons and addresses are sealed by the service.
  add column recipient_name text check (char_length(recipient_name) <= 200),
  add column recipient_detail bytea,
  add column corrects_id uuid,
  add constraint disclosures_to_somebody check (recipient_organization_id is not null or recipient_name is not null),
  add constraint disclosures_rest_on_consent check (basis <> 'consent' or consent_id is not null),
  add constraint disclosures_by_hand check (manual = (recorded_by_client_id is not null));
create unique index disclosures_corrected_once on disclosures (network_id, corrects_id) where corrects_id is not null;
create index disclosures_by_time on disclosures (network_id, patient_id, at, id);
create index disclosures_by_holder on disclosures (network_id, organization_id, id desc);
create index disclosures_by_recipient on disclosures (network_id, recipient_organization_id, id desc);

-- 42 CFR 2.25 and 2.24: who asked for an accounting, or for the list of an intermediary, and when it has to be there.
create table accounting_requests (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  patient_id uuid not null,
  kind text not null check (kind in ('accounting', 'intermediary_list')),
  status text not null check (status in ('open', 'fulfilled')),
  requested_at timestamptz not null,
  -- Whole days in `time_zone`.
  from_date date not null,
  to_date date not null,
  time_zone text not null,
  due_at timestamptz not null,
  extended_at timestamptz,
  extension_reason text check (char_length(extension_reason) <= 1000),
  fulfilled_at timestamptz,
  document_sha256 text check (document_sha256 ~ '^[0-9a-f]{64}$'),
  disclosures_count integer,
  clock_id uuid not null,
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (network_id, id),
  foreign key (network_id, organization_id) references organizations (network_id, id),
  foreign key (network_id, patient_id) references patients (network_id, id),
  foreign key (network_id, clock_id) references clocks (network_id, id) deferrable initially deferred,
  constraint accounting_period check (from_date <= to_date),
  constraint accounting_extended_for_a_reason check ((extended_at is null) = (extension_reason is null)),
  constraint accounting_fulfilled check ((status = 'fulfilled') = (fulfilled_at is not null and document_sha256 is not null))
);
create index accounting_requests_by_patient on accounting_requests (network_id, patient_id, id desc);
create index accounting_requests_by_organization on accounting_requests (network_id, organization_id, id desc);
create index accounting_requests_by_clock on accounting_requests (network_id, clock_id);
call wall_held('accounting_requests');

alter table clocks
  drop constraint clocks_subject_type_check,
  add constraint clocks_subject_type_check check (subject_type in ('referral', 'mentor', 'accounting_request'));

-- A patient's token reads what was told of them, and their own requests.
drop policy person_wall on disclosures;
create policy person_wall on disclosures as restrictive for select to alongside_app
  using (coalesce(current_setting('app.person_wall', true), '') <> 'up'
         or patient_id = nullif(current_setting('app.person_id', true), '')::uuid);
drop policy person_wall on accounting_requests;
create policy person_wall on accounting_requests as restrictive to alongside_app
  using (coalesce(current_setting('app.person_wall', true), '') <> 'up'
         or patient_id = nullif(current_setting('app.person_id', true), '')::uuid);
