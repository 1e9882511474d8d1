-- Replaces the log by one that is partitioned by month. See docs/decisions/0032-events-leave-the-log.md for when and why.
-- Run it as the owner of the tables, in a quiet hour, with `psql --single-transaction --set=ON_ERROR_STOP=1`:
-- requests that write events wait until it is done, and then go on.
lock table events in access exclusive mode;

-- Walls, grants and indexes are made anew as they stand, whichever migration made them.
create temporary table again on commit drop as
  select format('create policy %I on events as %s for %s to %s%s%s', policyname, permissive, cmd, array_to_string(roles, ', '),
                ' using (' || qual || ')', ' with check (' || with_check || ')') as statement
  from pg_policies where schemaname = 'public' and tablename = 'events'
  union all
  select format('grant %s on events to %I', privilege_type, grantee)
  from information_schema.role_table_grants
  where table_schema = 'public' and table_name = 'events' and grantee in ('alongside_app', 'alongside_system')
  union all
  select pg_get_indexdef(indexrelid) from pg_index where indrelid = 'events'::regclass and not indisunique;

-- An owner who is no superuser is held by the walls, too.
alter table events no force row level security;
alter table events rename to events_before;

create table events (like events_before including defaults) partition by range (id);
-- For ids that no month is there for: it stays empty as long as months are made in time, and nothing is lost if they are not.
create table events_otherwise partition of events default;
create unique index events_otherwise_sequence on events_otherwise (network_id, sequence);
alter table events_otherwise enable row level security;
alter table events_otherwise force row level security;

create procedure events_month(month date) language plpgsql as $$
declare
  name constant text := 'events_' || to_char(month, 'YYYY_MM');
  first constant timestamp := date_trunc('month', month::timestamp);
  bounds uuid[];
begin
  -- A UUIDv7 begins with the milliseconds since 1970, in 48 bits.
  select array_agg(rpad(lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0'), 32, '0')::uuid order by at)
  into bounds from unnest(array[first, first + interval '1 month']) as of (at);
  execute format('create table %I partition of events for values from (%L) to (%L)', name, bounds[1], bounds[2]);
  -- Numbers cannot be held unique across partitions, whose key they do not contain; within each they are.
  execute format('create unique index on %I (network_id, sequence)', name);
  -- Reached through the log only: by itself it has no policy, and nobody is granted anything.
  execute format('alter table %I enable row level security', name);
  execute format('alter table %I force row level security', name);
end $$;

-- From the oldest event to three months ahead. Call events_month for the next one before it begins.
do $$
declare month date;
begin
  for month in
    select generate_series(
      date_trunc('month', coalesce((select min(occurred_at) from events_before), now()) at time zone 'UTC'),
      date_trunc('month', now() at time zone 'UTC') + interval '3 months', interval '1 month')
  loop
    call events_month(month);
  end loop;
end $$;

insert into events select * from events_before;
-- Its indexes go with it, and their names are free.
drop table events_before;
alter table events add primary key (network_id, id);
alter table events enable row level security;
alter table events force row level security;
create index events_by_sequence on events (network_id, sequence);
do $$
declare one record;
begin
  for one in select statement from again loop
    execute one.statement;
  end loop;
end $$;
analyze events;
