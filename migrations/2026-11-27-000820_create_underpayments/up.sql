-- Claims and lines that a payer allowed less for than its contract says, as work.

create table underpayments (
    organization_id uuid not null,
    id uuid not null,
    claim_id uuid not null,
    remit_claim_id uuid not null,
    claim_line_no smallint check (claim_line_no >= 1),
    remit_line_no smallint check (remit_line_no >= 1),
    contract_id uuid not null,
    expected numeric(14,2) not null,
    allowed numeric(14,2) not null,
    difference numeric(14,2) not null generated always as (expected - allowed) stored check (difference > 0),
    arithmetic text not null check (arithmetic <> ''),
    state text not null default 'open' check (state in ('open', 'closed', 'reversed')),
    outcome text check (outcome in ('recovered', 'given_up', 'contract_wrong', 'correct_as_paid')),
    note text check (char_length(note) between 1 and 500),
    opened_on date not null,
    closed_at timestamptz,
    closed_by text check (closed_by ~ '^(usr|key)_[0-9a-z]{26}$' or closed_by ~ '^system:[a-z0-9_-]+$'),
    primary key (organization_id, id),
    foreign key (organization_id, claim_id) references claims (organization_id, id),
    foreign key (organization_id, remit_claim_id) references remit_claims (organization_id, id),
    foreign key (organization_id, remit_claim_id, remit_line_no)
        references remit_lines (organization_id, remit_claim_id, line_no),
    foreign key (organization_id, contract_id) references payer_contracts (organization_id, id),
    check ((claim_line_no is null) = (remit_line_no is null)),
    check ((state = 'closed') = (outcome is not null)),
    check ((state = 'closed') = (closed_at is not null) and (closed_at is null) = (closed_by is null))
);
create unique index underpayments_once on underpayments (organization_id, remit_claim_id, coalesce(claim_line_no, 0));
create index underpayments_queue on underpayments (organization_id, difference desc, id) where state = 'open';
create index underpayments_of_claim on underpayments (organization_id, claim_id);
comment on table underpayments is
    'What payers allowed below their contract, line by line, or for the claim where they answered it as a whole.';
comment on column underpayments.remit_line_no is 'The first line of the remittance''s claim that answers ours.';
comment on column underpayments.arithmetic is 'How the contract comes to what is expected, step by step.';
comment on column underpayments.state is 'reversed: the payer took the decision back.';
select tenant_table('underpayments', 'select, insert');
grant update (state, outcome, note, closed_at, closed_by) on underpayments to firstpass_service;
