-- Clinicians who mentor: what their licence asks of them, in whose words and in which revision; who accepted it and when; and that a panel was
-- uploaded, so that a conflict can be found. A clinician who lacks one of these takes no new people. Mentors from before stay as they were until
-- something of what they are judged by changes.
create table clinician_terms (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  kind text not null check (kind in ('licence_duties', 'dual_role', 'record_separation')),
  revision integer not null check (revision between 1 and 10000),
  language text not null check (char_length(language) <= 35),
  text text not null check (char_length(text) between 1 and 10000),
  superseded_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (network_id, id),
  foreign key (network_id, organization_id) references organizations (network_id, id),
  constraint clinician_terms_by_revision unique (network_id, organization_id, kind, revision)
);
create unique index clinician_terms_in_force on clinician_terms (network_id, organization_id, kind) where superseded_at is null;
create index clinician_terms_by_organization on clinician_terms (network_id, organization_id, id desc);
call wall_held('clinician_terms');
-- Whoever accepted a text accepted these words.
revoke update on clinician_terms from alongside_app, alongside_system;
grant update (superseded_at, version, updated_at) on clinician_terms to alongside_app, alongside_system;

create table clinician_acceptances (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  mentor_id uuid not null,
  terms_id uuid not null,
  kind text not null check (kind in ('licence_duties', 'dual_role', 'record_separation')),
  revision integer not null,
  accepted_at timestamptz not null,
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
  foreign key (network_id, terms_id) references clinician_terms (network_id, id),
  -- A signature on paper is kept by its hash; in the portal the token is the signature.
  check ((method = 'recorded_signature') = (evidence_hash is not null))
);
create unique index clinician_acceptances_once on clinician_acceptances (network_id, mentor_id, terms_id) where withdrawn_at is null;
create index clinician_acceptances_by_mentor on clinician_acceptances (network_id, mentor_id, id desc);
create index clinician_acceptances_by_terms on clinician_acceptances (network_id, terms_id);
call wall_held('clinician_acceptances');
drop policy person_wall on clinician_acceptances;
create policy person_wall on clinician_acceptances as restrictive to alongside_app
  using (coalesce(current_setting('app.person_wall', true), '') <> 'up'
         or mentor_id = nullif(current_setting('app.person_id', true), '')::uuid);
revoke update on clinician_acceptances from alongside_app, alongside_system;
grant update (withdrawn_at, version, updated_at) on clinician_acceptances to alongside_app, alongside_system;

-- That a clinic uploaded a clinician's panel, and when: no hash and no number of people. The organization for which the clinician mentors has to know
-- it, and is another one than the clinic; so it is open to the network.
create table panel_receipts (
  network_id uuid not null,
  practitioner_reference text not null check (char_length(practitioner_reference) between 1 and 200),
  organization_id uuid not null,
  uploaded_at timestamptz not null,
  primary key (network_id, practitioner_reference, organization_id),
  foreign key (network_id, organization_id) references organizations (network_id, id)
);
call wall_network('panel_receipts');
call wall_against_persons('panel_receipts');
create policy own_insert on panel_receipts as restrictive for insert to alongside_app
  with check (organization_id = current_setting('app.organization_id')::uuid);
create policy own_update on panel_receipts as restrictive for update to alongside_app
  using (organization_id = current_setting('app.organization_id')::uuid);
alter table panel_entries no force row level security;
alter table panel_receipts no force row level security;
insert into panel_receipts
  select network_id, practitioner_reference, organization_id, max(uploaded_at) from panel_entries group by 1, 2, 3;
alter table panel_entries force row level security;
alter table panel_receipts force row level security;

create index mentors_by_practitioner on mentors using gin (practitioner_references) where practitioner_references <> '{}';
