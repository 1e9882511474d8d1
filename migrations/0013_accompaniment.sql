-- Forced row-level security binds the owner too. For the length of this migration it does not: backfills and the checking of
-- new foreign keys read whole tables.
alter table mentorships no force row level security;
alter table offers no force row level security;
alter table mentorships
  add column intensity text not null default 'standard' check (intensity in ('high', 'standard', 'maintenance')),
  -- The mentor's capacity points that it takes; given back when it closes.
  add column weight double precision not null generated always as
    (case intensity when 'high' then 2.0 when 'standard' then 1.0 else 0.5 end) stored,
  -- From when the cadence counts: the start, or the day on which it was changed or a need began it anew.
  add column rhythm_from timestamptz,
  add column planned_end_on date,
  add column review_due_on date,
  add column continuity_of_id uuid,
  -- Its mentor has paused: a coordinator has a clock to find the next one.
  add column reassign_since timestamptz,
  -- Employers of a clinician mentor, who do not see the notes.
  add column withheld_from_ids uuid[] not null default '{}',
  add column closed_because text,
  add column next_support_declined boolean not null default false,
  add foreign key (network_id, continuity_of_id) references mentorships (network_id, id);
update mentorships set rhythm_from = started_at;
-- A former version of the service inserts without it.
create function rhythm_begins_with_the_mentorship() returns trigger language plpgsql as $$
begin
  new.rhythm_from := coalesce(new.rhythm_from, new.started_at);
  return new;
end $$;
create trigger rhythm_begins_with_the_mentorship before insert on mentorships
  for each row execute function rhythm_begins_with_the_mentorship();
create index mentorships_by_continuity on mentorships (network_id, continuity_of_id) where continuity_of_id is not null;
create index mentorships_of_mentor_living on mentorships (network_id, mentor_id) where status <> 'closed';
create index mentorships_living_by_organization on mentorships (network_id, organization_id, id) where status <> 'closed';

alter table offers add foreign key (network_id, hands_over_id) references mentorships (network_id, id);
create index offers_by_handover on offers (network_id, hands_over_id) where hands_over_id is not null;

-- Every pause and every hold: silence during one is no silence.
create table mentorship_pauses (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  reader_ids uuid[] not null default '{}',
  mentorship_id uuid not null,
  referral_id uuid not null,
  began_at timestamptz not null,
  ended_at timestamptz,
  primary key (network_id, id),
  foreign key (network_id, mentorship_id) references mentorships (network_id, id),
  foreign key (network_id, referral_id) references referrals (network_id, id),
  check (ended_at is null or ended_at >= began_at)
);
create index mentorship_pauses_by_referral on mentorship_pauses (network_id, referral_id, began_at);
create unique index mentorship_pauses_open on mentorship_pauses (network_id, mentorship_id) where ended_at is null;
create index mentorship_pauses_by_mentorship on mentorship_pauses (network_id, mentorship_id);
call wall_shared('mentorship_pauses');
alter table mentorship_pauses no force row level security;
insert into mentorship_pauses (network_id, id, organization_id, reader_ids, mentorship_id, referral_id, began_at, ended_at)
  select network_id, gen_random_uuid(), organization_id, reader_ids, id, referral_id, paused_at,
         case when status <> 'paused' then coalesce(resumed_at, closed_at) end
  from mentorships where paused_at is not null;
alter table mentorship_pauses force row level security;

-- What mentor and person agreed, each time they did. Append-only.
create table mentorship_agreements (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  mentorship_id uuid not null,
  patient_id uuid not null,
  mentor_id uuid not null,
  version integer not null check (version > 0),
  goals text[] not null default '{}',
  frequency text check (char_length(frequency) <= 500),
  modes text[] not null default '{}',
  hours text check (char_length(hours) <= 500),
  emergency_plan text check (char_length(emergency_plan) <= 2000),
  signed_by_mentor_at timestamptz,
  signed_by_patient_at timestamptz,
  created_at timestamptz not null,
  primary key (network_id, id),
  constraint mentorship_agreements_versions unique (network_id, mentorship_id, version),
  foreign key (network_id, mentorship_id) references mentorships (network_id, id)
);
call wall_held('mentorship_agreements');
revoke update on mentorship_agreements from alongside_app;

-- At the end each of the two is asked. One answer each.
create table closing_voices (
  network_id uuid not null,
  mentorship_id uuid not null,
  voice text not null check (voice in ('patient', 'mentor')),
  organization_id uuid not null,
  patient_id uuid not null,
  mentor_id uuid not null,
  felt_accompanied text check (felt_accompanied in ('yes', 'partly', 'no', 'prefer_not_to_say')),
  would_again boolean,
  text text check (char_length(text) <= 2000),
  said_at timestamptz not null,
  primary key (network_id, mentorship_id, voice),
  foreign key (network_id, mentorship_id) references mentorships (network_id, id)
);
call wall_held('closing_voices');

-- A correction is a new version; the one before stays readable.
alter table contacts
  add column version integer not null default 1,
  add column mentor_id uuid,
  add column mentor_type text,
  add column needs text[] not null default '{}',
  add column introduces_mentor_id uuid,
  add column entered_in_error boolean not null default false,
  add column corrected_at timestamptz;
alter table contacts no force row level security;
update contacts c set mentor_id = m.mentor_id, mentor_type = m.mentor_type
  from mentorships m where m.network_id = c.network_id and m.id = c.mentorship_id;
alter table contacts force row level security;
-- A former version of the service may still insert without them.
create function contact_names_its_mentor() returns trigger language plpgsql as $$
begin
  if new.mentor_id is null then
    select m.mentor_id, m.mentor_type into new.mentor_id, new.mentor_type
      from mentorships m where m.network_id = new.network_id and m.id = new.mentorship_id;
  end if;
  return new;
end $$;
create trigger contact_names_its_mentor before insert on contacts
  for each row execute function contact_names_its_mentor();
grant update (version, at, mode, direction, result, minutes, summary, needs, introduces_mentor_id, entered_in_error, corrected_at,
  recorded_by, recorded_at) on contacts to alongside_app;
create table contact_versions (
  network_id uuid not null,
  contact_id uuid not null,
  version integer not null,
  organization_id uuid not null,
  at timestamptz not null,
  mode text not null,
  direction text not null,
  result text not null,
  minutes integer,
  summary text,
  recorded_by uuid not null,
  recorded_at timestamptz not null,
  primary key (network_id, contact_id, version),
  foreign key (network_id, contact_id) references contacts (network_id, id)
);
call wall_held('contact_versions');
revoke update on contact_versions from alongside_app;

-- The last status that was told of each referral, and when it is to be looked at again. Nothing was told while the
-- status is null.
create table engagement_states (
  network_id uuid not null,
  referral_id uuid not null,
  organization_id uuid not null,
  -- The organization that sent the referral, or nobody.
  reader_ids uuid[] not null default '{}' check (cardinality(reader_ids) <= 1),
  status text,
  rule_set text,
  since timestamptz,
  changed_at timestamptz not null,
  due_at timestamptz,
  primary key (network_id, referral_id),
  foreign key (network_id, referral_id) references referrals (network_id, id),
  check (num_nonnulls(status, rule_set, since) in (0, 3))
);
alter table referrals no force row level security;
insert into engagement_states (network_id, referral_id, organization_id, reader_ids, changed_at, due_at)
  select network_id, id, receiving_organization_id,
         case when receiving_organization_id = any (reader_ids) then array[organization_id] else '{}' end, updated_at, now()
  from referrals;
alter table referrals force row level security;
create index engagement_states_due on engagement_states (network_id, due_at) where due_at is not null;
create index engagement_states_received_by_change on engagement_states (network_id, organization_id, changed_at, referral_id);
create index engagement_states_sent_by_change on engagement_states (network_id, (reader_ids[1]), changed_at, referral_id);
call wall_shared('engagement_states');

-- Append-only: the history, each row under the rule set that made it.
create table engagement_changes (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  reader_ids uuid[] not null default '{}',
  referral_id uuid not null,
  at timestamptz not null,
  from_status text,
  status text not null,
  since timestamptz not null,
  rule_set text not null,
  reasons jsonb not null,
  primary key (network_id, id),
  foreign key (network_id, referral_id) references referrals (network_id, id)
);
create index engagement_changes_by_referral on engagement_changes (network_id, referral_id, id);
call wall_shared('engagement_changes');
revoke update on engagement_changes from alongside_app;

-- Rule sets of a network beside the built-in eng-1; at most one is switched on.
create table engagement_rule_sets (
  network_id uuid not null,
  id uuid not null,
  name text not null check (name ~ '^eng-[a-z0-9-]{1,40}$'),
  parameters jsonb not null,
  active boolean not null default false,
  activated_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (network_id, id),
  constraint engagement_rule_sets_by_name unique (network_id, name)
);
create unique index engagement_rule_sets_active on engagement_rule_sets (network_id) where active;
call wall_network('engagement_rule_sets');

call sweep_queue('engagement.move');
call sweep_queue('accompaniment.verify');

alter table mentorships force row level security;
alter table offers force row level security;
