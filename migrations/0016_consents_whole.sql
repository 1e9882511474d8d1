-- The whole life of a consent: draft, signed, active, suspended, revoked in whole or in part, superseded, expired.
-- An incomplete one may be kept as a draft and as nothing else (42 CFR 2.31(c)).
-- The first check of a new foreign key reads both tables as their owner, whom forced row-level security binds too.
alter table consents no force row level security;
alter table referrals no force row level security;
alter table agreements no force row level security;

alter table consents
  drop constraint consents_status_check,
  drop constraint consents_check,
  drop constraint consents_data_classes_check,
  drop constraint consents_information_description_check,
  drop constraint consents_purposes_check,
  drop constraint consents_revocation_instructions_check,
  drop constraint consents_right_to_revoke_check,
  drop constraint consents_signatures_check,
  drop constraint consents_expire_one_way,
  alter column signed_on drop not null,
  add column revoked_data_classes text[] not null default '{}',
  add column hipaa_redisclosure boolean not null default true,
  add column statements_version text not null default 'statements-2024-1',
  add column jurisdiction text check (jurisdiction ~ '^[A-Z]{2}$'),
  add column review text not null default 'not_needed' check (review in ('not_needed', 'pending', 'approved', 'rejected')),
  add column activated_at timestamptz,
  add column suspended_at timestamptz,
  add column suspension_reason text check (suspension_reason in ('oral_revocation', 'capacity_question', 'suspected_falsity')),
  add column expired_at timestamptz,
  add column supersedes_id uuid,
  add column expiry_told_at timestamptz,
  -- The parties of a draft; they become rows of consent_parties when it is signed.
  add column draft_parties jsonb,
  add constraint consents_draft_parties check ((draft_parties is not null) = (status = 'draft')),
  add constraint consents_status_check check (status in
    ('draft', 'signed', 'active', 'suspended', 'revoked', 'expired', 'superseded', 'entered_in_error')),
  add constraint consents_revoked_since check ((status = 'revoked') = (revoked_at is not null)),
  add constraint consents_suspended_since check ((status = 'suspended') = (suspended_at is not null)),
  -- 42 CFR 2.31(a): whatever is more than a draft has every element.
  add constraint consents_complete check (status in ('draft', 'entered_in_error') or (
    patient_name_as_signed <> '' and cardinality(data_classes) > 0 and information_description <> ''
    and cardinality(purposes) > 0 and right_to_revoke and revocation_instructions <> ''
    and jsonb_array_length(signatures) > 0 and signed_on is not null
    and (expires_on is not null)::int + (expiration_event is not null)::int + expiration_none::int = 1)),
  -- 42 CFR 2.31(b), (d): kinds that are never combined with another.
  add constraint consents_proceedings_alone check (status in ('draft', 'entered_in_error') or (kind = 'proceedings') = ('legal_proceeding' = any (purposes))),
  add constraint consents_reviewed check (status <> 'active' or review in ('not_needed', 'approved')),
  add constraint consents_supersede_own foreign key (network_id, supersedes_id) references consents (network_id, id);
create index consents_by_superseded on consents (network_id, supersedes_id) where supersedes_id is not null;
-- What a clock has to look at: active consents in the order in which they end.
create index consents_by_expiry on consents (network_id, expires_on, id) where status = 'active' and expires_on is not null;

alter table consent_parties
  drop constraint consent_parties_designation_check,
  drop constraint consent_parties_check,
  -- By name; as a class, with its members when it was signed; the persons who treat the patient; an intermediary with its
  -- members (42 CFR 2.31(a)(4)).
  add constraint consent_parties_designation_check check (designation in ('named', 'class', 'general', 'intermediary', 'member')),
  add constraint consent_parties_named check (designation not in ('named', 'intermediary', 'member') or party_organization_id is not null),
  add column via_position integer,
  add column treating_only boolean not null default false,
  add column revoked_at timestamptz,
  add constraint consent_parties_members_via check ((designation = 'member') = (via_position is not null));

-- Each revocation as it was received: of the whole, or of some recipients or classes. Append-only.
create table consent_revocations (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  consent_id uuid not null,
  at timestamptz not null,
  received_by_client_id uuid not null,
  by_patient boolean not null,
  form text not null check (form in ('written', 'electronic', 'oral')),
  recipient_organization_ids uuid[] not null default '{}',
  data_classes text[] not null default '{}',
  reason text check (char_length(reason) <= 1000),
  primary key (network_id, id),
  foreign key (network_id, organization_id) references organizations (network_id, id),
  foreign key (network_id, consent_id) references consents (network_id, id)
);
create index consent_revocations_by_consent on consent_revocations (network_id, consent_id, id);
create index consent_revocations_by_organization on consent_revocations (network_id, organization_id);
call wall_held('consent_revocations');
revoke update on consent_revocations from alongside_app, alongside_system;

-- The signed document itself, where the clinic sends it. `content` is sealed by the service. Append-only.
create table consent_documents (
  network_id uuid not null,
  consent_id uuid not null,
  organization_id uuid not null,
  media_type text not null check (media_type in ('application/pdf', 'image/png', 'image/jpeg', 'text/plain')),
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  content bytea not null,
  created_at timestamptz not null,
  primary key (network_id, consent_id),
  foreign key (network_id, organization_id) references organizations (network_id, id),
  foreign key (network_id, consent_id) references consents (network_id, id)
);
create index consent_documents_by_organization on consent_documents (network_id, organization_id);
call wall_held('consent_documents');
revoke update on consent_documents from alongside_app, alongside_system;

-- 42 CFR 2.14: from what age a minor consents alone, and whether a parent signs too, is state law, hence data. No row:
-- not known, so both sign and somebody reviews. `minors_accepted` stays false until the network has had its table checked.
alter table networks add column minors_accepted boolean not null default false;
create table minor_rules (
  network_id uuid not null,
  jurisdiction text not null check (jurisdiction ~ '^[A-Z]{2}$'),
  consent_age integer not null check (consent_age between 0 and 21),
  parent_signs_too boolean not null,
  majority_age integer not null default 18 check (majority_age between 18 and 21),
  source text not null check (char_length(source) <= 500),
  version integer not null default 1,
  updated_at timestamptz not null,
  primary key (network_id, jurisdiction)
);
call wall_network('minor_rules');
grant update (minors_accepted) on networks to alongside_system;

-- A patient's token reads and revokes the person's own consents, and says what they rule out.
drop policy person_wall on consents;
create policy person_wall on consents as restrictive to alongside_app
  using (coalesce(current_setting('app.person_wall', true), '') <> 'up'
         or patient_id = nullif(current_setting('app.person_id', true), '')::uuid);
drop policy person_wall on restrictions;
create policy person_wall on restrictions as restrictive to alongside_app
  using (coalesce(current_setting('app.person_wall', true), '') <> 'up'
         or patient_id = nullif(current_setting('app.person_id', true), '')::uuid);

call sweep_queue('consents.expire');
call sweep_queue('agreements.expire');

-- A referral to another organization rests on a consent, or on the agreement under which that organization serves.
alter table referrals add column agreement_id uuid,
  add constraint referrals_under_agreement foreign key (network_id, agreement_id) references agreements (network_id, id);
create index referrals_by_agreement on referrals (network_id, agreement_id) where agreement_id is not null;
do $$
declare name text;
begin
  select conname into strict name from pg_constraint
  where conrelid = 'referrals'::regclass and contype = 'c'
    and pg_get_constraintdef(oid) ~ 'consent_id IS NOT NULL';
  execute format('alter table referrals drop constraint %I', name);
end $$;
alter table referrals add constraint referrals_rest_on_something
  check (receiving_organization_id = organization_id or consent_id is not null or agreement_id is not null);

alter table consents force row level security;
alter table referrals force row level security;
alter table agreements force row level security;
