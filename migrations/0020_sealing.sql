-- Names, numbers and free text are sealed by the service, each person's under a key of their own (src/db/sealing.ts).
-- A row here is that key, wrapped by a key that the database never sees: by itself it opens nothing. Whoever may find a row
-- with sealed members must be able to open it, whatever the row is and whichever organization holds it, so the wall is the
-- network's alone; the walls of the row decide what is found. A destroyed key leaves its row, so that none is made anew.
create table person_keys (
  network_id uuid not null,
  person_id uuid not null,
  sealed_key bytea,
  -- Names the key-encryption key; null for a destroyed one, which is never wrapped again.
  wrapped_by text check (char_length(wrapped_by) <= 200),
  created_at timestamptz not null,
  destroyed_at timestamptz,
  primary key (network_id, person_id),
  check ((sealed_key is null) = (destroyed_at is not null)),
  check ((wrapped_by is null) = (destroyed_at is not null))
);
create index person_keys_by_wrapper on person_keys (network_id, wrapped_by);
call wall_network('person_keys');
revoke update on person_keys from alongside_app;

-- The key that everything of the service's own derives from (secrets' hashes, cursors, indexes, kept answers), wrapped
-- likewise, so that the master key can be replaced. Without a row it is the master key itself.
create table service_key (
  one boolean primary key default true check (one),
  sealed_key bytea not null,
  wrapped_by text not null check (char_length(wrapped_by) <= 200),
  created_at timestamptz not null
);
alter table service_key enable row level security;
alter table service_key force row level security;
create policy operation on service_key to alongside_auth using (true);
grant select, insert, update on service_key to alongside_auth;

-- Who was touched by the request whose answer is kept: the answers go when the person's key is destroyed.
alter table idempotency_answers add column patient_ids uuid[] not null default '{}';

-- Gives a table `sealed`, a JSON object of ciphertexts by member, and lets the plain columns be empty. They stay while rows
-- from before are sealed (the sweep sealing.seal): a plain value is one that is not sealed yet.
create procedure sealed_columns(target regclass, columns text[]) language plpgsql as $$
declare name text;
begin
  execute format('alter table %s add column sealed jsonb not null default ''{}''', target);
  foreach name in array columns loop
    execute format('alter table %1$s alter column %2$I drop not null, alter column %2$I drop default', target, name);
  end loop;
  -- Empty once everything is sealed, so that looking costs nothing.
  execute format('create index %s on %s (network_id) where %s',
    quote_ident(target::text || '_plain'), target,
    (select string_agg(format('%I is not null', c), ' or ') from unnest(columns) c));
end $$;

-- Rows that belong to a person without naming them; forced row-level security would keep their rows from the owner.
alter table referrals no force row level security;
alter table contacts no force row level security;
alter table offers no force row level security;
alter table referral_transitions no force row level security;
alter table contact_versions no force row level security;
alter table offers add column patient_id uuid;
alter table referral_transitions add column patient_id uuid;
alter table contact_versions add column patient_id uuid;
update offers o set patient_id = r.patient_id from referrals r where r.network_id = o.network_id and r.id = o.referral_id;
update referral_transitions x set patient_id = r.patient_id
  from referrals r where r.network_id = x.network_id and r.id = x.referral_id;
update contact_versions v set patient_id = c.patient_id
  from contacts c where c.network_id = v.network_id and c.id = v.contact_id;
alter table referrals force row level security;
alter table contacts force row level security;
alter table offers force row level security;
alter table referral_transitions force row level security;
alter table contact_versions force row level security;
-- The version before inserts without it.
create function row_names_its_patient() returns trigger language plpgsql as $$
begin
  if new.patient_id is null then
    if tg_table_name = 'contact_versions' then
      select c.patient_id into new.patient_id from contacts c where c.network_id = new.network_id and c.id = new.contact_id;
    else
      select r.patient_id into new.patient_id from referrals r where r.network_id = new.network_id and r.id = new.referral_id;
    end if;
  end if;
  return new;
end $$;
create trigger row_names_its_patient before insert on offers for each row execute function row_names_its_patient();
create trigger row_names_its_patient before insert on referral_transitions for each row execute function row_names_its_patient();
create trigger row_names_its_patient before insert on contact_versions for each row execute function row_names_its_patient();

-- What was said of a patient.
call sealed_columns('patients', array['name', 'birth_date', 'postal_code', 'contact_points']);
call sealed_columns('referrals', array['status_reason_text', 'note']);
call sealed_columns('referral_transitions', array['reason_text']);
call sealed_columns('offers', array['decline_reason', 'override_reason']);
call sealed_columns('mentorships', array['next_support']);
call sealed_columns('contacts', array['summary']);
call sealed_columns('contact_versions', array['summary']);
call sealed_columns('mentorship_agreements', array['goals', 'frequency', 'hours', 'emergency_plan']);
call sealed_columns('closing_voices', array['text']);
grant update (sealed) on contacts to alongside_app;
alter table offers
  drop constraint offers_override_has_a_reason,
  add constraint offers_override_has_a_reason check
    (cardinality(overridden) = 0 or override_reason is not null or sealed ? 'overrideReason');

-- A number is found by a keyed hash of it, exactly or not at all.
alter table patient_identifiers
  drop constraint patients_by_identifier,
  add column value_hash bytea check (octet_length(value_hash) = 32),
  add constraint patients_by_identifier unique (network_id, organization_id, system, value_hash);
create unique index patient_identifiers_by_value on patient_identifiers (network_id, organization_id, system, value)
  where value is not null;
call sealed_columns('patient_identifiers', array['value']);

-- What was said of a mentor, and of those who speak for one.
call sealed_columns('mentors', array['display_name', 'status_reason', 'experience_statement', 'boundaries', 'postal_code', 'supervisor_name']);
call sealed_columns('mentor_screenings', array['rationale', 'decided_by']);
call sealed_columns('mentor_credentials', array['number', 'verified_by']);
call sealed_columns('supervision_sessions', array['supervisor_name', 'actions']);
do $$
declare found record;
begin
  -- Who verified a credential is sealed: that somebody did stands in verified_on.
  for found in
    select conname from pg_constraint
    where conrelid = 'mentor_credentials'::regclass and contype = 'c' and pg_get_constraintdef(oid) like '%verified_by IS NOT NULL%'
  loop
    execute format('alter table mentor_credentials drop constraint %I', found.conname);
  end loop;
end $$;
alter table mentor_credentials add constraint mentor_credentials_verified_by_somebody
  check (verification = 'self_declared' or (verified_on is not null and (verified_by is not null or sealed ? 'verifiedBy')));

call sweep_queue('sealing.seal');
call sweep_queue('keys.rewrap');
