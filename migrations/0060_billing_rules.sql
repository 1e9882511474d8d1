-- How a payer counts what was delivered: in units of how many minutes, rounded how, added up over what. Rules are data, for payers
-- differ and change. A revision never changes; another takes its place from a day on, so that a unit that was counted stays explained.
create type text_span as range (subtype = text, collation = "C");

create table billing_rules (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  -- Set by the network's office for every organization that has no rule of its own.
  network_wide boolean not null default false,
  payer_code text not null check (payer_code ~ '^[a-z0-9_]{1,100}$'),
  payer_organization_id uuid,
  service_code text not null check (service_code ~ '^[A-Z0-9]{1,10}(:[A-Z0-9]{2}){0,4}$'),
  revision integer not null check (revision between 1 and 10000),
  effective_from date not null,
  effective_until date check (effective_until >= effective_from),
  unit_minutes integer not null check (unit_minutes between 1 and 1440),
  round_up_from_minutes integer not null,
  minimum_minutes integer not null check (minimum_minutes between 0 and 1440),
  aggregation text not null check (aggregation in ('contact', 'person_mentor_day', 'person_day')),
  units_max integer check (units_max between 1 and 1440),
  modes text[] not null check (cardinality(modes) between 1 and 10),
  results text[] not null check (cardinality(results) between 1 and 20),
  mentor_types text[] not null check (cardinality(mentor_types) <= 20),
  overlap text not null check (overlap in ('refused', 'counted')),
  source text not null check (char_length(source) between 1 and 500),
  status text not null check (status in ('active', 'withdrawn')),
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (network_id, id),
  foreign key (network_id, organization_id) references organizations (network_id, id),
  foreign key (network_id, payer_organization_id) references organizations (network_id, id),
  check (round_up_from_minutes between 1 and unit_minutes),
  constraint billing_rules_by_revision unique (network_id, organization_id, payer_code, service_code, revision),
  -- On each day at most one revision says how a service is counted for a payer.
  constraint billing_rules_overlap exclude using gist (
    uuid_span(network_id, network_id, '[]') with &&,
    uuid_span(organization_id, organization_id, '[]') with &&,
    text_span(payer_code, payer_code, '[]') with &&,
    text_span(service_code, service_code, '[]') with &&,
    daterange(effective_from, effective_until, '[]') with &&
  ) where (status = 'active')
);
create index billing_rules_by_organization on billing_rules (network_id, organization_id, id desc);
create index billing_rules_of_network on billing_rules (network_id, id desc) where network_wide;

call wall_network('billing_rules');
call wall_against_persons('billing_rules');
create policy organization_wall on billing_rules as restrictive for select to alongside_app
  using (organization_id = current_setting('app.organization_id')::uuid or network_wide);
create policy own_insert on billing_rules as restrictive for insert to alongside_app
  with check (organization_id = current_setting('app.organization_id')::uuid);
create policy own_update on billing_rules as restrictive for update to alongside_app
  using (organization_id = current_setting('app.organization_id')::uuid);

-- A revision is ended or withdrawn; what it says is never changed.
revoke update on billing_rules from alongside_app, alongside_system;
grant update (effective_until, status, version, updated_at) on billing_rules to alongside_app, alongside_system;

-- What an organization delivered in a period, in order.
create index contacts_by_time on contacts (network_id, organization_id, at, id);
