-- The words of consents and restrictions, sealed as those of 0020_sealing.sql are.
alter table consents no force row level security;
alter table consent_parties no force row level security;
alter table consent_revocations no force row level security;
alter table consent_parties add column patient_id uuid;
alter table consent_revocations add column patient_id uuid;
update consent_parties p set patient_id = c.patient_id from consents c where c.network_id = p.network_id and c.id = p.consent_id;
update consent_revocations r set patient_id = c.patient_id from consents c where c.network_id = r.network_id and c.id = r.consent_id;
alter table consents force row level security;
alter table consent_parties force row level security;
alter table consent_revocations force row level security;
create or replace function row_names_its_patient() returns trigger language plpgsql as $$
begin
  if new.patient_id is not null then return new; end if;
  case tg_table_name
    when 'contact_versions' then
      select c.patient_id into new.patient_id from contacts c where c.network_id = new.network_id and c.id = new.contact_id;
    when 'consent_parties', 'consent_revocations' then
      select c.patient_id into new.patient_id from consents c where c.network_id = new.network_id and c.id = new.consent_id;
    else
      select r.patient_id into new.patient_id from referrals r where r.network_id = new.network_id and r.id = new.referral_id;
  end case;
  return new;
end $$;
create trigger row_names_its_patient before insert on consent_parties for each row execute function row_names_its_patient();
create trigger row_names_its_patient before insert on consent_revocations for each row execute function row_names_its_patient();

alter table consents drop constraint consents_complete, drop constraint consents_draft_parties;
alter table consent_parties drop constraint if exists consent_parties_check1;
call sealed_columns('consents', array['patient_name_as_signed', 'information_description', 'purpose_text', 'expiration_event',
  'signatures', 'revocation_reason', 'draft_parties']);
call sealed_columns('consent_parties', array['description']);
alter table consent_parties add constraint consent_parties_described check
  (designation <> 'class' or coalesce(description, sealed ->> 'description') is not null);
call sealed_columns('consent_revocations', array['reason']);
call sealed_columns('restrictions', array['text', 'decision_reason']);
grant update (reason, sealed) on consent_revocations to alongside_system;
-- 42 CFR 2.31(a), as before: whatever is more than a draft has every element. Of a sealed one the database sees that it is
-- there; what it says was checked before it was sealed.
alter table consents
  add constraint consents_complete check (status in ('draft', 'entered_in_error') or (
    coalesce(patient_name_as_signed, sealed ->> 'patientNameAsSigned', '') <> ''
    and coalesce(information_description, sealed ->> 'informationDescription', '') <> ''
    and coalesce(signatures::text, sealed ->> 'signatures', '[]') <> '[]'
    and cardinality(data_classes) > 0 and cardinality(purposes) > 0 and right_to_revoke and revocation_instructions <> ''
    and signed_on is not null
    and (expires_on is not null)::int + (coalesce(expiration_event, sealed ->> 'expirationEvent') is not null)::int
      + expiration_none::int = 1)),
  add constraint consents_draft_parties check
    ((coalesce(draft_parties::text, sealed ->> 'draftParties') is not null) = (status = 'draft'));
