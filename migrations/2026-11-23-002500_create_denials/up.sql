create table denials (
    organization_id uuid not null,
    id uuid not null,
    claim_id uuid not null,
    remit_claim_id uuid not null,
    line_no smallint check (line_no >= 1),
    group_code text not null check (group_code in ('CO', 'PR', 'OA', 'PI')),
    reason text not null,
    remarks text[] not null default '{}',
    amount numeric(14,2) not null check (amount > 0),
    category text not null check (category ~ '^[a-z_]+$'),
    overturn_rate numeric(5,4) not null check (overturn_rate between 0 and 1),
    expected_recovery numeric(14,2) not null,
    appeal_by date not null,
    priority numeric(14,2) not null,
    why text not null,
    state text not null default 'open' check (state in ('open', 'working', 'appealed', 'recovered', 'written_off', 'lost', 'reversed')),
    opened_on date not null,
    primary key (organization_id, id),
    foreign key (organization_id, claim_id) references claims (organization_id, id),
    foreign key (organization_id, remit_claim_id) references remit_claims (organization_id, id)
);
create unique index denials_once on denials (organization_id, remit_claim_id, coalesce(line_no, 0), group_code, reason);
create index denials_queue on denials (organization_id, priority desc, id) where state in ('open', 'working');
comment on table denials is 'Denied claims and lines to be worked.';
comment on column denials.line_no is 'Line of the remittance''s claim; null when the whole claim was denied.';
comment on column denials.expected_recovery is 'Amount times overturn rate.';
comment on column denials.priority is 'Expected recovery against the days that are left; the queue''s order.';
comment on column denials.why is 'The priority''s arithmetic in words.';
select tenant_table('denials', 'select, insert');
grant update (state, priority, why) on denials to firstpass_service;
