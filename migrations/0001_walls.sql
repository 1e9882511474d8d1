-- Three roles, none of which can log in or owns a table. The service's login role is a member of them and
-- takes one at the start of each transaction (SET LOCAL ROLE), so row-level security binds it always.
--   alongside_app     a request: one network, one organization
--   alongside_system  the service's own work: one network, every organization
--   alongside_auth    the token endpoint: one API client and the signing keys
do $$
declare role_name text;
begin
  foreach role_name in array array['alongside_app', 'alongside_system', 'alongside_auth'] loop
    -- Looked for first: a migrator without the right to create roles may find them made for it.
    if not exists (select from pg_roles where rolname = role_name) then
      begin
        execute format('create role %I nologin nobypassrls', role_name);
      exception when duplicate_object or unique_violation then null;
      end;
    end if;
    execute format('grant %I to current_user', role_name);
  end loop;
end $$;

-- The network wall and, inside it, the organization wall: a row is seen by the organization that holds it.
-- Policies compare columns with settings and contain no subqueries, which keeps them cheap and lets the
-- schema distribute by network. current_setting without missing_ok: a forgotten setting is an error, not
-- an empty answer. Every migration that adds a table ends with one of these three procedures;
-- test/architecture/schema.test.ts fails for one that did not.
create procedure wall_held(target regclass) language plpgsql as $$
begin
  call wall_network(target);
  execute format($p$create policy organization_wall on %s as restrictive to alongside_app
    using (organization_id = current_setting('app.organization_id')::uuid)$p$, target);
end $$;

-- As wall_held, and seen and changed by the organizations in reader_ids too: the coarse shadow of consent.
create procedure wall_shared(target regclass) language plpgsql as $$
begin
  call wall_network(target);
  execute format($p$create policy organization_wall on %s as restrictive to alongside_app
    using (organization_id = current_setting('app.organization_id')::uuid
           or current_setting('app.organization_id')::uuid = any (reader_ids))$p$, target);
end $$;

-- Seen by the whole network: the directory.
create procedure wall_network(target regclass) language plpgsql as $$
begin
  execute format('alter table %s enable row level security', target);
  execute format('alter table %s force row level security', target);
  execute format($p$create policy network_wall on %s to alongside_app, alongside_system
    using (network_id = current_setting('app.network_id')::uuid)$p$, target);
  execute format('grant select, insert, update on %s to alongside_app, alongside_system', target);
end $$;
