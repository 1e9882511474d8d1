create table mentors (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  display_name text not null check (char_length(display_name) between 1 and 200),
  type text not null check (type in ('peer_certified', 'peer_volunteer', 'family_peer',
    'clinician_with_lived_experience', 'clinician_ally', 'health_student', 'community_ally')),
  status text not null check (status in
    ('applicant', 'screening', 'in_training', 'ready', 'active', 'paused', 'ended')),
  status_reason text,
  languages text[] not null default '{}',
  modes text[] not null default '{}',
  substances text[] not null default '{}',
  pathways text[] not null default '{}',
  time_zone text not null,
  availability text[] not null default '{}',
  service_area text[] not null default '{}',
  capacity integer not null check (capacity between 0 and 100),
  load integer not null default 0 check (load >= 0),
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (network_id, id),
  foreign key (network_id, organization_id) references organizations (network_id, id)
);
create index mentors_by_organization on mentors (network_id, organization_id, id desc);
call wall_held('mentors');

create table offers (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  referral_id uuid not null,
  mentor_id uuid not null,
  status text not null check (status in ('pending', 'accepted', 'declined', 'expired', 'withdrawn')),
  decline_reason text check (char_length(decline_reason) <= 500),
  mentorship_id uuid,
  expires_at timestamptz not null,
  answered_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (network_id, id),
  foreign key (network_id, referral_id) references referrals (network_id, id),
  foreign key (network_id, mentor_id) references mentors (network_id, id),
  check ((status = 'pending') = (answered_at is null))
);
-- A referral waits for one mentor's answer at a time.
create unique index offers_pending on offers (network_id, referral_id) where status = 'pending';
create index offers_by_referral on offers (network_id, referral_id, id desc);
create index offers_by_mentor on offers (network_id, mentor_id, id desc);
create index offers_by_organization on offers (network_id, organization_id, id desc);
call wall_held('offers');

create table mentorships (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  reader_ids uuid[] not null default '{}',
  referral_id uuid not null,
  patient_id uuid not null,
  mentor_id uuid not null,
  mentor_type text not null,
  status text not null check (status in ('active', 'paused', 'closed')),
  referral_open boolean generated always as (case when status <> 'closed' then true end) stored,
  cadence text not null,
  started_at timestamptz not null,
  paused_at timestamptz,
  resume_by date,
  resumed_at timestamptz,
  closed_at timestamptz,
  outcome text,
  next_support text check (char_length(next_support) <= 500),
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (network_id, id),
  foreign key (network_id, organization_id) references organizations (network_id, id),
  foreign key (network_id, patient_id) references patients (network_id, id),
  foreign key (network_id, mentor_id) references mentors (network_id, id),
  -- A living mentorship has an open referral, and with it an owner, a next action and a running clock.
  constraint mentorship_has_an_open_referral foreign key (network_id, referral_id, referral_open)
    references referrals (network_id, id, open) deferrable initially deferred,
  foreign key (network_id, referral_id) references referrals (network_id, id),
  check ((status = 'closed') = (closed_at is not null)),
  check (status <> 'closed' or outcome is not null),
  check (status <> 'paused' or (paused_at is not null and resume_by is not null))
);
create unique index mentorships_living on mentorships (network_id, referral_id) where status <> 'closed';
create index mentorships_by_referral on mentorships (network_id, referral_id, id desc);
create index mentorships_by_mentor on mentorships (network_id, mentor_id, id desc);
create index mentorships_by_patient on mentorships (network_id, patient_id, id desc);
create index mentorships_by_organization on mentorships (network_id, organization_id, id desc);
call wall_shared('mentorships');

-- One attempt or one conversation. Append-only.
create table contacts (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  reader_ids uuid[] not null default '{}',
  mentorship_id uuid not null,
  referral_id uuid not null,
  patient_id uuid not null,
  at timestamptz not null,
  mode text not null,
  direction text not null check (direction in ('outgoing', 'incoming')),
  result text not null,
  minutes integer check (minutes between 0 and 1440),
  summary text check (char_length(summary) <= 4000),
  recorded_by uuid not null,
  recorded_at timestamptz not null,
  primary key (network_id, id),
  foreign key (network_id, mentorship_id) references mentorships (network_id, id),
  foreign key (network_id, referral_id) references referrals (network_id, id),
  foreign key (network_id, patient_id) references patients (network_id, id),
  check (at <= recorded_at + interval '5 minutes')
);
create index contacts_by_referral on contacts (network_id, referral_id, at) include (result, mode);
create index contacts_by_mentorship on contacts (network_id, mentorship_id, id desc);
create index contacts_by_patient on contacts (network_id, patient_id);
call wall_shared('contacts');
revoke update on contacts from alongside_app;
