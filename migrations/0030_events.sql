-- The log is numbered after the commit, by one sequencer a network. `position` is the order of writing: what was written
-- after another change had committed stands behind it, so that numbers never turn around what followed from what.
-- (Ids are made from the time of the request, which may have waited for the other one.)
create sequence events_position;
grant usage on sequence events_position to alongside_app, alongside_system;
alter table events add column position bigint;
-- Apart from the column: rows that are there keep null, and the table is not written anew.
alter table events alter column position set default nextval('events_position');
-- Whose record it is about, and of which person: the consent decision is asked with both whenever it is read.
-- `holder_id` null: the organization whose event it is.
alter table events add column patient_id uuid, add column holder_id uuid;
-- What the directory shows to everybody of the network, the log tells to everybody.
alter table events add column network_wide boolean not null default false;

drop policy organization_wall on events;
create policy organization_wall on events as restrictive to alongside_app
  using (network_wide
         or organization_id = current_setting('app.organization_id')::uuid
         or current_setting('app.organization_id')::uuid = any (reader_ids))
  with check (organization_id = current_setting('app.organization_id')::uuid
              or current_setting('app.organization_id')::uuid = any (reader_ids));

create index events_in_order on events (network_id, position nulls first, id) where sequence is null;
drop index events_unnumbered;

-- How far each network's log is numbered, and up to where its events have left the table. The number goes on from here
-- when every event has left.
create table event_logs (
  network_id uuid primary key references networks (id),
  last_sequence bigint not null default 0,
  removed_through bigint not null default 0,
  check (removed_through between 0 and last_sequence)
);
call wall_network('event_logs');
revoke insert, update on event_logs from alongside_app;
