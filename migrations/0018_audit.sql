-- What an audit row says beside who did what: whether it was allowed, on what basis, and by which way it came.
alter table audit_events
  add column outcome text not null default 'allowed' check (outcome in ('allowed', 'denied')),
  -- The error code of what was refused.
  add column code text check (char_length(code) <= 100),
  add column basis text check (basis in
    ('own', 'internal', 'qso', 'consent', 'patient_self', 'emergency', 'research', 'audit', 'court_order')),
  -- The consent, agreement or grant that it rested on.
  add column basis_id uuid,
  add column person_type text check (person_type in ('mentor', 'patient')),
  add column person_id uuid,
  add column face text check (face in ('rest', 'graphql', 'fhir', 'job', 'cli')),
  add column client_address text check (char_length(client_address) <= 64),
  add constraint audit_events_denied_for_a_reason check ((outcome = 'denied') = (code is not null));
create index audit_events_by_subject on audit_events (network_id, organization_id, subject_id, id desc) where subject_id is not null;
create index audit_events_by_client on audit_events (network_id, organization_id, actor_client_id, id desc);
create index audit_events_by_user on audit_events (network_id, organization_id, acting_user, id desc) where acting_user is not null;
create index audit_events_by_action on audit_events (network_id, organization_id, action, id desc);
create index audit_events_denied on audit_events (network_id, organization_id, id desc) where outcome = 'denied';

-- Rows of the audit trail and of the ledger that wait for their place in the chain. Written by a trigger, so that
-- none can be forgotten, in the transaction of the row; taken away by the sealer, as alongside_system.
create table audit_unsealed (
  network_id uuid not null,
  sequence bigint not null generated always as identity,
  source text not null check (source in ('audit_events', 'disclosures')),
  row_id uuid not null,
  primary key (network_id, sequence)
);
call wall_network('audit_unsealed');
revoke select, update on audit_unsealed from alongside_app;
revoke update on audit_unsealed from alongside_system;
grant delete on audit_unsealed to alongside_system;

-- The chain: each link is the hash of the link before and of one row, so that no row can be changed, taken away, put in
-- between or moved without every later link being wrong (src/domains/audit/chain.ts). One chain for each network.
create table audit_links (
  network_id uuid not null,
  position bigint not null check (position > 0),
  source text not null check (source in ('audit_events', 'disclosures')),
  row_id uuid not null,
  -- Which members of the row are hashed, and in what order.
  form smallint not null,
  hash bytea not null check (octet_length(hash) = 32),
  sealed_at timestamptz not null,
  primary key (network_id, position),
  constraint audit_links_once unique (network_id, source, row_id)
);
call wall_network('audit_links');
revoke select, insert, update on audit_links from alongside_app;
revoke update on audit_links from alongside_system;

-- Where the chain stood each hour. The same goes to the log of the process: what keeps the log elsewhere can tell
-- that the chain was cut off behind it.
create table chain_heads (
  network_id uuid not null,
  position bigint not null,
  hash bytea not null check (octet_length(hash) = 32),
  at timestamptz not null,
  primary key (network_id, position)
);
call wall_network('chain_heads');
revoke select, insert, update on chain_heads from alongside_app;
revoke update on chain_heads from alongside_system;

-- Not even the owner changes what is written, short of taking the triggers away.
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;
do $$
declare log regclass;
begin
  foreach log in array array['audit_events', 'disclosures', 'audit_links', 'chain_heads']::regclass[] loop
    execute format('create trigger append_only before update or delete on %s for each row execute function refuse_change()', log);
    execute format('create trigger append_only_whole before truncate on %s for each statement execute function refuse_change()', log);
  end loop;
end $$;

create function await_sealing() returns trigger language plpgsql as $$
begin
  insert into audit_unsealed (network_id, source, row_id) select network_id, tg_table_name, id from added;
  return null;
end $$;
create trigger await_sealing after insert on audit_events
  referencing new table as added for each statement execute function await_sealing();
create trigger await_sealing after insert on disclosures
  referencing new table as added for each statement execute function await_sealing();

-- What was written before there was a chain goes in first. Not forced for a moment, so that an owner who is no superuser
-- sees the rows.
alter table audit_unsealed no force row level security;
alter table audit_events no force row level security;
alter table disclosures no force row level security;
insert into audit_unsealed (network_id, source, row_id)
select network_id, source, id from (
  select network_id, 'audit_events' as source, id from audit_events
  union all select network_id, 'disclosures', id from disclosures) before
order by id;
alter table disclosures force row level security;
alter table audit_events force row level security;
alter table audit_unsealed force row level security;

call sweep_queue('audit.seal');
