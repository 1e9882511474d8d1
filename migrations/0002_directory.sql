create table networks (
  id uuid primary key,
  name text not null check (char_length(name) between 1 and 200),
  created_at timestamptz not null
);
alter table networks enable row level security;
alter table networks force row level security;
create policy network_wall on networks to alongside_app, alongside_system
  using (id = current_setting('app.network_id')::uuid);
-- The process itself, before there is any caller: which networks are there?
create policy operation on networks for select to alongside_auth using (true);
grant select on networks to alongside_app, alongside_auth;
grant select, insert on networks to alongside_system;

create table organizations (
  network_id uuid not null references networks (id),
  id uuid not null,
  name text not null check (char_length(name) between 1 and 200),
  kind text not null,
  part2_status text[] not null default '{}',
  time_zone text not null,
  url text,
  status text not null default 'active' check (status in ('active', 'inactive')),
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (network_id, id),
  constraint organizations_by_name unique (network_id, name)
);
call wall_network('organizations');
-- An organization changes itself; adding one is the network's business.
create policy own_update on organizations as restrictive for update to alongside_app
  using (id = current_setting('app.organization_id')::uuid);
revoke insert on organizations from alongside_app;

create table programs (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  name text not null check (char_length(name) between 1 and 200),
  description text check (char_length(description) <= 2000),
  status text not null default 'active' check (status in ('active', 'paused', 'closed')),
  modes text[] not null,
  languages text[] not null,
  cadence text not null,
  service_area text[] not null default '{}',
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (network_id, id),
  foreign key (network_id, organization_id) references organizations (network_id, id),
  constraint programs_by_name unique (network_id, organization_id, name)
);
call wall_network('programs');
-- A program is read by the whole network and changed by its organization alone.
create policy own_insert on programs as restrictive for insert to alongside_app
  with check (organization_id = current_setting('app.organization_id')::uuid);
create policy own_update on programs as restrictive for update to alongside_app
  using (organization_id = current_setting('app.organization_id')::uuid);
