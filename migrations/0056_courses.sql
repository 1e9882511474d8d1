-- What an organization teaches, to whom, and what each learner did of it. Completion is computed from facts, in src/domains/enrolments.
-- A learner may be a mentor of the same organization: then the mentor's own portal token finds what is theirs.
create table learners (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  mentor_id uuid,
  name text not null check (char_length(name) <= 200),
  reference text check (char_length(reference) <= 100),
  profession text not null check (profession in ('peer_specialist', 'counselor', 'social_worker', 'psychologist', 'nurse',
    'nurse_practitioner', 'physician_assistant', 'physician', 'pharmacist', 'student', 'other')),
  npi text check (char_length(npi) = 10),
  license_state text check (char_length(license_state) <= 10),
  license_number text check (char_length(license_number) <= 100),
  birth_month_day text check (char_length(birth_month_day) = 5),
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (network_id, id),
  -- Rows about a learner point at this: none names the learner of another organization.
  constraint learners_held unique (network_id, id, organization_id),
  foreign key (network_id, organization_id) references organizations (network_id, id),
  foreign key (network_id, mentor_id) references mentors (network_id, id)
);
create unique index learners_of_mentor on learners (network_id, mentor_id) where mentor_id is not null;
create index learners_by_organization on learners (network_id, organization_id, id desc);
call wall_held('learners');
call sealed_columns('learners', array['name', 'reference', 'npi', 'license_state', 'license_number', 'birth_month_day']);

create table courses (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  code text not null check (char_length(code) between 1 and 100),
  title text not null check (char_length(title) between 1 and 200),
  audience text[] not null default '{}',
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (network_id, id),
  constraint courses_by_code unique (network_id, organization_id, code),
  foreign key (network_id, organization_id) references organizations (network_id, id)
);
create index courses_by_organization on courses (network_id, organization_id, id desc);
call wall_held('courses');

create table course_versions (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  course_id uuid not null,
  label text not null check (char_length(label) between 1 and 30),
  language text not null check (char_length(language) <= 35),
  objectives text[] not null default '{}',
  -- What it is made of, in order: src/domains/courses/contract.ts.
  modules jsonb not null,
  attempts_max integer not null check (attempts_max between 1 and 20),
  evaluation_required boolean not null,
  -- How long a completion counts; null: for good.
  valid_months integer check (valid_months between 1 and 240),
  content_sha256 text check (content_sha256 ~ '^[0-9a-f]{64}$'),
  status text not null check (status in ('draft', 'published', 'retired')),
  published_at timestamptz,
  retired_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (network_id, id),
  constraint course_versions_by_label unique (network_id, course_id, label),
  foreign key (network_id, organization_id) references organizations (network_id, id),
  foreign key (network_id, course_id) references courses (network_id, id),
  check ((status = 'draft') = (published_at is null)),
  check ((status = 'retired') = (retired_at is not null)),
  check ((status = 'draft') = (content_sha256 is null))
);
create index course_versions_by_course on course_versions (network_id, course_id, id desc);
call wall_held('course_versions');

-- What learners were promised when they enrolled must still be what they are held to: the content of a published version never
-- changes, whoever asks, and it never becomes a draft again.
create function published_version_stays() returns trigger language plpgsql as $$
begin
  if old.status <> 'draft' and (
    (new.course_id, new.label, new.language, new.objectives, new.modules, new.attempts_max, new.evaluation_required, new.content_sha256)
      is distinct from
    (old.course_id, old.label, old.language, old.objectives, old.modules, old.attempts_max, old.evaluation_required, old.content_sha256)
    or new.valid_months is distinct from old.valid_months
    or new.published_at is distinct from old.published_at or new.status = 'draft')
  then
    raise exception 'a published version stays as it is' using errcode = 'check_violation', constraint = 'course_versions_stay';
  end if;
  return new;
end $$;
create trigger published_version_stays before update on course_versions for each row execute function published_version_stays();

-- Who accredited a version, for how many credits, from when to when. Append-only but for its end.
create table course_accreditations (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  course_version_id uuid not null,
  body text not null check (char_length(body) between 1 and 200),
  provider_number text not null check (char_length(provider_number) <= 100),
  activity_number text check (char_length(activity_number) <= 100),
  credit_type text not null check (char_length(credit_type) between 1 and 100),
  -- Credits are counted in quarters: whole numbers, exactly.
  quarters_max integer not null check (quarters_max between 1 and 4000),
  -- How many quarters at most of which topic.
  topics jsonb not null default '{}',
  effective_from date not null,
  effective_to date not null check (effective_to >= effective_from),
  statement text check (char_length(statement) <= 2000),
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (network_id, id),
  foreign key (network_id, organization_id) references organizations (network_id, id),
  foreign key (network_id, course_version_id) references course_versions (network_id, id)
);
create index course_accreditations_by_version on course_accreditations (network_id, course_version_id, id desc);
call wall_held('course_accreditations');

create table enrolments (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  learner_id uuid not null,
  mentor_id uuid,
  course_id uuid not null,
  course_code text not null check (char_length(course_code) between 1 and 100),
  course_version_id uuid not null,
  status text not null check (status in ('enrolled', 'completed', 'failed', 'withdrawn', 'revoked')),
  enrolled_at timestamptz not null,
  due_on date,
  completed_on date,
  minutes integer,
  -- The last day on which the completion counts; null: it always does.
  valid_until date,
  ended_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (network_id, id),
  foreign key (network_id, organization_id) references organizations (network_id, id),
  foreign key (network_id, learner_id, organization_id) references learners (network_id, id, organization_id),
  foreign key (network_id, mentor_id) references mentors (network_id, id),
  foreign key (network_id, course_id) references courses (network_id, id),
  foreign key (network_id, course_version_id) references course_versions (network_id, id),
  check ((status in ('completed', 'revoked')) = (completed_on is not null)),
  check (valid_until is null or valid_until >= completed_on)
);
create unique index enrolments_once on enrolments (network_id, learner_id, course_version_id) where status in ('enrolled', 'completed');
create index enrolments_by_learner on enrolments (network_id, learner_id, id desc);
create index enrolments_by_version on enrolments (network_id, course_version_id);
create index enrolments_by_course on enrolments (network_id, course_id, completed_on);
create index enrolments_by_organization on enrolments (network_id, organization_id, id desc);
-- What a mentor's eligibility is worked out from.
create index enrolments_of_mentor on enrolments (network_id, mentor_id, course_code);
call wall_held('enrolments');

-- What happened: presence, attempts, evaluations. Never changed; `position` bounds the attempts at one module.
create table enrolment_facts (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  enrolment_id uuid not null,
  learner_id uuid not null,
  kind text not null check (kind in ('attendance', 'attempt', 'evaluation')),
  module_code text check (char_length(module_code) between 1 and 100),
  at timestamptz not null,
  minutes integer check (minutes between 1 and 1440),
  score integer check (score between 0 and 100),
  position integer check (position between 1 and 20),
  verified_by text check (char_length(verified_by) <= 200),
  recorded_at timestamptz not null,
  primary key (network_id, id),
  foreign key (network_id, organization_id) references organizations (network_id, id),
  foreign key (network_id, enrolment_id) references enrolments (network_id, id),
  foreign key (network_id, learner_id) references learners (network_id, id),
  check ((kind = 'attendance') = (minutes is not null)),
  check ((kind = 'attempt') = (score is not null)),
  check ((kind = 'attempt') = (position is not null)),
  check ((kind = 'evaluation') = (module_code is null))
);
create index enrolment_facts_by_enrolment on enrolment_facts (network_id, enrolment_id, id);
create unique index enrolment_facts_attempts on enrolment_facts (network_id, enrolment_id, module_code, position) where kind = 'attempt';
create unique index enrolment_facts_evaluated on enrolment_facts (network_id, enrolment_id) where kind = 'evaluation';
call wall_held('enrolment_facts');
revoke update on enrolment_facts from alongside_app;
create index enrolment_facts_by_learner on enrolment_facts (network_id, learner_id);
call sealed_columns('enrolment_facts', array['verified_by']);

-- A mentor finds what is their own.
do $$
declare
  target text;
  nobody constant text := 'coalesce(current_setting(''app.person_wall'', true), '''') <> ''up''';
  person constant text := 'nullif(current_setting(''app.person_id'', true), '''')::uuid';
begin
  foreach target in array array['learners', 'enrolments'] loop
    execute format('drop policy person_wall on %I', target);
    execute format('create policy person_wall on %I as restrictive to alongside_app using (%s or mentor_id = %s)', target, nobody, person);
  end loop;
end $$;

-- Beside screenings and credentials an organization can demand that a course of its own was completed.
alter table mentor_requirements drop constraint mentor_requirements_item_check;
alter table mentor_requirements add constraint mentor_requirements_item_check check (item in ('screening', 'credential', 'course'));
