-- What a service may know of the migrations: their names, so that it can refuse to serve from a database of another version.
grant select (name) on schema_migrations to alongside_auth;
create policy names_for_the_service on schema_migrations for select to alongside_auth using (true);
