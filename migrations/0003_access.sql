create table api_clients (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  name text not null check (char_length(name) between 1 and 200),
  scopes text[] not null,
  jwks jsonb,
  status text not null default 'active' check (status in ('active', 'revoked')),
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  revoked_at timestamptz,
  primary key (network_id, id),
  foreign key (network_id, organization_id) references organizations (network_id, id),
  check ((status = 'revoked') = (revoked_at is not null))
);
create index api_clients_by_organization on api_clients (network_id, organization_id, id desc);
-- The token endpoint knows only a client id, not yet a network.
create index api_clients_by_id on api_clients (id);
call wall_held('api_clients');
create policy authentication on api_clients for select to alongside_auth
  using (id = current_setting('app.client_id')::uuid);
grant select on api_clients to alongside_auth;

-- Keyed hashes only. Two may be live at once, so that a secret is rotated without a failed request.
create table client_secrets (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  client_id uuid not null,
  hash bytea not null check (octet_length(hash) = 32),
  created_at timestamptz not null,
  expires_at timestamptz,
  primary key (network_id, id),
  foreign key (network_id, client_id) references api_clients (network_id, id)
);
create index client_secrets_by_client on client_secrets (client_id);
create index client_secrets_of_client on client_secrets (network_id, client_id);
call wall_held('client_secrets');
create policy authentication on client_secrets for select to alongside_auth
  using (client_id = current_setting('app.client_id')::uuid);
grant select on client_secrets to alongside_auth;

-- A client assertion (RFC 7523) is good once: its jti is kept until it would have expired anyway.
create table client_assertions (
  network_id uuid not null,
  client_id uuid not null,
  jti text not null check (char_length(jti) <= 255),
  expires_at timestamptz not null,
  primary key (network_id, client_id, jti),
  foreign key (network_id, client_id) references api_clients (network_id, id)
);
create index client_assertions_by_expiry on client_assertions (client_id, expires_at);
alter table client_assertions enable row level security;
alter table client_assertions force row level security;
create policy authentication on client_assertions to alongside_auth
  using (client_id = current_setting('app.client_id')::uuid);
grant select, insert, delete on client_assertions to alongside_auth;

-- Keys that sign access tokens; they belong to the deployment, not to a network. The private half is sealed
-- under the master key. A key is published before it signs and stays published after, so that every process
-- knows it in time and no living token loses its key.
create table signing_keys (
  id uuid primary key,
  algorithm text not null,
  public_jwk jsonb not null,
  private_key bytea not null,
  created_at timestamptz not null,
  signs_from timestamptz not null,
  retired_at timestamptz
);
alter table signing_keys enable row level security;
alter table signing_keys force row level security;
create policy authentication on signing_keys to alongside_auth using (true);
grant select, insert, update on signing_keys to alongside_auth;
