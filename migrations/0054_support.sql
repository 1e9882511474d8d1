-- What an organization needs to go on, as far as it says so.
create table organization_needs (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  kind text not null check (kind in ('funding', 'volunteers', 'training', 'space')),
  description text not null check (char_length(description) between 1 and 1000),
  quantity text check (char_length(quantity) <= 100),
  until_on date,
  public boolean not null default false,
  status text not null check (status in ('open', 'met', 'withdrawn')),
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (network_id, id),
  foreign key (network_id, organization_id) references organizations (network_id, id)
);
create index organization_needs_by_organization on organization_needs (network_id, organization_id, id desc);
call wall_network('organization_needs');
call wall_against_persons('organization_needs');
create policy own_insert on organization_needs as restrictive for insert to alongside_app
  with check (organization_id = current_setting('app.organization_id')::uuid);
create policy own_update on organization_needs as restrictive for update to alongside_app
  using (organization_id = current_setting('app.organization_id')::uuid);

-- The public directory: off for a network until its office names it, and for an organization until it lists itself.
alter table networks add column directory_name text unique check (directory_name ~ '^[a-z0-9][a-z0-9-]{1,62}$');
grant update (directory_name) on networks to alongside_system;
alter table organizations
  add column listed boolean not null default false,
  add column description text check (char_length(description) <= 2000);
-- The shadow of its organization's: policies hold no subqueries.
alter table programs add column listed boolean not null default false;
create function program_is_listed_as_its_organization() returns trigger language plpgsql as $$
begin
  select o.listed into new.listed from organizations o
    where o.network_id = new.network_id and o.id = new.organization_id;
  new.listed := coalesce(new.listed, false);
  return new;
end $$;
create trigger program_is_listed_as_its_organization before insert on programs
  for each row execute function program_is_listed_as_its_organization();
create function organization_lists_its_programs() returns trigger language plpgsql as $$
begin
  update programs p set listed = new.listed where p.network_id = new.network_id and p.organization_id = new.id;
  return null;
end $$;
create trigger organization_lists_its_programs after update of listed on organizations
  for each row when (old.listed is distinct from new.listed) execute function organization_lists_its_programs();
create index organizations_listed on organizations (network_id, name, id) where listed;
create index programs_listed on programs (network_id, name, id) where listed;

-- The public sees what was listed, by columns that are named here one by one.
grant select (id, name, directory_name) on networks to alongside_public;
create policy publication on networks for select to alongside_public using (directory_name is not null);
grant select (network_id, id, name, kind, url, description, status, listed, created_at, updated_at) on organizations to alongside_public;
create policy publication on organizations for select to alongside_public
  using (network_id = current_setting('app.network_id')::uuid and listed and status = 'active');
grant select (network_id, id, organization_id, name, description, status, modes, languages, service_area, mentor_types, eligibility, listed,
  created_at, updated_at) on programs to alongside_public;
create policy publication on programs for select to alongside_public
  using (network_id = current_setting('app.network_id')::uuid and listed and status <> 'closed');
grant select (network_id, id, program_id, status, open_slots, as_of, fresh_until) on program_capacities to alongside_public;
create policy publication on program_capacities for select to alongside_public
  using (network_id = current_setting('app.network_id')::uuid);
grant select on accreditations, organization_needs to alongside_public;
create policy publication on accreditations for select to alongside_public
  using (network_id = current_setting('app.network_id')::uuid and public and status = 'confirmed');
create policy publication on organization_needs for select to alongside_public
  using (network_id = current_setting('app.network_id')::uuid and public and status = 'open');
