-- The referrals of one program or under one consent are read newest first, a page at a time and of many at once: each page
-- then costs what it holds, whatever the program has received. What the indexes before served, these serve too.
create index referrals_newest_by_program on referrals (network_id, program_id, id desc);
create index referrals_newest_by_consent on referrals (network_id, consent_id, id desc);
create index matching_runs_newest_by_program on matching_runs (network_id, program_id, id desc);
drop index referrals_by_program;
drop index referrals_by_consent;
drop index matching_runs_by_program;
