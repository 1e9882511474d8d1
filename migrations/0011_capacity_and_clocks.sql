alter table organizations add column business_calendar jsonb not null default '{}';

-- Rules of a program as data. An empty object means the service's defaults.
alter table programs
  add column mentor_types text[] not null default '{}',
  add column eligibility jsonb not null default '{}',
  add column clock_spans jsonb not null default '{}',
  add column match_weights jsonb not null default '{}',
  add column starting_intensity jsonb not null default '{}',
  add column term_weeks integer not null default 26 check (term_weeks between 1 and 520),
  add column review_weeks integer not null default 13 check (review_weeks between 1 and 104);

-- What a program said about its room, each time it said so. Append-only; the last one counts while it is fresh.
create table program_capacities (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  program_id uuid not null,
  status text not null check (status in ('capacity', 'no_capacity', 'waitlist', 'additional_assessment_required')),
  open_slots integer check (open_slots between 0 and 100000),
  waitlist_length integer check (waitlist_length between 0 and 100000),
  median_wait_days integer check (median_wait_days between 0 and 3650),
  as_of timestamptz not null,
  fresh_until timestamptz not null,
  primary key (network_id, id),
  foreign key (network_id, program_id) references programs (network_id, id),
  check (fresh_until > as_of)
);
create index program_capacities_latest on program_capacities (network_id, program_id, as_of desc, id desc);
call wall_network('program_capacities');
create policy own_insert on program_capacities as restrictive for insert to alongside_app
  with check (organization_id = current_setting('app.organization_id')::uuid);
revoke update on program_capacities from alongside_app, alongside_system;

-- The escalation ladder: `step` is how far a clock has climbed, `next_step_at` when it climbs on.
alter table clocks
  drop constraint clocks_subject_type_check,
  add constraint clocks_subject_type_check check (subject_type in ('referral', 'mentor')),
  add column step smallint not null default 0 check (step between 0 and 4),
  add column next_step_at timestamptz;
alter table clocks no force row level security;
update clocks set next_step_at = started_at + (due_at - started_at) / 2 where stopped_at is null;
alter table clocks force row level security;
create index clocks_climbing on clocks (network_id, next_step_at) where stopped_at is null and next_step_at is not null;
create index clocks_worklist on clocks (network_id, owner_organization_id, action, due_at, id) where stopped_at is null;
create index clocks_to_call on clocks (network_id, owner_organization_id, due_at, id)
  where stopped_at is null and action in ('attempt_first_contact', 'reach_person', 'keep_contact');
create index clocks_overdue on clocks (network_id, owner_organization_id, due_at, id) where stopped_at is null;

-- Checking a new foreign key reads both tables, which forced row-level security would keep from their owner.
alter table mentors no force row level security;
alter table clocks no force row level security;
alter table mentors
  add foreign key (network_id, remediation_clock_id) references clocks (network_id, id);
alter table mentors force row level security;
alter table clocks force row level security;
create index mentors_by_remediation on mentors (network_id, remediation_clock_id) where remediation_clock_id is not null;

call sweep_queue('clocks.climb');
