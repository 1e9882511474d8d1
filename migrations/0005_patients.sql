create table patients (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  reader_ids uuid[] not null default '{}',
  name text check (char_length(name) <= 200),
  birth_date date,
  language text,
  time_zone text,
  postal_code text check (char_length(postal_code) <= 20),
  contact_points jsonb not null default '[]' check (jsonb_array_length(contact_points) <= 10),
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (network_id, id),
  foreign key (network_id, organization_id) references organizations (network_id, id)
);
create index patients_by_organization on patients (network_id, organization_id, id desc);
create index patients_by_change on patients (network_id, organization_id, updated_at, id);
call wall_shared('patients');

-- The organization's own numbers for a patient: the key decides who a number belongs to, whatever runs at once.
-- Deferred, so that the number may be claimed before its patient is written.
create table patient_identifiers (
  network_id uuid not null,
  organization_id uuid not null,
  system text not null check (char_length(system) <= 200),
  value text not null check (char_length(value) <= 200),
  patient_id uuid not null,
  constraint patients_by_identifier primary key (network_id, organization_id, system, value),
  foreign key (network_id, patient_id) references patients (network_id, id) deferrable initially deferred
);
create index patient_identifiers_by_patient on patient_identifiers (network_id, patient_id);
call wall_held('patient_identifiers');
