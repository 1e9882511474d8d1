-- A mentor's own word that they may be recognized where anybody can read it: as a row, with its withdrawal.
create table recognition_consents (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  mentor_id uuid not null,
  given_at timestamptz not null,
  method text not null check (method in ('portal', 'recorded_signature')),
  recorded_by uuid not null,
  evidence_hash text check (evidence_hash ~ '^sha256:[0-9a-f]{64}$'),
  withdrawn_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (network_id, id),
  foreign key (network_id, organization_id) references organizations (network_id, id),
  foreign key (network_id, mentor_id) references mentors (network_id, id),
  check ((method = 'recorded_signature') = (evidence_hash is not null))
);
create unique index recognition_consents_once on recognition_consents (network_id, mentor_id) where withdrawn_at is null;
create index recognition_consents_by_mentor on recognition_consents (network_id, mentor_id, id desc);
call wall_held('recognition_consents');
drop policy person_wall on recognition_consents;
create policy person_wall on recognition_consents as restrictive to alongside_app
  using (coalesce(current_setting('app.person_wall', true), '') <> 'up'
         or mentor_id = nullif(current_setting('app.person_id', true), '')::uuid);
revoke update on recognition_consents from alongside_app, alongside_system;
grant update (withdrawn_at, version, updated_at) on recognition_consents to alongside_app, alongside_system;
