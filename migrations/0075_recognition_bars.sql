-- A credential that was revoked for misuse stands in the way of another by the same scheme, until the network's office says that it no longer does.
alter table recognition_credentials
  add column bar_lifted_at timestamptz,
  add constraint recognition_credentials_bars check (bar_lifted_at is null or revoked_because = 'misuse');
grant update (bar_lifted_at) on recognition_credentials to alongside_app, alongside_system;
