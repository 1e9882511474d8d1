-- The words of consents and restrictions, sealed as those of 0020_sealing.sql are.
alter table consents no force row level security;
alter table consent_parties no force row level security;
alter table consent_revocations no force row level security;
alter table consent_parties add column patient_id uuid;
alter table consent_revocations add column patient_id uuid;
update consent_parties p set patient_id = c.patient_id from consents c where c.network_id = p.network_id and c.id = p.consent_id;
update consent_revocations r set patient_id = c.patient_id from consents c where c.network_id = r.network_id and c.id = r.consent_id;
alter table consents force row level security;
alter table consent_parties force row level security;
alter table consent_revocations force row level security;
create or replace function row_names_its_patient() returns trigger language plpgsql as $$
begin
  if new.patient_id is not null then return new; end if;
  case tg_table_name
    when 'contact_versions' then
      select c.patient_id into new.patient_id from contacts c where c.network_id = new.network_id and c.id = new.contact_id;
    when 'consent_parties', 'consent_revocations' then
      select c.patient_id into new.patient_id from consents c where c.network_id = new.network_id and c.id = new.consent_id;
    else
      select r.patient_id into new.patient_id from referrals r where r.network_id = new.network_id and r.id = new.referral_id;
  end case;
  return new;
end $$;
create trigger row_names_its_patient before insert on consent_parties for each row execute function row_names_its_patient();
create trigger row_names_its_patient before insert on consent_revocations for each row execute function row_names_its_patient();

alter table consents drop constraint consents_complete, drop constraint consents_draft_parties;
alter table consent_parties drop constraint if exists consent_parties_check1;
call sealed_columns('consents', array['patient_name_as_signed', 'information_description', 'purpose_text', 'expiration_event',
  'signatures', 'revocation_reason', 'draft_parties']);
call sealed_columns('consent_parties', array['description']);
alter table consent_parties add constraint consent_parties_described check
  (designation <> 'class' or coalesce(description, sealed ->> 'description') is not null);
call sealed_columns('consent_revocations', array['reason']);
call sealed_columns('restrictions', array['text', 'decision_reason']);
grant update (reason, sealed) on consent_revocations to alongside_system;
-- 42 CFR 2.31(a), as before: whatever is more than a draft has every element. Of a sealed one the database sees that it is
-- there; what it says was checked before it was sealed.
alter table consents
  add constraint consents_complete check (status in ('draft', 'entered_in_error') or (
    coalesce(patient_name_as_signed, sealed ->> 'patientNameAsSigned', '') <> ''
    and coalesce(information_description, sealed ->> 'informationDescription', '') <> ''
    and coalesce(signatures::text, sealed ->> 'signatures', '[]') <> '[]'
    and cardinality(data_classes) > 0 and cardinality(purposes) > 0 and right_to_revoke and revocation_instructions <> ''
    and signed_on is not null
    and (expires_on is not null)::int + (coalesce(expiration_event, sealed ->> 'expirationEvent') is not null)::int
      + expiration_none::int = 1)),
  add constraint consents_draft_parties check
    ((coalesce(draft_parties::text, sealed ->> 'draftParties') is not null) = (status = 'draft'));

-- Destroying what was said of a person: their key goes, and with it every word that was sealed under it.
alter table patients add column erased_at timestamptz;
alter table networks add column record_retention_years integer not null default 10 check (record_retention_years between 6 and 100);
grant update (record_retention_years) on networks to alongside_system;
grant delete on patient_identifiers to alongside_system;

-- A legal hold keeps a record, whatever else would let it be destroyed. Somebody else than who placed it takes it off.
create table legal_holds (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  patient_id uuid not null,
  reason text check (char_length(reason) <= 1000),
  placed_by_client_id uuid not null,
  placed_at timestamptz not null,
  released_by_client_id uuid,
  released_at timestamptz,
  version integer not null default 1,
  primary key (network_id, id),
  foreign key (network_id, organization_id) references organizations (network_id, id),
  foreign key (network_id, patient_id) references patients (network_id, id),
  constraint legal_holds_released_by_another check (released_by_client_id is distinct from placed_by_client_id),
  check ((released_at is null) = (released_by_client_id is null))
);
create index legal_holds_by_patient on legal_holds (network_id, patient_id, id desc);
create index legal_holds_by_organization on legal_holds (network_id, organization_id, id desc);
call wall_held('legal_holds');
call sealed_columns('legal_holds', array['reason']);

-- What was destroyed, on what ground and by whom: the tombstone. Written once; it names the person by a keyed hash alone.
create table destruction_certificates (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  patient_hash text not null check (patient_hash ~ '^[0-9a-f]{64}$'),
  data_classes text[] not null,
  method text not null check (method in ('crypto_shred')),
  ground text not null check (ground in ('retention_ended', 'not_a_record')),
  authority text not null check (char_length(authority) <= 500),
  key_digest text check (key_digest ~ '^[0-9a-f]{64}$'),
  destroyed_at timestamptz not null,
  destroyed_by_client_id uuid not null,
  acting_user text check (char_length(acting_user) <= 200),
  primary key (network_id, id),
  foreign key (network_id, organization_id) references organizations (network_id, id)
);
create index destruction_certificates_by_organization on destruction_certificates (network_id, organization_id, id desc);
create index destruction_certificates_by_patient on destruction_certificates (network_id, patient_hash);
call wall_held('destruction_certificates');
revoke update on destruction_certificates from alongside_app, alongside_system;
