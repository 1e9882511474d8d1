-- What was signed stays as it was signed, whoever writes. Who finds it changes with consents. Whose it is, and with that the key
-- under which it is sealed, changes when a person stays without their clinic, and nothing else of it. Destroying what was said of
-- a person takes their key and leaves the row, so a row is never deleted.
create function a_signed_plan_stays_as_it_is() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE'
    or (new.network_id, new.plan_id, new.number, new.organization_id, new.digest, new.created_at) is distinct from
       (old.network_id, old.plan_id, old.number, old.organization_id, old.digest, old.created_at)
    -- A plain text is only ever sealed, and a sealed one sealed anew only for whoever the plan belongs to then.
    or new.content is not null and new.content is distinct from old.content
    or old.content is null and new.patient_id = old.patient_id and new.sealed is distinct from old.sealed then
    raise exception 'a signed plan is never changed' using errcode = 'check_violation', constraint = 'a_signed_plan_stays_as_it_is';
  end if;
  return new;
end $$;
create trigger a_signed_plan_stays_as_it_is before update or delete on recovery_plan_versions
  for each row execute function a_signed_plan_stays_as_it_is();

create function a_signature_stays_as_it_is() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE'
    or (new.network_id, new.plan_id, new.number, new.signer, new.organization_id, new.mentor_id, new.digest, new.signed_at)
       is distinct from
       (old.network_id, old.plan_id, old.number, old.signer, old.organization_id, old.mentor_id, old.digest, old.signed_at) then
    raise exception 'a signature is never changed' using errcode = 'check_violation', constraint = 'a_signature_stays_as_it_is';
  end if;
  return new;
end $$;
create trigger a_signature_stays_as_it_is before update or delete on recovery_plan_signatures
  for each row execute function a_signature_stays_as_it_is();
