-- 42 CFR 2.51. Three kinds of row, each written once and never changed: what was opened, what was documented of it, and what
-- a reviewer found. `sealed` holds names and free text and is opened by the service alone.
create table emergency_disclosures (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  reader_ids uuid[] not null default '{}',
  patient_id uuid not null,
  reason_code text not null,
  personnel_role text not null,
  sealed bytea not null,
  opened_by_organization_id uuid not null,
  opened_by_client_id uuid not null,
  opened_at timestamptz not null,
  expires_at timestamptz not null,
  primary key (network_id, id),
  foreign key (network_id, organization_id) references organizations (network_id, id),
  foreign key (network_id, opened_by_organization_id) references organizations (network_id, id),
  foreign key (network_id, patient_id) references patients (network_id, id),
  -- A grant that could be opened for longer than this would be a door of its own.
  constraint emergency_disclosures_are_short check (expires_at > opened_at and expires_at <= opened_at + interval '15 minutes')
);
create index emergency_disclosures_by_organization on emergency_disclosures (network_id, organization_id, id desc);
create index emergency_disclosures_by_opener on emergency_disclosures (network_id, opened_by_organization_id, id desc);
create index emergency_disclosures_by_patient on emergency_disclosures (network_id, patient_id, id desc);
call wall_shared('emergency_disclosures');
revoke update on emergency_disclosures from alongside_app, alongside_system;

-- The four elements of 42 CFR 2.51(c). Its key makes a second documentation of one emergency impossible.
create table emergency_documents (
  network_id uuid not null,
  emergency_id uuid not null,
  organization_id uuid not null,
  reader_ids uuid[] not null default '{}',
  patient_id uuid not null,
  sealed bytea not null,
  disclosed_at timestamptz not null,
  documented_by_organization_id uuid not null,
  documented_by_client_id uuid not null,
  documented_at timestamptz not null,
  primary key (network_id, emergency_id),
  foreign key (network_id, emergency_id) references emergency_disclosures (network_id, id),
  foreign key (network_id, organization_id) references organizations (network_id, id)
);
create index emergency_documents_by_organization on emergency_documents (network_id, organization_id);
call wall_shared('emergency_documents');
revoke update on emergency_documents from alongside_app, alongside_system;

-- `position` counts the reviews of one emergency: of two that are made at once, the later one looks again.
create table emergency_reviews (
  network_id uuid not null,
  emergency_id uuid not null,
  position integer not null check (position between 1 and 100),
  organization_id uuid not null,
  reader_ids uuid[] not null default '{}',
  patient_id uuid not null,
  outcome text not null check (outcome in ('justified', 'not_justified', 'needs_follow_up')),
  sealed bytea not null,
  reviewed_by_client_id uuid not null,
  reviewed_at timestamptz not null,
  primary key (network_id, emergency_id, position),
  -- Only what was documented is reviewed.
  foreign key (network_id, emergency_id) references emergency_documents (network_id, emergency_id),
  foreign key (network_id, organization_id) references organizations (network_id, id)
);
create index emergency_reviews_by_organization on emergency_reviews (network_id, organization_id);
create unique index emergency_reviews_final on emergency_reviews (network_id, emergency_id) where outcome <> 'needs_follow_up';
call wall_shared('emergency_reviews');
revoke update on emergency_reviews from alongside_app, alongside_system;

-- A patient's own token sees that it happened.
do $$
declare target regclass;
begin
  foreach target in array array['emergency_disclosures', 'emergency_documents', 'emergency_reviews']::regclass[] loop
    execute format('drop policy person_wall on %s', target);
    execute format($p$create policy person_wall on %s as restrictive to alongside_app
      using (coalesce(current_setting('app.person_wall', true), '') <> 'up'
             or patient_id = nullif(current_setting('app.person_id', true), '')::uuid)$p$, target);
  end loop;
end $$;

alter table clocks
  drop constraint clocks_subject_type_check,
  add constraint clocks_subject_type_check check (subject_type in ('referral', 'mentor', 'accounting_request', 'emergency'));
