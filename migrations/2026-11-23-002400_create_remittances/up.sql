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
    warnings jsonb not null default '[]',
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
comment on column remittances.warnings is 'What is odd about a balanced one, such as CLP05 beside its PR adjustments.';
select tenant_table('remittances', 'select, insert');
-- What a held set says is read again when it is retried; a posted one says what it said.
grant update (payer_id, payer_name, payer_trace_id, trace_number, method, paid_on, first_byte, last_byte, paid, claims,
    charged, claims_paid, provider_adjustments, warnings, state, why, posted_at) on remittances to firstpass_service;

create function remittance_is_posted_once() returns trigger
language plpgsql as $$
begin
    if old.state in ('posted', 'partly_posted') and (
        new.state not in ('posted', 'partly_posted')
        or (new.payer_trace_id, new.trace_number, new.paid, new.claims, new.charged, new.claims_paid,
            new.provider_adjustments, new.posted_at)
            is distinct from
           (old.payer_trace_id, old.trace_number, old.paid, old.claims, old.charged, old.claims_paid,
            old.provider_adjustments, old.posted_at)) then
        raise exception 'remittance % is posted', old.id using errcode = 'restrict_violation';
    end if;
    return new;
end
$$;
comment on function remittance_is_posted_once() is 'What a posted remittance says does not change; only that all of it is settled may.';
revoke execute on function remittance_is_posted_once() from public;
create trigger posted_once before update on remittances
    for each row execute function remittance_is_posted_once();

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
    adjusted jsonb not null default '{}' check (jsonb_typeof(adjusted) = 'object'),
    adjustments jsonb not null default '[]',
    remarks text[] not null default '{}',
    first_byte bigint not null,
    last_byte bigint not null check (last_byte >= first_byte),
    claim_id uuid,
    match_rule text,
    posted boolean not null,
    reversed_by uuid,
    primary key (organization_id, id),
    unique (organization_id, remittance_id, ordinal),
    unique (organization_id, reversed_by),
    foreign key (organization_id, remittance_id) references remittances (organization_id, id),
    foreign key (organization_id, claim_id) references claims (organization_id, id),
    foreign key (organization_id, reversed_by) references remit_claims (organization_id, id),
    check (not posted or claim_id is not null),
    check (reversed_by is null or (posted and reversed_by <> id)),
    check ((claim_id is null) = (match_rule is null))
);
create index remit_claims_by_claim on remit_claims (organization_id, claim_id) where claim_id is not null;
create index remit_claims_by_payer_number on remit_claims (organization_id, payer_claim_control_number)
    where payer_claim_control_number is not null and claim_id is not null;
comment on table remit_claims is 'What a payer decided about one claim: a CLP of an 835.';
comment on column remit_claims.adjustments is 'Claim-level CAS: group, reason, amount, quantity.';
comment on column remit_claims.adjusted is 'Sums of CAS by group, claim and services together: a reversal must negate them.';
comment on column remit_claims.match_rule is 'How the claim was found.';
select tenant_table('remit_claims', 'select, insert');
comment on column remit_claims.posted is 'Its effect is on the claim''s account; else its money waits, and an exception says why.';
comment on column remit_claims.reversed_by is 'The reversal (CLP02 22) that took it back.';
grant update (claim_id, match_rule, posted, reversed_by) on remit_claims to firstpass_service;

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
    id uuid not null,
    remittance_id uuid not null,
    ordinal integer not null check (ordinal >= 1),
    reason text not null,
    reference text,
    amount numeric(14,2) not null,
    first_byte bigint not null,
    last_byte bigint not null check (last_byte >= first_byte),
    primary key (organization_id, id),
    unique (organization_id, remittance_id, ordinal),
    foreign key (organization_id, remittance_id) references remittances (organization_id, id)
);
comment on table provider_adjustments is 'PLB of an 835: money moved outside any claim. Positive lowers the payment.';
select tenant_table('provider_adjustments');
select append_only('provider_adjustments');

create index coverages_by_member on coverages (organization_id, member_id);

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
create index remit_exceptions_by_remittance on remit_exceptions (organization_id, remittance_id);
comment on table remit_exceptions is 'What in a remittance waits for a person, and what that person can do.';
select tenant_table('remit_exceptions', 'select, insert');
grant update (resolved_at, resolution) on remit_exceptions to firstpass_service;
