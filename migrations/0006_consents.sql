-- 42 CFR 2.31: a row is one written consent with every element; an incomplete one is never stored as active.
create table consents (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  reader_ids uuid[] not null default '{}',
  patient_id uuid not null,
  kind text not null check (kind in
    ('specific_disclosure', 'tpo_single', 'counseling_notes', 'proceedings', 'criminal_justice', 'research')),
  status text not null check (status in ('active', 'revoked', 'expired', 'entered_in_error')),
  patient_name_as_signed text not null,
  both_directions boolean not null,
  data_classes text[] not null check (cardinality(data_classes) > 0),
  information_description text not null check (information_description <> ''),
  purposes text[] not null check (cardinality(purposes) > 0),
  purpose_text text,
  expires_on date,
  expiration_event text,
  expiration_none boolean not null default false,
  right_to_revoke boolean not null check (right_to_revoke),
  redisclosure_potential boolean not null,
  refusal_consequences boolean not null,
  revocation_instructions text not null check (revocation_instructions <> ''),
  signatures jsonb not null check (jsonb_array_length(signatures) > 0),
  signed_on date not null,
  document_sha256 text not null,
  revoked_at timestamptz,
  revocation_reason text,
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (network_id, id),
  foreign key (network_id, organization_id) references organizations (network_id, id),
  foreign key (network_id, patient_id) references patients (network_id, id),
  constraint consents_expire_one_way check
    ((expires_on is not null)::int + (expiration_event is not null)::int + expiration_none::int = 1),
  constraint consents_without_expiry_are_tpo check
    (not expiration_none or purposes <@ array['treatment', 'payment', 'operations']),
  check ((status = 'revoked') = (revoked_at is not null))
);
create index consents_by_patient on consents (network_id, patient_id, id desc);
create index consents_by_organization on consents (network_id, organization_id, id desc);
call wall_shared('consents');

-- Who discloses and who receives. Composite keys: a recipient of another network cannot be written down.
create table consent_parties (
  network_id uuid not null,
  consent_id uuid not null,
  organization_id uuid not null,
  reader_ids uuid[] not null default '{}',
  position integer not null,
  role text not null check (role in ('discloser', 'recipient')),
  designation text not null check (designation in ('named', 'class')),
  party_organization_id uuid,
  description text check (char_length(description) <= 500),
  primary key (network_id, consent_id, role, position),
  foreign key (network_id, consent_id) references consents (network_id, id),
  foreign key (network_id, party_organization_id) references organizations (network_id, id),
  check (designation <> 'named' or party_organization_id is not null),
  check (designation <> 'class' or description is not null)
);
create index consent_parties_by_party on consent_parties (network_id, party_organization_id);
call wall_shared('consent_parties');

-- The ledger: one row each time data went to another organization. Held by the organization whose data it is,
-- read by the one that received it. Append-only.
create table disclosures (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  reader_ids uuid[] not null,
  at timestamptz not null,
  patient_id uuid not null,
  recipient_organization_id uuid not null,
  recipient_client_id uuid not null,
  basis text not null check (basis in ('consent')),
  consent_id uuid not null,
  purpose text not null,
  data_classes text[] not null check (cardinality(data_classes) > 0),
  subject_type text not null,
  subject_id uuid not null,
  method text not null check (method in ('api')),
  notice_version text not null,
  request_id text not null,
  primary key (network_id, id)
);
create index disclosures_by_patient on disclosures (network_id, patient_id, id desc);
call wall_shared('disclosures');
revoke update on disclosures from alongside_app, alongside_system;
