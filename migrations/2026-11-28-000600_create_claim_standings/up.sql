-- A claim's status changes half a dozen times, what it is about hardly ever. Beside it in a row of its
-- own, a change of status writes two small index entries; with the claim it wrote five, and a copy of
-- the row.
create table claim_standings (
    organization_id uuid not null,
    claim_id uuid not null,
    status text not null check (status in (
        'draft', 'held', 'ready', 'queued', 'submitted', 'acknowledged', 'accepted', 'rejected', 'pending',
        'paid', 'partially_paid', 'denied', 'appealed', 'replaced', 'voided', 'closed')),
    events integer not null check (events >= 1),
    findings json not null default '[]' check (json_typeof(findings) = 'array'),
    checked_with uuid references code_bases (id),
    primary key (organization_id, claim_id),
    foreign key (organization_id, claim_id) references claims (organization_id, id)
);
comment on table claim_standings is 'Where each claim stands, and what the scrubber said of it last.';
comment on column claim_standings.status is 'Projection of claim_events; written with them and by nothing else.';
comment on column claim_standings.events is 'Number of the newest event.';
comment on column claim_standings.findings is 'What the scrubber said last.';
comment on column claim_standings.checked_with is
    'The code lists by which findings were found; null before the first check.';

-- The owner sees no practice's rows otherwise.
alter table claims no force row level security;
insert into claim_standings (organization_id, claim_id, status, events, findings, checked_with)
select organization_id, id, status, events, findings, checked_with from claims order by organization_id, id;
alter table claims force row level security;

create index claim_standings_by_status on claim_standings (organization_id, status, claim_id);
select tenant_table('claim_standings', 'select, insert');
grant update (status, events, findings, checked_with) on claim_standings to firstpass_service;

-- claims_by_status goes with its column.
alter table claims
    drop column status,
    drop column events,
    drop column findings,
    drop column checked_with;
-- No list leaves out a claim for want of a standing.
alter table claims add constraint claims_stand_somewhere
    foreign key (organization_id, id) references claim_standings (organization_id, claim_id)
    deferrable initially deferred;
