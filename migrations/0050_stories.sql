-- What people tell of their own way: stories, and blueprints of a way in steps. Both are written, consented to by whom they are
-- about, looked at by somebody else, published in versions and withdrawn. The head says which version is the latest and which
-- one is read; a withdrawn one keeps its row, and none of its words.
create table publications (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  kind text not null check (kind in ('story', 'blueprint')),
  mentor_id uuid,
  -- Under whose key the words are sealed: the mentor's who tells, or its own where it is a program's.
  key_id uuid not null,
  status text not null check (status in ('draft', 'submitted', 'returned', 'published', 'withdrawn')),
  latest integer not null default 1 check (latest > 0),
  published integer check (published > 0),
  withdrawn_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (network_id, id),
  foreign key (network_id, organization_id) references organizations (network_id, id),
  foreign key (network_id, mentor_id) references mentors (network_id, id),
  constraint a_story_is_a_mentors check (kind <> 'story' or mentor_id is not null),
  constraint only_what_is_there_is_read check (published <= latest),
  -- Withdrawn: nothing is read any more, by a constraint and not by each query's memory.
  constraint nothing_is_read_of_what_is_withdrawn check
    ((status = 'withdrawn') = (withdrawn_at is not null) and (withdrawn_at is null or published is null))
);
create index publications_by_organization on publications (network_id, organization_id, kind, id desc) where withdrawn_at is null;
create index publications_read on publications (network_id, organization_id, kind) where published is not null;
create index publications_by_mentor on publications (network_id, mentor_id) where mentor_id is not null;
call wall_held('publications');

create table publication_versions (
  network_id uuid not null,
  publication_id uuid not null,
  number integer not null check (number between 1 and 1000),
  organization_id uuid not null,
  mentor_id uuid,
  key_id uuid not null,
  status text not null check (status in ('draft', 'submitted', 'returned', 'published', 'superseded', 'withdrawn')),
  content jsonb,
  note text check (char_length(note) <= 2000),
  consent_signature jsonb,
  language text not null check (char_length(language) <= 35),
  tags jsonb not null default '{}',
  audiences text[] not null default '{}',
  -- Everybody who wrote on it, by person or client: none of them reviews it.
  written_by uuid[] not null,
  acknowledged text[] not null default '{}',
  word_list text check (char_length(word_list) <= 50),
  consented_at timestamptz,
  consent_method text check (consent_method in ('portal', 'recorded_signature')),
  submitted_at timestamptz,
  reviewed_by uuid,
  return_reason text check (return_reason in ('language', 'identifies_others', 'names_a_method', 'not_a_story', 'too_long', 'other')),
  published_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (network_id, publication_id, number),
  foreign key (network_id, publication_id) references publications (network_id, id),
  foreign key (network_id, organization_id) references organizations (network_id, id),
  foreign key (network_id, mentor_id) references mentors (network_id, id),
  check ((consented_at is null) = (consent_method is null)),
  constraint nobody_reviews_what_they_wrote check (reviewed_by is null or mentor_id is null or reviewed_by <> all (written_by))
);
create index publication_versions_by_mentor on publication_versions (network_id, mentor_id) where mentor_id is not null;
-- At most one version of each is read.
create unique index publication_versions_read on publication_versions (network_id, publication_id) where status = 'published';
call wall_held('publication_versions');
call sealed_columns('publication_versions', array['content', 'note', 'consent_signature']);

-- Whoever was shown a version was shown these words: they are withdrawn or superseded, never changed.
create function a_published_version_stays_as_it_is() returns trigger language plpgsql as $$
begin
  if new.status <> 'withdrawn'
    and ((old.content is null and new.sealed -> 'content' is distinct from old.sealed -> 'content')
      or new.language <> old.language or new.tags <> old.tags or new.audiences <> old.audiences) then
    raise exception 'a published version is never changed' using errcode = 'check_violation', constraint = 'a_published_version_stays_as_it_is';
  end if;
  return new;
end $$;
create trigger a_published_version_stays_as_it_is before update on publication_versions
  for each row when (old.published_at is not null) execute function a_published_version_stays_as_it_is();

-- A mentor's own token finds what they tell themselves.
do $$
declare target regclass;
begin
  foreach target in array array['publications', 'publication_versions']::regclass[] loop
    execute format('drop policy person_wall on %s', target);
    execute format($p$create policy person_wall on %s as restrictive to alongside_app
      using (coalesce(current_setting('app.person_wall', true), '') <> 'up'
             or mentor_id = nullif(current_setting('app.person_id', true), '')::uuid)$p$, target);
  end loop;
end $$;
