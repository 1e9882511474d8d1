-- The mentor whole: what they chose to share and with whom, what they do not take on, whom they work for, and
-- until when their papers let them take new people.
-- Forced row-level security binds the owner too, and checking a new foreign key reads both tables. For the length of
-- this migration it does not.
alter table mentors no force row level security;
alter table organizations no force row level security;
alter table mentors
  alter column load type double precision,
  add column experience_statement text check (char_length(experience_statement) <= 2000),
  add column recovery_band text check (recovery_band in ('under_2_years', 'from_2_to_5_years', 'from_5_to_10_years', 'over_10_years')),
  add column life_situations text[] not null default '{}',
  add column interests text[] not null default '{}',
  add column demographics jsonb not null default '{}',
  add column releases jsonb not null default '{}',
  add column must_not jsonb not null default '{}',
  add column boundaries text check (char_length(boundaries) <= 2000),
  add column postal_code text check (char_length(postal_code) <= 20),
  -- A clinician's employers and the references under which clinics know them (an NPI, say): for the dual-role guard.
  add column employer_ids uuid[] not null default '{}',
  add column practitioner_references text[] not null default '{}',
  add column supervisor_name text check (char_length(supervisor_name) <= 200),
  add column supervisor_organization_id uuid,
  add column supervisor_has_peer_background boolean,
  add column activated_at timestamptz,
  add column paused_until date,
  add column supervised_at timestamptz,
  add column supervision_due_at timestamptz,
  -- Null: no mandatory item expires. In the past: one is missing or expired, and no new person is matched.
  add column eligible_until timestamptz,
  add column remediation_clock_id uuid,
  add constraint mentors_supervised_outside_their_line
    check (supervisor_organization_id is null or not (supervisor_organization_id = any (employer_ids))),
  add foreign key (network_id, supervisor_organization_id) references organizations (network_id, id);
update mentors set activated_at = updated_at where status = 'active';
alter table mentors force row level security;
alter table organizations force row level security;
create index mentors_matchable on mentors (network_id, organization_id) where status = 'active';
create index mentors_preparing on mentors (network_id, organization_id) where status not in ('active', 'ended');
create index mentors_supervision_due on mentors (network_id, organization_id, supervision_due_at, id) where status = 'active';
create index mentors_eligibility on mentors (network_id, organization_id, eligible_until, id) where status = 'active';
create index mentors_lapsing on mentors (network_id, eligible_until) where status = 'active' and remediation_clock_id is null;

-- What an organization demands of its mentors, as data: a state or a payer may differ.
create table mentor_requirements (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  mentor_types text[] not null default '{}',
  item text not null check (item in ('screening', 'credential')),
  code text not null check (char_length(code) between 1 and 100),
  valid_months integer check (valid_months between 1 and 240),
  least_verification text check (least_verification in ('self_declared', 'document_seen', 'issuer_confirmed')),
  source text check (char_length(source) <= 500),
  ended_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (network_id, id),
  foreign key (network_id, organization_id) references organizations (network_id, id)
);
create unique index mentor_requirements_once on mentor_requirements (network_id, organization_id, item, code)
  where ended_at is null;
call wall_held('mentor_requirements');

-- The class of a result and the decision; never the report.
create table mentor_screenings (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  mentor_id uuid not null,
  kind text not null check (kind in
    ('application', 'interview', 'reference', 'background_check', 'exclusion_list', 'training', 'ethics_agreement')),
  result_class text not null check (result_class in ('clear', 'needs_review', 'adverse')),
  decision text not null check (decision in ('eligible', 'eligible_with_conditions', 'not_eligible', 'pending')),
  rationale text check (char_length(rationale) <= 1000),
  decided_by text not null check (char_length(decided_by) <= 200),
  performed_on date not null,
  expires_on date,
  entered_in_error boolean not null default false,
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (network_id, id),
  foreign key (network_id, mentor_id) references mentors (network_id, id),
  check (expires_on is null or expires_on > performed_on)
);
create index mentor_screenings_by_mentor on mentor_screenings (network_id, mentor_id, id desc);
call wall_held('mentor_screenings');

create table mentor_credentials (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  mentor_id uuid not null,
  code text not null check (char_length(code) between 1 and 100),
  issuer text not null check (char_length(issuer) between 1 and 200),
  jurisdiction text check (char_length(jurisdiction) <= 20),
  number text check (char_length(number) <= 100),
  issued_on date not null,
  expires_on date,
  verification text not null check (verification in ('self_declared', 'document_seen', 'issuer_confirmed')),
  verified_on date,
  verified_by text check (char_length(verified_by) <= 200),
  status text not null check (status in ('active', 'revoked', 'entered_in_error')),
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (network_id, id),
  foreign key (network_id, mentor_id) references mentors (network_id, id),
  check (expires_on is null or expires_on > issued_on),
  check (verification = 'self_declared' or (verified_on is not null and verified_by is not null))
);
create index mentor_credentials_by_mentor on mentor_credentials (network_id, mentor_id, id desc);
create index mentor_credentials_expiring on mentor_credentials (network_id, organization_id, expires_on, id)
  where status = 'active' and expires_on is not null;
call wall_held('mentor_credentials');

create table supervision_sessions (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  at timestamptz not null,
  kind text not null check (kind in ('individual', 'group', 'peer', 'crisis_debrief')),
  minutes integer not null check (minutes between 1 and 1440),
  topics text[] not null default '{}',
  supervisor_name text not null check (char_length(supervisor_name) <= 200),
  supervisor_organization_id uuid,
  supervisor_has_peer_background boolean,
  actions text check (char_length(actions) <= 2000),
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (network_id, id),
  foreign key (network_id, organization_id) references organizations (network_id, id),
  foreign key (network_id, supervisor_organization_id) references organizations (network_id, id)
);
create index supervision_sessions_by_organization on supervision_sessions (network_id, organization_id, id desc);
call wall_held('supervision_sessions');

create table supervision_attendances (
  network_id uuid not null,
  session_id uuid not null,
  mentor_id uuid not null,
  organization_id uuid not null,
  primary key (network_id, session_id, mentor_id),
  foreign key (network_id, session_id) references supervision_sessions (network_id, id),
  foreign key (network_id, mentor_id) references mentors (network_id, id)
);
create index supervision_attendances_by_mentor on supervision_attendances (network_id, mentor_id, session_id desc);
call wall_held('supervision_attendances');

-- The dual-role guard. Who declared what relation between a mentor and a person...
create table conflict_declarations (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  mentor_id uuid not null,
  patient_id uuid not null,
  kind text not null,
  declared_by text not null check (declared_by in ('mentor', 'patient', 'coordinator', 'clinic')),
  began_on date,
  ended_on date,
  withdrawn_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (network_id, id),
  foreign key (network_id, mentor_id) references mentors (network_id, id),
  foreign key (network_id, patient_id) references patients (network_id, id),
  check (ended_on is null or began_on is null or ended_on >= began_on)
);
create index conflict_declarations_by_mentor on conflict_declarations (network_id, mentor_id, id desc);
create index conflict_declarations_by_patient on conflict_declarations (network_id, patient_id) where withdrawn_at is null;
call wall_held('conflict_declarations');

-- ...and the panels of clinics as keyed hashes: held by the clinic, compared by the system, shown to nobody.
create table panel_entries (
  network_id uuid not null,
  organization_id uuid not null,
  practitioner_reference text not null check (char_length(practitioner_reference) between 1 and 200),
  hash bytea not null check (octet_length(hash) = 32),
  related_until date,
  uploaded_at timestamptz not null,
  primary key (network_id, organization_id, practitioner_reference, hash),
  foreign key (network_id, organization_id) references organizations (network_id, id)
);
create index panel_entries_by_hash on panel_entries (network_id, hash);
call wall_held('panel_entries');
grant delete on panel_entries to alongside_app;

call sweep_queue('mentors.eligibility');
