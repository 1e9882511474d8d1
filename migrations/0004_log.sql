-- Append-only: the roles of the service may add rows and read them. Only the sequencer, as alongside_system,
-- sets an event's number. No foreign keys lead here or away, so that the tables can be partitioned by time.
create table events (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  reader_ids uuid[] not null default '{}',
  sequence bigint,
  type text not null,
  subject_type text not null,
  subject_id uuid not null,
  codes jsonb not null default '{}',
  actor_client_id uuid not null,
  occurred_at timestamptz not null,
  primary key (network_id, id),
  constraint events_by_sequence unique (network_id, sequence)
);
create index events_unnumbered on events (network_id, id) where sequence is null;
create index events_by_subject on events (network_id, subject_type, subject_id, id);
call wall_shared('events');
revoke update on events from alongside_app;

create table audit_events (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  at timestamptz not null,
  action text not null,
  subject_type text,
  subject_id uuid,
  patient_id uuid,
  actor_client_id uuid not null,
  acting_user text check (char_length(acting_user) <= 200),
  request_id text not null check (char_length(request_id) <= 128),
  primary key (network_id, id)
);
create index audit_events_by_patient on audit_events (network_id, patient_id, id desc) where patient_id is not null;
create index audit_events_by_organization on audit_events (network_id, organization_id, id desc);
call wall_held('audit_events');
revoke update on audit_events from alongside_app, alongside_system;

create table idempotency_answers (
  network_id uuid not null,
  organization_id uuid not null,
  client_id uuid not null,
  action text not null,
  key text not null check (char_length(key) between 1 and 255),
  input_digest text not null,
  answer bytea not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  primary key (network_id, client_id, action, key)
);
create index idempotency_answers_by_expiry on idempotency_answers (network_id, expires_at);
call wall_held('idempotency_answers');
grant delete on idempotency_answers to alongside_system;
