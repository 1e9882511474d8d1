-- A blueprint is a mentor's way, a program's, or what the organization offers to everybody whom it accompanies. The program is one
-- of the same organization: by a key, not by each writer's memory.
-- The key is checked by a query as the tables' owner, whom their walls bind too.
alter table programs no force row level security;
alter table publications no force row level security;
alter table programs add constraint programs_held unique (network_id, id, organization_id);
alter table publications add column program_id uuid;
alter table publications
  add constraint publications_program foreign key (network_id, program_id, organization_id) references programs (network_id, id, organization_id),
  add constraint only_a_blueprint_is_a_programs check (program_id is null or (kind = 'blueprint' and mentor_id is null));
create index publications_by_program on publications (network_id, program_id, organization_id) where program_id is not null;
alter table programs force row level security;
alter table publications force row level security;
