alter table offers
  add column chosen_by text not null default 'coordinator'
    check (chosen_by in ('coordinator', 'patient', 'automatic', 'matching_run')),
  add column overridden text[] not null default '{}',
  add column override_reason text check (char_length(override_reason) <= 500),
  -- The mentorship that an acceptance hands over from.
  add column hands_over_id uuid,
  add column score double precision,
  add column rule_set text,
  add constraint offers_override_has_a_reason check (cardinality(overridden) = 0 or override_reason is not null);
create index offers_expiring on offers (network_id, expires_at) where status = 'pending';

-- Up to three mentors put before the person, who chooses.
create table shortlists (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  referral_id uuid not null,
  patient_id uuid not null,
  mentor_ids uuid[] not null check (cardinality(mentor_ids) between 1 and 3),
  chosen_mentor_id uuid,
  chosen_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (network_id, id),
  foreign key (network_id, referral_id) references referrals (network_id, id),
  foreign key (network_id, patient_id) references patients (network_id, id),
  check ((chosen_mentor_id is null) = (chosen_at is null))
);
create index shortlists_by_referral on shortlists (network_id, referral_id, id desc);
create index shortlists_by_patient on shortlists (network_id, patient_id, id desc);
call wall_held('shortlists');

create table matching_runs (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  program_id uuid not null,
  status text not null check (status in ('queued', 'running', 'completed', 'failed', 'applied')),
  options jsonb not null,
  progress jsonb not null default '{}',
  -- Everything the result depends on, compressed: the same input gives the same result, bit for bit.
  input bytea,
  input_sha256 text,
  summary jsonb,
  failure text,
  started_at timestamptz,
  finished_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (network_id, id),
  foreign key (network_id, program_id) references programs (network_id, id)
);
create index matching_runs_by_organization on matching_runs (network_id, organization_id, id desc);
create index matching_runs_by_program on matching_runs (network_id, program_id);
-- One run of a program at a time: two would hand out the same places.
create unique index matching_runs_under_way on matching_runs (network_id, program_id) where status in ('queued', 'running');
call wall_held('matching_runs');

create table matching_run_pairs (
  network_id uuid not null,
  run_id uuid not null,
  referral_id uuid not null,
  organization_id uuid not null,
  mentor_id uuid not null,
  score double precision not null,
  -- What the run was computed from; a pair whose referral has moved since is refused.
  referral_version integer not null,
  status text not null check (status in ('proposed', 'applied', 'refused')),
  refusal text,
  offer_id uuid,
  primary key (network_id, run_id, referral_id),
  foreign key (network_id, run_id) references matching_runs (network_id, id),
  foreign key (network_id, referral_id) references referrals (network_id, id),
  foreign key (network_id, mentor_id) references mentors (network_id, id)
);
create index matching_run_pairs_by_referral on matching_run_pairs (network_id, referral_id);
create index matching_run_pairs_by_mentor on matching_run_pairs (network_id, mentor_id);
call wall_held('matching_run_pairs');

call sweep_queue('offers.expire');
call job_queue('matching.run');
