-- Which ranges of a network's log leave, or have left. A range is written down before its file is, so that whoever goes
-- on after a process died writes the same file again, and not one that overlaps it.
create table event_archives (
  network_id uuid not null references networks (id),
  first_sequence bigint not null check (first_sequence > 0),
  last_sequence bigint not null,
  claimed_at timestamptz not null,
  -- SHA-256 of the file, in hex. Null where the range leaves without a copy, and until the file is on the disk.
  digest text check (digest ~ '^[0-9a-f]{64}$'),
  removed_at timestamptz,
  primary key (network_id, first_sequence),
  check (last_sequence >= first_sequence),
  check (digest is null or removed_at is not null)
);
-- One range of a network leaves at a time: the next begins where this one ended.
create unique index event_archives_under_way on event_archives (network_id) where removed_at is null;
call wall_network('event_archives');
revoke select, insert, update on event_archives from alongside_app;

-- The log stays append-only for requests. The service itself may let go of what has a number: what waits for one has
-- not been read by anybody.
grant delete on events to alongside_system;
create policy numbered_leave on events as restrictive for delete to alongside_system using (sequence is not null);

call sweep_queue('events.archive');
