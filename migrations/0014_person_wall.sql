-- The third wall, inside the organization's: a portal token speaks for one person, and its transaction sees only
-- that person's rows until the action has found them and asks for what belongs to them. Every other table is shut.
-- missing_ok: the version before this one sets no wall, and serves on.
do $$
declare
  target record;
  log regclass;
  -- An inequality: the planner takes one for nearly always true, as it is. Written as an equality it would expect
  -- next to no rows of every table, and read whole organizations to show a page.
  nobody constant text := 'coalesce(current_setting(''app.person_wall'', true), '''') <> ''up''';
  person constant text := 'nullif(current_setting(''app.person_id'', true), '''')::uuid';
begin
  for target in
    select c.oid::regclass as name,
      case c.relname
        when 'mentors' then format('%s or id = %s', nobody, person)
        when 'patients' then format('%s or id = %s', nobody, person)
        when 'referrals' then format('%s or patient_id = %s', nobody, person)
        when 'offers' then format('%s or mentor_id = %s', nobody, person)
        when 'shortlists' then format('%s or patient_id = %s', nobody, person)
        when 'mentorships' then format('%s or mentor_id = %s or patient_id = %s', nobody, person, person)
        when 'contacts' then format('%s or mentor_id = %s or patient_id = %s', nobody, person, person)
        when 'mentorship_agreements' then format('%s or mentor_id = %s or patient_id = %s', nobody, person, person)
        when 'closing_voices' then format('%s or (voice = ''mentor'' and mentor_id = %s) or (voice = ''patient'' and patient_id = %s)', nobody, person, person)
        else nobody
      end as condition
    from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization_id'
    where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace
      -- The directory is open to everybody of the network; the log is written for everybody.
      and c.relname not in ('programs', 'program_capacities', 'events', 'audit_events', 'idempotency_answers', 'disclosures')
  loop
    execute format('create policy person_wall on %s as restrictive to alongside_app using (%s)', target.name, target.condition);
  end loop;
  foreach log in array array['events', 'audit_events', 'disclosures']::regclass[] loop
    execute format('create policy person_wall on %s as restrictive for select to alongside_app using (%s)', log, nobody);
  end loop;
end $$;

-- A table of a later migration is shut to persons unless that migration says which rows are whose:
-- `drop policy person_wall on …` and a policy of its own.
create procedure wall_against_persons(target regclass) language plpgsql as $$
begin
  execute format($p$create policy person_wall on %s as restrictive to alongside_app
    using (coalesce(current_setting('app.person_wall', true), '') <> 'up')$p$, target);
end $$;

create or replace procedure wall_held(target regclass) language plpgsql as $$
begin
  call wall_network(target);
  execute format($p$create policy organization_wall on %s as restrictive to alongside_app
    using (organization_id = current_setting('app.organization_id')::uuid)$p$, target);
  call wall_against_persons(target);
end $$;

create or replace procedure wall_shared(target regclass) language plpgsql as $$
begin
  call wall_network(target);
  execute format($p$create policy organization_wall on %s as restrictive to alongside_app
    using (organization_id = current_setting('app.organization_id')::uuid
           or current_setting('app.organization_id')::uuid = any (reader_ids))$p$, target);
  call wall_against_persons(target);
end $$;
