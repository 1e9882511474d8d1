-- The restrictions that bind the caller, as `restrictions_binding` of migration 0015 tells them: that one stays for the
-- version before. A function in plain SQL that runs as its owner is never merged into the statement that calls it, and its
-- plan is made anew at each call, which took longer than all else of an engagement read; plpgsql keeps the plan for the session.
create function binding_restrictions(patients uuid[])
  returns table (patient_id uuid, recipient_organization_id uuid, mentor_id uuid, data_classes text[])
  language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
  network uuid := current_setting('app.network_id')::uuid;
  caller uuid := nullif(current_setting('app.organization_id', true), '')::uuid;
  everything boolean := current_setting('role') = 'alongside_system';
begin
  return query
    select r.patient_id, r.recipient_organization_id, r.mentor_id, r.data_classes
    from restrictions r
    join patients p on p.network_id = r.network_id and p.id = r.patient_id
    where r.network_id = network
      and r.patient_id = any (patients)
      and r.status = 'agreed'
      and (everything
        or p.organization_id = caller
        or r.organization_id = caller
        or (caller = any (p.reader_ids)
          and (r.mentor_id is not null or r.recipient_organization_id is null or r.recipient_organization_id = caller)));
end $$;
revoke execute on function binding_restrictions(uuid[]) from public;
grant execute on function binding_restrictions(uuid[]) to alongside_app, alongside_system;
grant create on schema public to alongside_system;
alter function binding_restrictions(uuid[]) owner to alongside_system;
revoke create on schema public from alongside_system;
