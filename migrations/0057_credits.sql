-- Credits that learning earns, certificates that say so, and what a credential's renewal asks for.
-- An award carries the bounds of its accreditation along: the foreign key holds them to what was accredited, the checks hold the
-- award to them, and no statement of anybody awards more, or for another day.
alter table course_accreditations add constraint course_accreditations_bounds unique (network_id, id, quarters_max, effective_from, effective_to);
create table credit_awards (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  learner_id uuid not null,
  enrolment_id uuid not null,
  course_version_id uuid not null,
  accreditation_id uuid not null,
  credit_type text not null check (char_length(credit_type) between 1 and 100),
  quarters integer not null check (quarters > 0),
  topics jsonb not null default '{}',
  awarded_on date not null,
  quarters_max integer not null,
  effective_from date not null,
  effective_to date not null,
  revoked_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (network_id, id),
  foreign key (network_id, organization_id) references organizations (network_id, id),
  foreign key (network_id, learner_id, organization_id) references learners (network_id, id, organization_id),
  foreign key (network_id, enrolment_id) references enrolments (network_id, id),
  foreign key (network_id, course_version_id) references course_versions (network_id, id),
  foreign key (network_id, accreditation_id, quarters_max, effective_from, effective_to)
    references course_accreditations (network_id, id, quarters_max, effective_from, effective_to),
  constraint credit_awards_within_accreditation
    check (quarters <= quarters_max and awarded_on between effective_from and effective_to)
);
create unique index credit_awards_once on credit_awards (network_id, learner_id, course_version_id) where revoked_at is null;
create index credit_awards_by_learner on credit_awards (network_id, learner_id, awarded_on);
create index credit_awards_by_enrolment on credit_awards (network_id, enrolment_id);
create index credit_awards_by_version on credit_awards (network_id, course_version_id);
create index credit_awards_by_accreditation on credit_awards (network_id, accreditation_id);
call wall_held('credit_awards');

-- Found by a keyed hash of its number: who has read the table has no number, and who tries numbers has 160 bits to try.
create table certificates (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  learner_id uuid not null,
  mentor_id uuid,
  enrolment_id uuid not null,
  credit_award_id uuid,
  number_hash bytea not null check (octet_length(number_hash) = 32),
  number text,
  learner_name text,
  initials text,
  signer text,
  course_title text not null check (char_length(course_title) between 1 and 200),
  form text not null check (form in ('live', 'home_study', 'blended')),
  completed_on date not null,
  issued_on date not null,
  -- The last day on which it is valid; null: it always is.
  expires_on date,
  revoked_at timestamptz,
  revoked_because text check (revoked_because in ('issued_in_error', 'requirement_not_met', 'false_evidence', 'withdrawn_by_issuer')),
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (network_id, id),
  foreign key (network_id, organization_id) references organizations (network_id, id),
  foreign key (network_id, learner_id, organization_id) references learners (network_id, id, organization_id),
  foreign key (network_id, mentor_id) references mentors (network_id, id),
  foreign key (network_id, enrolment_id) references enrolments (network_id, id),
  foreign key (network_id, credit_award_id) references credit_awards (network_id, id),
  check ((revoked_at is null) = (revoked_because is null))
);
create unique index certificates_by_number on certificates (number_hash);
create unique index certificates_once on certificates (network_id, enrolment_id) where revoked_at is null;
create index certificates_by_enrolment on certificates (network_id, enrolment_id);
create index certificates_by_learner on certificates (network_id, learner_id, id desc);
create index certificates_by_mentor on certificates (network_id, mentor_id) where mentor_id is not null;
create index certificates_by_award on certificates (network_id, credit_award_id) where credit_award_id is not null;
create index certificates_by_organization on certificates (network_id, organization_id, id desc);
call wall_held('certificates');
call sealed_columns('certificates', array['number', 'learner_name', 'initials', 'signer']);
-- Whoever verifies one names no network: the one row of this number is all that is seen.
create policy verification on certificates for select to alongside_auth
  using (number_hash = decode(current_setting('app.certificate_hash'), 'hex'));
grant select on certificates to alongside_auth;

create table external_credits (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  learner_id uuid not null,
  mentor_id uuid,
  title text,
  provider text,
  credit_type text not null check (char_length(credit_type) between 1 and 100),
  quarters integer not null check (quarters between 1 and 4000),
  topics jsonb not null default '{}',
  completed_on date not null,
  evidence_hash text not null check (evidence_hash ~ '^sha256:[0-9a-f]{64}$'),
  status text not null check (status in ('submitted', 'accepted', 'rejected')),
  submitted_by uuid not null,
  reviewed_by uuid,
  reviewed_at timestamptz,
  review_note text check (char_length(review_note) <= 1000),
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (network_id, id),
  foreign key (network_id, organization_id) references organizations (network_id, id),
  foreign key (network_id, learner_id, organization_id) references learners (network_id, id, organization_id),
  foreign key (network_id, mentor_id) references mentors (network_id, id),
  check ((status = 'submitted') = (reviewed_at is null)),
  constraint external_credits_reviewed_by_another check (reviewed_by is null or reviewed_by <> submitted_by)
);
create unique index external_credits_once on external_credits (network_id, learner_id, evidence_hash) where status <> 'rejected';
create index external_credits_by_learner on external_credits (network_id, learner_id, id desc);
create index external_credits_by_mentor on external_credits (network_id, mentor_id) where mentor_id is not null;
call wall_held('external_credits');
call sealed_columns('external_credits', array['title', 'provider', 'review_note']);

-- What the renewal of a credential asks for, as data: every board differs.
create table renewal_rules (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  code text not null check (char_length(code) between 1 and 100),
  window_months integer not null check (window_months between 1 and 120),
  quarters integer not null check (quarters between 1 and 4000),
  topics jsonb not null default '{}',
  credit_types text[] not null default '{}',
  carry_over_max integer not null default 0 check (carry_over_max between 0 and 4000),
  source text not null check (char_length(source) <= 500),
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (network_id, id),
  constraint renewal_rules_by_code unique (network_id, organization_id, code),
  foreign key (network_id, organization_id) references organizations (network_id, id)
);
call wall_held('renewal_rules');

do $$
declare
  target text;
  nobody constant text := 'coalesce(current_setting(''app.person_wall'', true), '''') <> ''up''';
  person constant text := 'nullif(current_setting(''app.person_id'', true), '''')::uuid';
begin
  foreach target in array array['certificates', 'external_credits'] loop
    execute format('drop policy person_wall on %I', target);
    execute format('create policy person_wall on %I as restrictive to alongside_app using (%s or mentor_id = %s)', target, nobody, person);
  end loop;
end $$;
