-- Where people learn beside a mentor: programs of learning, cohorts, placements, and hours that a peer supervisor signs off.
create table learning_programs (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  name text not null check (char_length(name) between 1 and 200),
  framework text not null check (framework in ('samhsa_core_2015', 'samhsa_model_standards_2023')),
  competencies text[] not null check (cardinality(competencies) between 1 and 30),
  required_minutes integer not null check (required_minutes between 1 and 600000),
  reflections_required integer not null check (reflections_required between 0 and 1000),
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (network_id, id),
  constraint learning_programs_by_name unique (network_id, organization_id, name),
  foreign key (network_id, organization_id) references organizations (network_id, id)
);
call wall_held('learning_programs');

create table cohorts (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  learning_program_id uuid not null,
  name text not null check (char_length(name) between 1 and 200),
  begins_on date not null,
  ends_on date not null check (ends_on >= begins_on),
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (network_id, id),
  constraint cohorts_by_name unique (network_id, learning_program_id, name),
  foreign key (network_id, organization_id) references organizations (network_id, id),
  foreign key (network_id, learning_program_id) references learning_programs (network_id, id)
);
create index cohorts_by_organization on cohorts (network_id, organization_id, id desc);
call wall_held('cohorts');

-- Held by the organization whose mentors the learner goes along with. A school that sent the learner finds the placement (reader_ids) and
-- how far it is, which the row itself says; the hours, which are about people, it does not find.
create table placements (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  reader_ids uuid[] not null default '{}' check (cardinality(reader_ids) <= 1),
  cohort_id uuid not null,
  learning_program_id uuid not null,
  learner_id uuid not null,
  learner_mentor_id uuid,
  host_mentor_id uuid not null,
  supervisor_id uuid not null,
  school_organization_id uuid,
  school_reference text check (char_length(school_reference) <= 100),
  relationship text not null check (relationship in ('observed', 'co_mentored')),
  status text not null check (status in ('active', 'completed', 'withdrawn')),
  required_minutes integer not null,
  recorded_minutes integer not null default 0 check (recorded_minutes >= 0),
  signed_minutes integer not null default 0 check (signed_minutes between 0 and recorded_minutes),
  signed_reflections integer not null default 0 check (signed_reflections >= 0),
  evidenced text[] not null default '{}',
  ended_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (network_id, id),
  foreign key (network_id, organization_id) references organizations (network_id, id),
  foreign key (network_id, school_organization_id) references organizations (network_id, id),
  foreign key (network_id, cohort_id) references cohorts (network_id, id),
  foreign key (network_id, learning_program_id) references learning_programs (network_id, id),
  foreign key (network_id, learner_id, organization_id) references learners (network_id, id, organization_id),
  foreign key (network_id, learner_mentor_id) references mentors (network_id, id),
  foreign key (network_id, host_mentor_id) references mentors (network_id, id),
  foreign key (network_id, supervisor_id) references mentors (network_id, id),
  -- Nobody signs off their own hours, as a learner or as the mentor who was there.
  constraint placements_supervised_by_another
    check (supervisor_id <> host_mentor_id and supervisor_id is distinct from learner_mentor_id
           and host_mentor_id is distinct from learner_mentor_id)
);
create unique index placements_active on placements (network_id, cohort_id, learner_id) where status = 'active';
create index placements_by_cohort on placements (network_id, cohort_id);
create index placements_by_program on placements (network_id, learning_program_id);
create index placements_by_learner on placements (network_id, learner_id);
create index placements_by_learner_mentor on placements (network_id, learner_mentor_id);
create index placements_by_host on placements (network_id, host_mentor_id);
create index placements_by_supervisor on placements (network_id, supervisor_id);
create index placements_by_organization on placements (network_id, organization_id, id desc);
create index placements_by_school on placements (network_id, school_organization_id, id desc) where school_organization_id is not null;
call wall_shared('placements');
call sealed_columns('placements', array['school_reference']);

-- Ranges bring their own GiST operators: an exclusion over ids needs no extension, which the embedded engine would not have.
create type uuid_span as range (subtype = uuid);

create table placement_hours (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  placement_id uuid not null,
  learner_id uuid not null,
  learner_mentor_id uuid,
  host_mentor_id uuid not null,
  supervisor_id uuid not null,
  mentorship_id uuid not null,
  patient_id uuid not null,
  -- The person's own word that a learner may be there, as it was when this was recorded.
  consent_id uuid not null,
  relationship text not null check (relationship in ('observed', 'co_mentored')),
  began_at timestamptz not null,
  ended_at timestamptz not null,
  competencies text[] not null default '{}',
  reflection text check (char_length(reflection) <= 4000),
  has_reflection boolean not null,
  status text not null check (status in ('recorded', 'signed', 'entered_in_error')),
  signed_at timestamptz,
  signed_by uuid,
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (network_id, id),
  foreign key (network_id, organization_id) references organizations (network_id, id),
  foreign key (network_id, placement_id) references placements (network_id, id),
  foreign key (network_id, learner_id, organization_id) references learners (network_id, id, organization_id),
  foreign key (network_id, mentorship_id) references mentorships (network_id, id),
  foreign key (network_id, patient_id) references patients (network_id, id),
  check (ended_at > began_at and ended_at <= began_at + interval '24 hours'),
  check (status <> 'signed' or (signed_at is not null and signed_by is not null)),
  constraint placement_hours_signed_by_supervisor check (signed_by is null or signed_by = supervisor_id),
  -- A learner is in one place at a time, whichever placement an hour is of.
  constraint placement_hours_overlap exclude using gist (
    uuid_span(network_id, network_id, '[]') with &&,
    uuid_span(learner_id, learner_id, '[]') with &&,
    tstzrange(began_at, ended_at) with &&
  ) where (status <> 'entered_in_error')
);
create index placement_hours_by_placement on placement_hours (network_id, placement_id, id desc);
create index placement_hours_by_learner on placement_hours (network_id, learner_id);
create index placement_hours_by_mentorship on placement_hours (network_id, mentorship_id);
create index placement_hours_by_patient on placement_hours (network_id, patient_id);
call wall_held('placement_hours');
call sealed_columns('placement_hours', array['reflection']);

-- The learner, the mentor who was there and the supervisor find what is theirs.
do $$
declare
  target text;
  nobody constant text := 'coalesce(current_setting(''app.person_wall'', true), '''') <> ''up''';
  person constant text := 'nullif(current_setting(''app.person_id'', true), '''')::uuid';
begin
  foreach target in array array['placements', 'placement_hours'] loop
    execute format('drop policy person_wall on %I', target);
    execute format('create policy person_wall on %I as restrictive to alongside_app
      using (%2$s or learner_mentor_id = %3$s or host_mentor_id = %3$s or supervisor_id = %3$s)', target, nobody, person);
  end loop;
end $$;
