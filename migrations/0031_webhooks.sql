-- Where an organization wants to be told of events. The row of an endpoint that was deleted stays: its deliveries and the
-- audit trail name it.
create table webhook_endpoints (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  url text not null check (char_length(url) <= 2000),
  types text[] not null check (cardinality(types) between 1 and 50),
  status text not null default 'unverified' check (status in ('unverified', 'active', 'disabled', 'deleted')),
  disabled_because text check (disabled_because in ('by_hand', 'failing', 'gone', 'not_verified')),
  -- In whose name it is told: the client that registered it stands in ledger and audit trail.
  client_id uuid not null,
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  verified_at timestamptz,
  primary key (network_id, id),
  foreign key (network_id, organization_id) references organizations (network_id, id),
  constraint webhook_endpoints_disabled_for_a_reason check ((status = 'disabled') = (disabled_because is not null))
);
create index webhook_endpoints_by_organization on webhook_endpoints (network_id, organization_id, id desc);
create index webhook_endpoints_told on webhook_endpoints (network_id, organization_id) where status in ('unverified', 'active');
call wall_held('webhook_endpoints');

-- Sealed by the service: it has to sign with them. Two or more may be good at once, so that a receiver can change over.
create table webhook_secrets (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  endpoint_id uuid not null,
  sealed bytea not null,
  created_at timestamptz not null,
  expires_at timestamptz,
  primary key (network_id, id),
  foreign key (network_id, endpoint_id) references webhook_endpoints (network_id, id)
);
create index webhook_secrets_of_endpoint on webhook_secrets (network_id, endpoint_id, id desc);
call wall_held('webhook_secrets');

-- The turn of each endpoint, apart from what its owner changes. `due_at`: the first of its deliveries that is due. Who
-- serves it holds it by `lease_id` until it lets go or `leased_until` has passed, so that two processes never send the same.
-- `arrivals` counts what was put into the queue since: whoever lets go sees by it that there is news, whichever of the
-- two transactions commits first.
create table webhook_queues (
  network_id uuid not null,
  endpoint_id uuid not null,
  organization_id uuid not null,
  due_at timestamptz,
  arrivals bigint not null default 0,
  lease_id uuid,
  leased_until timestamptz,
  -- Of the first attempt since the last that succeeded.
  failing_since timestamptz,
  paused_until timestamptz,
  last_attempt_at timestamptz,
  last_error text check (char_length(last_error) <= 50),
  primary key (network_id, endpoint_id),
  foreign key (network_id, endpoint_id) references webhook_endpoints (network_id, id)
) with (fillfactor = 50);
create index webhook_queues_due on webhook_queues (network_id, due_at) where due_at is not null;
call wall_held('webhook_queues');

-- One row for each event and endpoint. Ids are made in the order of time and no foreign key leads here, so the table can be
-- partitioned by ranges of them. `lane`: what has to arrive in order, the referral or else the subject. `told`: it was sent
-- once, or the organization may know of it in any case; what nobody decided yet is shown to nobody.
create table webhook_deliveries (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  endpoint_id uuid not null,
  kind text not null check (kind in ('event', 'verification', 'test')),
  event_id uuid not null,
  type text not null,
  sequence bigint not null,
  lane uuid not null,
  told boolean not null,
  status text not null default 'pending' check (status in ('pending', 'delivered', 'dropped', 'dead')),
  reason text check (reason in ('not_permitted', 'attempts_exhausted', 'endpoint_disabled', 'endpoint_deleted')),
  attempts integer not null default 0,
  -- Null while it waits for an earlier one of its lane.
  next_attempt_at timestamptz,
  created_at timestamptz not null,
  finished_at timestamptz,
  primary key (network_id, id),
  foreign key (network_id, endpoint_id) references webhook_endpoints (network_id, id),
  constraint webhook_deliveries_finished check ((status = 'pending') = (finished_at is null)),
  constraint webhook_deliveries_reasoned check ((status in ('dropped', 'dead')) = (reason is not null))
);
create index webhook_deliveries_due on webhook_deliveries (network_id, endpoint_id, next_attempt_at, sequence)
  where status = 'pending' and next_attempt_at is not null;
create index webhook_deliveries_in_order on webhook_deliveries (network_id, endpoint_id, lane, sequence, id) where status = 'pending';
create index webhook_deliveries_shown on webhook_deliveries (network_id, endpoint_id, id desc) where told;
create index webhook_deliveries_finished_at on webhook_deliveries (network_id, finished_at) where status <> 'pending';
call wall_held('webhook_deliveries');
grant delete on webhook_deliveries to alongside_system;

-- What was tried, written before anything leaves; how it ended is added. Never a word of what the receiver answered.
create table webhook_attempts (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  delivery_id uuid not null,
  number integer not null,
  at timestamptz not null,
  status_code integer,
  latency_ms integer,
  error text check (char_length(error) <= 50),
  primary key (network_id, id)
);
create index webhook_attempts_of_delivery on webhook_attempts (network_id, delivery_id, id);
call wall_held('webhook_attempts');
grant delete on webhook_attempts to alongside_system;

-- Up to which number the events of a network were put into the queues. What happened before there were any is not.
create table webhook_fan_outs (
  network_id uuid primary key references networks (id),
  through bigint not null
);
alter table event_logs no force row level security;
insert into webhook_fan_outs (network_id, through) select network_id, last_sequence from event_logs;
alter table event_logs force row level security;
call wall_network('webhook_fan_outs');
revoke insert, update on webhook_fan_outs from alongside_app;

call sweep_queue('webhooks.forget');
