-- A role for what anybody may ask: is this credential good? It reads published rows, writes nothing, and is bound by
-- policies of its own.
do $$
begin
  if not exists (select from pg_roles where rolname = 'alongside_public') then
    begin
      create role alongside_public nologin nobypassrls;
    exception when duplicate_object or unique_violation then null;
    end;
  end if;
  execute 'grant alongside_public to current_user';
end $$;

-- Keys that sign credentials: of another table than those of access tokens, so that neither can ever stand for the
-- other, and kept in public for as long as the last credential that they signed.
create table credential_keys (
  id uuid primary key,
  algorithm text not null,
  public_jwk jsonb not null,
  private_key bytea not null,
  created_at timestamptz not null,
  signs_from timestamptz not null,
  retired_at timestamptz
);
alter table credential_keys enable row level security;
alter table credential_keys force row level security;
create policy authentication on credential_keys to alongside_auth using (true);
grant select, insert, update on credential_keys to alongside_auth;

-- Evidence from outside: who accredited whom, and until when.
create table accreditations (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  code text not null check (code ~ '^[a-z0-9_]{1,100}$'),
  level text check (char_length(level) <= 200),
  issuer text not null check (char_length(issuer) between 1 and 200),
  from_on date not null,
  until_on date,
  document_sha256 text check (document_sha256 ~ '^sha256:[0-9a-f]{64}$'),
  public boolean not null default false,
  status text not null check (status in ('recorded', 'confirmed', 'withdrawn')),
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (network_id, id),
  foreign key (network_id, organization_id) references organizations (network_id, id),
  check (until_on is null or until_on > from_on)
);
create index accreditations_by_organization on accreditations (network_id, organization_id, id desc);
call wall_network('accreditations');
call wall_against_persons('accreditations');
create policy own_insert on accreditations as restrictive for insert to alongside_app
  with check (organization_id = current_setting('app.organization_id')::uuid);
create policy own_update on accreditations as restrictive for update to alongside_app
  using (organization_id = current_setting('app.organization_id')::uuid);

-- A published version of a scheme: its rules are data, and never change. Of each scheme one version is in force at most.
create table recognition_schemes (
  network_id uuid not null references networks (id),
  id uuid not null,
  code text not null check (code ~ '^[a-z0-9_]{1,100}$'),
  revision integer not null check (revision > 0),
  name text not null check (char_length(name) between 1 and 200),
  description text not null check (char_length(description) between 1 and 2000),
  subject text not null check (subject in ('organization', 'mentor')),
  rules jsonb not null check (jsonb_array_length(rules) between 1 and 20),
  valid_months integer not null check (valid_months between 1 and 36),
  retired_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (network_id, id),
  constraint recognition_schemes_by_revision unique (network_id, code, revision),
  -- The last guard of the rule of eleven: no statement about fewer people, whoever wrote the row.
  constraint recognition_schemes_of_groups check (not jsonb_path_exists(rules, '$[*] ? (@.minimumGroup < 11)'))
);
create unique index recognition_schemes_in_force on recognition_schemes (network_id, code) where retired_at is null;
call wall_network('recognition_schemes');
revoke insert, update on recognition_schemes from alongside_app;
revoke update on recognition_schemes from alongside_system;
grant update (retired_at, version, updated_at) on recognition_schemes to alongside_system;

-- What came of looking, fact by fact. Append-only but for `next_at`, which the latest of a subject has.
create table recognition_evaluations (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  scheme_id uuid not null,
  scheme_code text not null,
  subject text not null check (subject in ('organization', 'mentor')),
  subject_id uuid not null,
  mentor_id uuid,
  occasion text not null check (occasion in ('asked', 'scheduled', 'appeal')),
  outcome text not null check (outcome in ('met', 'not_met', 'not_measurable')),
  facts jsonb not null,
  credential_id uuid,
  next_at timestamptz,
  created_at timestamptz not null,
  primary key (network_id, id),
  foreign key (network_id, organization_id) references organizations (network_id, id),
  foreign key (network_id, scheme_id) references recognition_schemes (network_id, id),
  foreign key (network_id, mentor_id) references mentors (network_id, id),
  check ((subject = 'mentor') = (mentor_id is not null))
);
create index recognition_evaluations_by_organization on recognition_evaluations (network_id, organization_id, id desc);
create index recognition_evaluations_by_scheme on recognition_evaluations (network_id, scheme_id);
create index recognition_evaluations_by_mentor on recognition_evaluations (network_id, mentor_id);
create index recognition_evaluations_due on recognition_evaluations (network_id, next_at) where next_at is not null;
create unique index recognition_evaluations_latest on recognition_evaluations (network_id, scheme_code, subject_id)
  where next_at is not null;
call wall_held('recognition_evaluations');
revoke update on recognition_evaluations from alongside_app, alongside_system;
grant update (next_at) on recognition_evaluations to alongside_app, alongside_system;

create table recognition_appeals (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  evaluation_id uuid not null,
  grounds text not null check (char_length(grounds) between 1 and 2000),
  status text not null check (status in ('open', 'upheld', 'dismissed')),
  decision_reason text check (char_length(decision_reason) <= 2000),
  waives text,
  decided_at timestamptz,
  decided_by_organization_id uuid,
  result_id uuid,
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (network_id, id),
  foreign key (network_id, evaluation_id) references recognition_evaluations (network_id, id),
  foreign key (network_id, result_id) references recognition_evaluations (network_id, id),
  check ((status = 'open') = (decided_at is null) and (status = 'open') = (decision_reason is null)),
  -- Nobody decides their own appeal.
  constraint recognition_appeals_decided_by_another check (decided_by_organization_id <> organization_id)
);
-- One appeal for each evaluation: a dismissed one is not asked again, the next evaluation is.
create unique index recognition_appeals_once on recognition_appeals (network_id, evaluation_id);
create index recognition_appeals_by_result on recognition_appeals (network_id, result_id) where result_id is not null;
create index recognition_appeals_by_organization on recognition_appeals (network_id, organization_id, id desc);
create index recognition_appeals_open on recognition_appeals (network_id, id desc) where status = 'open';
call wall_held('recognition_appeals');

-- Places in the status lists. One sequence for the deployment: which network took how many cannot be read from it, and
-- two who are recognized at once never share a place.
create sequence recognition_status_places;
grant usage on sequence recognition_status_places to alongside_app, alongside_system;

-- What a credential says is in its row, as it was when it was issued: anybody may read it, so nothing else is.
create table recognition_credentials (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  scheme_id uuid not null,
  scheme_code text not null,
  evaluation_id uuid not null,
  subject text not null check (subject in ('organization', 'mentor')),
  subject_id uuid not null,
  status_place bigint not null default nextval('recognition_status_places'),
  content jsonb not null,
  valid_from timestamptz not null,
  valid_until timestamptz not null,
  revoked_at timestamptz,
  revoked_because text check (revoked_because in ('withdrawn_by_holder', 'issued_in_error', 'no_longer_met', 'misuse')),
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (network_id, id),
  foreign key (network_id, organization_id) references organizations (network_id, id),
  foreign key (network_id, scheme_id) references recognition_schemes (network_id, id),
  foreign key (network_id, evaluation_id) references recognition_evaluations (network_id, id),
  constraint recognition_credentials_by_place unique (network_id, status_place),
  check (valid_until > valid_from and valid_until <= valid_from + interval '1101 days'),
  check ((revoked_at is null) = (revoked_because is null))
);
create index recognition_credentials_by_organization on recognition_credentials (network_id, organization_id, id desc);
create index recognition_credentials_of_subject on recognition_credentials (network_id, subject_id, scheme_code, valid_until);
create index recognition_credentials_by_scheme on recognition_credentials (network_id, scheme_id);
create index recognition_credentials_by_evaluation on recognition_credentials (network_id, evaluation_id);
create index recognition_credentials_revoked on recognition_credentials (network_id, status_place) where revoked_at is not null;
-- Whoever verifies one knows its id, not yet a network.
create index recognition_credentials_by_id on recognition_credentials (id);
call wall_network('recognition_credentials');
call wall_against_persons('recognition_credentials');
-- That an organization is recognized is for its whole network to see; that a mentor is, for their own organization.
create policy organization_wall on recognition_credentials as restrictive to alongside_app
  using (subject = 'organization' or organization_id = current_setting('app.organization_id')::uuid)
  with check (organization_id = current_setting('app.organization_id')::uuid);
create policy own_update on recognition_credentials as restrictive for update to alongside_app
  using (organization_id = current_setting('app.organization_id')::uuid);
revoke update on recognition_credentials from alongside_app, alongside_system;
grant update (revoked_at, revoked_because, version, updated_at) on recognition_credentials to alongside_app, alongside_system;
-- To the public: the one that is asked for by its id, and of a network that is named, which places are revoked.
create policy publication on recognition_credentials for select to alongside_public
  using (id = current_setting('app.credential_id')::uuid or network_id = current_setting('app.network_id')::uuid);
grant select on recognition_credentials to alongside_public;

call sweep_queue('recognition.evaluate');
