-- The plan of one person, kept by the organization that accompanies them: it belongs to the person and not to one mentorship, so
-- that the next mentor finds it. Others find it while a consent is in force (`reader_ids`, cast by the shadow), and read what
-- was signed.
create table recovery_plans (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  reader_ids uuid[] not null default '{}',
  patient_id uuid not null,
  content jsonb,
  -- The number that the working text has once it is signed, whether somebody has signed it as it is, and the last one both did.
  number integer not null default 1 check (number between 1 and 1000),
  frozen boolean not null default false,
  current integer check (current > 0),
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (network_id, id),
  foreign key (network_id, organization_id) references organizations (network_id, id),
  foreign key (network_id, patient_id) references patients (network_id, id),
  constraint only_what_was_signed_is_current check (current is null or current < number or (current = number and frozen))
);
create unique index recovery_plans_once on recovery_plans (network_id, patient_id, organization_id);
create index recovery_plans_by_organization on recovery_plans (network_id, organization_id, id desc);
call wall_shared('recovery_plans');
call sealed_columns('recovery_plans', array['content']);

-- What was signed, word by word. Never changed.
create table recovery_plan_versions (
  network_id uuid not null,
  plan_id uuid not null,
  number integer not null,
  organization_id uuid not null,
  reader_ids uuid[] not null default '{}',
  patient_id uuid not null,
  content jsonb,
  digest text not null check (digest ~ '^sha256:[0-9a-f]{64}$'),
  created_at timestamptz not null,
  primary key (network_id, plan_id, number),
  foreign key (network_id, plan_id) references recovery_plans (network_id, id),
  foreign key (network_id, organization_id) references organizations (network_id, id),
  foreign key (network_id, patient_id) references patients (network_id, id)
);
create index recovery_plan_versions_by_patient on recovery_plan_versions (network_id, patient_id);
call wall_shared('recovery_plan_versions');
call sealed_columns('recovery_plan_versions', array['content']);
revoke update on recovery_plan_versions from alongside_app;

-- Each signs once, and what they sign is the digest.
create table recovery_plan_signatures (
  network_id uuid not null,
  plan_id uuid not null,
  number integer not null,
  signer text not null check (signer in ('patient', 'mentor')),
  organization_id uuid not null,
  reader_ids uuid[] not null default '{}',
  patient_id uuid not null,
  mentor_id uuid,
  digest text not null check (digest ~ '^sha256:[0-9a-f]{64}$'),
  signed_at timestamptz not null,
  primary key (network_id, plan_id, number, signer),
  foreign key (network_id, plan_id, number) references recovery_plan_versions (network_id, plan_id, number),
  foreign key (network_id, organization_id) references organizations (network_id, id),
  foreign key (network_id, patient_id) references patients (network_id, id),
  foreign key (network_id, mentor_id) references mentors (network_id, id),
  check ((signer = 'mentor') = (mentor_id is not null))
);
create index recovery_plan_signatures_by_patient on recovery_plan_signatures (network_id, patient_id);
create index recovery_plan_signatures_by_mentor on recovery_plan_signatures (network_id, mentor_id) where mentor_id is not null;
call wall_shared('recovery_plan_signatures');
revoke update on recovery_plan_signatures from alongside_app;

-- Private unless the person shares it; `reader_ids` is empty as long as it is not shared with the clinic.
create table milestones (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  reader_ids uuid[] not null default '{}',
  patient_id uuid not null,
  plan_id uuid not null,
  kind text not null check (kind in ('first_contact', 'plan_agreed', 'goal_achieved', 'recovery_time', 'housing', 'work_or_education',
    'reunification', 'first_time_helping_another', 'became_mentor')),
  note text check (char_length(note) <= 2000),
  reached_on date,
  shared_with text[] not null default '{}' check (shared_with <@ array['mentor', 'program', 'clinic']),
  recorded_by text not null check (recorded_by in ('patient', 'mentor')),
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (network_id, id),
  foreign key (network_id, plan_id) references recovery_plans (network_id, id),
  foreign key (network_id, organization_id) references organizations (network_id, id),
  foreign key (network_id, patient_id) references patients (network_id, id),
  constraint nobody_finds_what_is_not_shared check (reader_ids = '{}' or 'clinic' = any (shared_with))
);
create index milestones_by_plan on milestones (network_id, plan_id, id desc);
create index milestones_by_patient on milestones (network_id, patient_id);
call wall_shared('milestones');
call sealed_columns('milestones', array['note']);

-- A person's own token finds what is theirs. A mentor's finds it by way of a mentorship that lives.
do $$
declare target regclass;
begin
  foreach target in array
    array['recovery_plans', 'recovery_plan_versions', 'recovery_plan_signatures', 'milestones']::regclass[] loop
    execute format('drop policy person_wall on %s', target);
    execute format($p$create policy person_wall on %s as restrictive to alongside_app
      using (coalesce(current_setting('app.person_wall', true), '') <> 'up'
             or patient_id = nullif(current_setting('app.person_id', true), '')::uuid)$p$, target);
  end loop;
end $$;
