-- A running deadline: what has to happen next, whose turn it is, and by when.
create table clocks (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  reader_ids uuid[] not null default '{}',
  subject_type text not null check (subject_type in ('referral')),
  subject_id uuid not null,
  action text not null,
  owner_organization_id uuid not null,
  owner_role text not null,
  rule_set text not null,
  started_at timestamptz not null,
  due_at timestamptz not null,
  stopped_at timestamptz,
  running boolean not null generated always as (stopped_at is null) stored,
  primary key (network_id, id),
  unique (network_id, id, running),
  foreign key (network_id, owner_organization_id) references organizations (network_id, id)
);
-- One running clock for each subject.
create unique index clocks_running on clocks (network_id, subject_type, subject_id) where stopped_at is null;
create index clocks_due on clocks (network_id, due_at) where stopped_at is null;
create index clocks_by_owner on clocks (network_id, owner_organization_id);
call wall_shared('clocks');

create table referrals (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  reader_ids uuid[] not null default '{}',
  receiving_organization_id uuid not null,
  program_id uuid,
  patient_id uuid not null,
  consent_id uuid,
  placer_id text check (char_length(placer_id) <= 200),
  replaces_id uuid,
  status text not null check (status in ('requested', 'accepted', 'in_progress', 'on_hold',
    'completed', 'failed', 'rejected', 'cancelled', 'entered_in_error')),
  open boolean not null generated always as (status in ('requested', 'accepted', 'in_progress', 'on_hold')) stored,
  business_status text not null,
  status_reason text,
  status_reason_text text check (char_length(status_reason_text) <= 1000),
  outcome text,
  priority text not null check (priority in ('routine', 'urgent', 'asap', 'stat')),
  reasons text[] not null check (cardinality(reasons) > 0),
  preferences jsonb not null default '{}',
  note text check (char_length(note) <= 4000),
  resume_by date,
  clock_id uuid,
  clock_running boolean generated always as (case when clock_id is not null then true end) stored,
  accepted_at timestamptz,
  closed_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (network_id, id),
  unique (network_id, id, open),
  constraint referrals_by_placer unique (network_id, organization_id, placer_id),
  constraint referrals_replaced_once unique (network_id, replaces_id),
  foreign key (network_id, organization_id) references organizations (network_id, id),
  foreign key (network_id, receiving_organization_id) references organizations (network_id, id),
  foreign key (network_id, program_id) references programs (network_id, id),
  foreign key (network_id, patient_id) references patients (network_id, id),
  foreign key (network_id, consent_id) references consents (network_id, id),
  foreign key (network_id, replaces_id) references referrals (network_id, id),
  -- Nobody alone, as a constraint: an open referral has a clock, the clock is running when the transaction
  -- commits, and a clock names its owner and the next action. A closed referral has none.
  constraint open_referral_has_a_clock check (
    (clock_id is not null) = (status in ('requested', 'accepted', 'in_progress', 'on_hold'))),
  constraint clock_of_an_open_referral_runs foreign key (network_id, clock_id, clock_running)
    references clocks (network_id, id, running) deferrable initially deferred,
  check ((status in ('completed', 'failed', 'rejected', 'cancelled', 'entered_in_error')) = (closed_at is not null)),
  check (status <> 'on_hold' or resume_by is not null),
  check (status <> 'completed' or outcome is not null),
  check (status not in ('failed', 'rejected', 'cancelled', 'on_hold') or status_reason is not null),
  -- Another organization is asked only under a consent.
  check (receiving_organization_id = organization_id or consent_id is not null)
);
create index referrals_sent on referrals (network_id, organization_id, id desc);
create index referrals_received on referrals (network_id, receiving_organization_id, id desc);
create index referrals_sent_by_change on referrals (network_id, organization_id, updated_at, id);
create index referrals_received_by_change on referrals (network_id, receiving_organization_id, updated_at, id);
create index referrals_by_patient on referrals (network_id, patient_id, id desc);
create index referrals_by_consent on referrals (network_id, consent_id);
create index referrals_by_program on referrals (network_id, program_id);
create index referrals_by_clock on referrals (network_id, clock_id);
call wall_shared('referrals');

-- The referral's history, one row for each change of status or business status. Append-only.
create table referral_transitions (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  reader_ids uuid[] not null default '{}',
  referral_id uuid not null,
  at timestamptz not null,
  command text not null,
  from_status text,
  status text not null,
  business_status text not null,
  reason text,
  reason_text text,
  actor_organization_id uuid not null,
  primary key (network_id, id),
  foreign key (network_id, referral_id) references referrals (network_id, id)
);
create index referral_transitions_by_referral on referral_transitions (network_id, referral_id, id);
call wall_shared('referral_transitions');
revoke update on referral_transitions from alongside_app;
