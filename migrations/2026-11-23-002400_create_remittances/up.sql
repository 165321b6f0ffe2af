create table remittances (
    organization_id uuid not null,
    id uuid not null,
    file_id uuid not null,
    set_ordinal integer not null check (set_ordinal >= 1),
    first_byte bigint not null,
    last_byte bigint not null check (last_byte >= first_byte),
    payer_id uuid,
    payer_name text not null,
    payer_trace_id text not null,
    trace_number text not null,
    method text not null,
    paid_on date,
    paid numeric(14,2) not null,
    claims integer not null check (claims >= 0),
    charged numeric(14,2) not null,
    claims_paid numeric(14,2) not null,
    provider_adjustments numeric(14,2) not null,
    state text not null check (state in ('held', 'posted', 'partly_posted', 'duplicate')),
    why jsonb not null default '[]',
    received_at timestamptz not null default now(),
    posted_at timestamptz,
    primary key (organization_id, id),
    unique (organization_id, file_id, set_ordinal),
    foreign key (organization_id, file_id) references files (organization_id, id),
    foreign key (organization_id, payer_id) references payers (organization_id, id),
    check ((state in ('posted', 'partly_posted')) = (posted_at is not null)),
    check (state in ('held', 'duplicate') or paid = claims_paid - provider_adjustments)
);
create unique index remittances_posted_once on remittances
    (organization_id, payer_trace_id, trace_number, paid, coalesce(paid_on, '0001-01-01'))
    where state in ('posted', 'partly_posted');
comment on table remittances is '835 transaction sets received. A posted one balances: the payment is its claims less its provider adjustments.';
comment on column remittances.set_ordinal is 'Place of the ST in its file, from 1.';
comment on column remittances.payer_trace_id is 'TRN03: with TRN02, BPR16 and BPR02 it is the payment''s identity.';
comment on column remittances.why is 'Why it is held or a duplicate: each failing equation with its numbers and byte offsets.';
select tenant_table('remittances', 'select, insert');
grant update (state, why, posted_at, payer_id) on remittances to firstpass_service;

create table remit_claims (
    organization_id uuid not null,
    id uuid not null,
    remittance_id uuid not null,
    ordinal integer not null check (ordinal >= 1),
    patient_control_number text not null,
    payer_claim_control_number text,
    status_code text not null,
    charged numeric(14,2) not null,
    paid numeric(14,2) not null,
    patient_responsibility numeric(14,2) not null,
    adjustments jsonb not null default '[]',
    remarks text[] not null default '{}',
    first_byte bigint not null,
    last_byte bigint not null check (last_byte >= first_byte),
    claim_id uuid,
    match_rule text,
    posted boolean not null,
    primary key (organization_id, id),
    unique (organization_id, remittance_id, ordinal),
    foreign key (organization_id, remittance_id) references remittances (organization_id, id),
    foreign key (organization_id, claim_id) references claims (organization_id, id),
    check (not posted or claim_id is not null),
    check ((claim_id is null) = (match_rule is null))
);
create index remit_claims_by_claim on remit_claims (organization_id, claim_id) where claim_id is not null;
comment on table remit_claims is 'What a payer decided about one claim: a CLP of an 835.';
comment on column remit_claims.adjustments is 'Claim-level CAS: group, reason, amount, quantity.';
comment on column remit_claims.match_rule is 'How the claim was found.';
select tenant_table('remit_claims', 'select, insert');
grant update (claim_id, match_rule, posted) on remit_claims to firstpass_service;

create table remit_lines (
    organization_id uuid not null,
    remit_claim_id uuid not null,
    line_no smallint not null check (line_no >= 1),
    claim_line_no smallint,
    control_number text,
    procedure text not null,
    modifiers text[] not null default '{}',
    billed_procedure text,
    service_on date,
    units numeric(14,3),
    charged numeric(14,2) not null,
    paid numeric(14,2) not null,
    allowed numeric(14,2),
    adjustments jsonb not null default '[]',
    remarks text[] not null default '{}',
    first_byte bigint not null,
    last_byte bigint not null check (last_byte >= first_byte),
    primary key (organization_id, remit_claim_id, line_no),
    foreign key (organization_id, remit_claim_id) references remit_claims (organization_id, id)
);
comment on table remit_lines is 'What a payer decided about one line: an SVC of an 835.';
comment on column remit_lines.billed_procedure is 'SVC06: what we billed, when the payer paid another code.';
select tenant_table('remit_lines');
select append_only('remit_lines');

create table provider_adjustments (
    organization_id uuid not null,
    remittance_id uuid not null,
    ordinal integer not null check (ordinal >= 1),
    reason text not null,
    reference text,
    amount numeric(14,2) not null,
    first_byte bigint not null,
    last_byte bigint not null check (last_byte >= first_byte),
    primary key (organization_id, remittance_id, ordinal),
    foreign key (organization_id, remittance_id) references remittances (organization_id, id)
);
comment on table provider_adjustments is 'PLB of an 835: money moved outside any claim. Positive lowers the payment.';
select tenant_table('provider_adjustments');
select append_only('provider_adjustments');

create table remit_exceptions (
    organization_id uuid not null,
    id uuid not null,
    remittance_id uuid not null,
    remit_claim_id uuid,
    kind text not null check (kind ~ '^[a-z_]+$'),
    amount numeric(14,2) not null,
    detail text not null,
    next_step text not null,
    opened_at timestamptz not null default now(),
    resolved_at timestamptz,
    resolution text,
    primary key (organization_id, id),
    foreign key (organization_id, remittance_id) references remittances (organization_id, id),
    foreign key (organization_id, remit_claim_id) references remit_claims (organization_id, id),
    check ((resolved_at is null) = (resolution is null))
);
create index remit_exceptions_open on remit_exceptions (organization_id, id) where resolved_at is null;
comment on table remit_exceptions is 'What in a remittance waits for a person, and what that person can do.';
select tenant_table('remit_exceptions', 'select, insert');
grant update (resolved_at, resolution) on remit_exceptions to firstpass_service;
