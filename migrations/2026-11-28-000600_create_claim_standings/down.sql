alter table claims
    drop constraint claims_stand_somewhere,
    add column status text check (status in (
        'draft', 'held', 'ready', 'queued', 'submitted', 'acknowledged', 'accepted', 'rejected', 'pending',
        'paid', 'partially_paid', 'denied', 'appealed', 'replaced', 'voided', 'closed')),
    add column events integer check (events >= 1),
    add column findings jsonb not null default '[]',
    add column checked_with uuid references code_bases (id);
alter table claims no force row level security;
alter table claim_standings no force row level security;
update claims c set status = s.status, events = s.events, findings = s.findings::jsonb, checked_with = s.checked_with
from claim_standings s where s.organization_id = c.organization_id and s.claim_id = c.id;
alter table claims force row level security;
alter table claims alter column status set not null, alter column events set not null;
create index claims_by_status on claims (organization_id, status, id);
grant update (status, events, findings, checked_with) on claims to firstpass_service;
drop table claim_standings;
