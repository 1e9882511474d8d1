-- What a decision about disclosure rests on, beside consents: agreements between organizations, who treats whom,
-- and what the person has ruled out.

-- 42 CFR 2.11, 2.12(c)(3)-(4), 2.52, 2.53, subpart E: held by the organization that discloses, seen by the one that
-- receives. Dates hold through their last moment in UTC, as those of a consent do.
create table agreements (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  reader_ids uuid[] not null default '{}',
  kind text not null check (kind in
    ('baa', 'qsoa', 'baa_qsoa', 'administrative_control', 'research', 'audit', 'court_order')),
  counterparty_organization_id uuid not null,
  patient_id uuid,
  data_classes text[] not null default '{}',
  justification text check (char_length(justification) <= 2000),
  reference text check (char_length(reference) <= 200),
  order_section text check (order_section in ('2.64', '2.65', '2.66', '2.67')),
  subpoena_reference text check (char_length(subpoena_reference) <= 200),
  document_sha256 text check (document_sha256 ~ '^[0-9a-f]{64}$'),
  signed_on date not null,
  effective_on date not null,
  ends_on date,
  terminated_at timestamptz,
  termination_reason text check (char_length(termination_reason) <= 1000),
  expiry_told_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (network_id, id),
  foreign key (network_id, organization_id) references organizations (network_id, id),
  foreign key (network_id, counterparty_organization_id) references organizations (network_id, id),
  foreign key (network_id, patient_id) references patients (network_id, id),
  constraint agreements_between_two check (organization_id <> counterparty_organization_id),
  constraint agreements_end_after_start check (ends_on is null or ends_on >= effective_on),
  -- A qualified service organization is one by agreement and by a reason that was written down (42 CFR 2.11).
  constraint agreements_qso_justified check (kind not in ('qsoa', 'baa_qsoa') or justification is not null),
  -- A court order opens one patient's record, and only together with a subpoena (42 CFR 2.61).
  constraint agreements_court_order_whole check (kind <> 'court_order'
    or (patient_id is not null and order_section is not null and subpoena_reference is not null and ends_on is not null)),
  constraint agreements_approvals_end check (kind not in ('research', 'audit') or (reference is not null and ends_on is not null))
);
create index agreements_by_organization on agreements (network_id, organization_id, id desc);
create index agreements_by_counterparty on agreements (network_id, counterparty_organization_id, id desc);
create index agreements_by_patient on agreements (network_id, patient_id) where patient_id is not null;
create index agreements_by_end on agreements (network_id, ends_on, id) where ends_on is not null and expiry_told_at is null;
call wall_shared('agreements');

-- Who treats the person: what a general designation asks for at the moment of each disclosure (42 CFR 2.31(a)(4)(ii)(B)).
create table treating_relationships (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  reader_ids uuid[] not null default '{}',
  patient_id uuid not null,
  treating_organization_id uuid not null,
  began_on date not null,
  ended_on date,
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (network_id, id),
  foreign key (network_id, organization_id) references organizations (network_id, id),
  foreign key (network_id, treating_organization_id) references organizations (network_id, id),
  foreign key (network_id, patient_id) references patients (network_id, id),
  constraint treating_ends_after_start check (ended_on is null or ended_on >= began_on)
);
create index treating_relationships_by_patient on treating_relationships (network_id, patient_id, id desc);
create index treating_relationships_by_organization on treating_relationships (network_id, organization_id);
create index treating_relationships_by_treating on treating_relationships (network_id, treating_organization_id);
create unique index treating_relationships_once on treating_relationships (network_id, patient_id, treating_organization_id)
  where ended_on is null;
call wall_shared('treating_relationships');

-- 42 CFR 2.26: what the person has ruled out. Empty classes mean all, no recipient means everybody. Deny wins.
create table restrictions (
  network_id uuid not null,
  id uuid not null,
  organization_id uuid not null,
  patient_id uuid not null,
  recipient_organization_id uuid,
  mentor_id uuid,
  data_classes text[] not null default '{}',
  text text not null check (char_length(text) <= 2000),
  self_pay boolean not null default false,
  status text not null check (status in ('requested', 'agreed', 'denied', 'ended')),
  requested_by text not null check (requested_by in ('patient', 'organization')),
  decision_reason text check (char_length(decision_reason) <= 1000),
  decided_at timestamptz,
  ended_at timestamptz,
  ended_basis text check (ended_basis in ('patient_request', 'written_agreement', 'notice_to_patient')),
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (network_id, id),
  foreign key (network_id, organization_id) references organizations (network_id, id),
  foreign key (network_id, recipient_organization_id) references organizations (network_id, id),
  foreign key (network_id, patient_id) references patients (network_id, id),
  constraint restrictions_of_a_mentor foreign key (network_id, mentor_id) references mentors (network_id, id),
  -- 42 CFR 2.26(a)(6): disclosure to a health plan of what the person paid for in full has to be restricted on request.
  constraint restrictions_self_pay_is_agreed check (not self_pay or status <> 'denied')
);
create index restrictions_by_patient on restrictions (network_id, patient_id, id desc);
create index restrictions_by_organization on restrictions (network_id, organization_id, id desc);
create index restrictions_by_recipient on restrictions (network_id, recipient_organization_id) where recipient_organization_id is not null;
create index restrictions_by_mentor on restrictions (network_id, mentor_id) where mentor_id is not null;
call wall_held('restrictions');

-- A decision is made in the reader's transaction, and the reader does not see what rules them out: this function does, with
-- the rights of alongside_system, and says of each patient only what binds the organization that asks (or everything, to
-- the one that holds the patient and to the service itself). Whoever may not find the patient learns nothing.
create function restrictions_binding(patients uuid[])
  returns table (patient_id uuid, recipient_organization_id uuid, mentor_id uuid, data_classes text[])
  language sql stable security definer set search_path = public, pg_temp as $$
  select r.patient_id, r.recipient_organization_id, r.mentor_id, r.data_classes
  from restrictions r
  join patients p on p.network_id = r.network_id and p.id = r.patient_id
  where r.network_id = current_setting('app.network_id')::uuid
    and r.patient_id = any (patients)
    and r.status = 'agreed'
    and (current_setting('role') = 'alongside_system'
      or p.organization_id = nullif(current_setting('app.organization_id', true), '')::uuid
      or r.organization_id = nullif(current_setting('app.organization_id', true), '')::uuid
      or (nullif(current_setting('app.organization_id', true), '')::uuid = any (p.reader_ids)
        and (r.mentor_id is not null or r.recipient_organization_id is null
          or r.recipient_organization_id = nullif(current_setting('app.organization_id', true), '')::uuid)))
$$;
revoke execute on function restrictions_binding(uuid[]) from public;
grant execute on function restrictions_binding(uuid[]) to alongside_app, alongside_system;
grant create on schema public to alongside_system;
alter function restrictions_binding(uuid[]) owner to alongside_system;
revoke create on schema public from alongside_system;
