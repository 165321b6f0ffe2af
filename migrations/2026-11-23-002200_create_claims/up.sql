create table claims (
    organization_id uuid not null,
    id uuid not null,
    account_claim_id uuid not null,
    encounter_id uuid not null,
    patient_id uuid not null,
    payer_id uuid not null,
    coverage_id uuid not null,
    sequence text not null check (sequence ~ '^[PSTUA-H]$'),
    frequency text not null check (frequency in ('1', '7', '8')),
    status text not null check (status in (
        'draft', 'held', 'ready', 'queued', 'submitted', 'acknowledged', 'accepted', 'rejected', 'pending',
        'paid', 'partially_paid', 'denied', 'appealed', 'replaced', 'voided', 'closed')),
    events integer not null check (events >= 1),
    charged numeric(14,2) not null,
    service_from date,
    service_thru date,
    content jsonb not null,
    findings jsonb not null default '[]',
    created_at timestamptz not null default now(),
    primary key (organization_id, id),
    unique (organization_id, encounter_id, sequence, frequency, id),
    foreign key (organization_id, account_claim_id) references claims (organization_id, id),
    foreign key (organization_id, encounter_id) references encounters (organization_id, id),
    foreign key (organization_id, patient_id) references patients (organization_id, id),
    foreign key (organization_id, payer_id) references payers (organization_id, id),
    foreign key (organization_id, coverage_id) references coverages (organization_id, id)
);
create unique index claims_one_original_a_payer on claims (organization_id, encounter_id, sequence) where frequency = '1';
create index claims_by_status on claims (organization_id, status, id);
create index claims_by_patient on claims (organization_id, patient_id, service_from);
comment on table claims is 'What one payer is asked to pay for one visit.';
comment on column claims.account_claim_id is
    'The claim under which the visit''s money is kept in the ledger: the first one, itself for that one.';
comment on column claims.status is 'Projection of claim_events; written with them and by nothing else.';
comment on column claims.events is 'Number of the newest event.';
comment on column claims.content is 'The claim as a document: parties, codes and lines as they stood when it was built.';
comment on column claims.findings is 'What the scrubber said last.';
select tenant_table('claims', 'select, insert');
grant update (status, events, charged, content, findings, service_from, service_thru) on claims to firstpass_service;

create table claim_lines (
    organization_id uuid not null,
    claim_id uuid not null,
    line_no smallint not null check (line_no >= 1),
    control_number text not null check (control_number ~ '^[A-Za-z0-9]{1,30}$'),
    procedure text not null,
    modifiers text[] not null default '{}',
    units numeric(8,3) not null,
    charged numeric(14,2) not null,
    from_on date,
    thru_on date,
    primary key (organization_id, claim_id, line_no),
    unique (organization_id, claim_id, control_number),
    foreign key (organization_id, claim_id) references claims (organization_id, id)
);
comment on table claim_lines is 'Lines of a claim, for matching remittances and for history; the document is claims.content.';
comment on column claim_lines.control_number is 'REF*6R of loop 2400: the remittance echoes it.';
select tenant_table('claim_lines', 'select, insert, update, delete');

create table claim_events (
    organization_id uuid not null,
    claim_id uuid not null,
    event_no integer not null check (event_no >= 1),
    event text not null check (event ~ '^[a-z_]+$'),
    status text not null,
    source_kind text not null check (source_kind ~ '^[a-z_]+$'),
    source_id text not null,
    file_id uuid,
    first_byte bigint,
    last_byte bigint check (last_byte >= first_byte),
    actor text not null,
    detail jsonb not null default '{}' check (jsonb_typeof(detail) = 'object'),
    occurred_at timestamptz not null,
    recorded_at timestamptz not null default now(),
    primary key (organization_id, claim_id, event_no),
    unique (organization_id, claim_id, source_kind, source_id, event),
    foreign key (organization_id, claim_id) references claims (organization_id, id),
    foreign key (organization_id, file_id) references files (organization_id, id),
    check ((first_byte is null) = (last_byte is null)),
    check (first_byte is null or file_id is not null)
);
comment on table claim_events is 'Everything that ever happened to a claim, in order; the status of the claim follows from it.';
comment on column claim_events.source_id is 'What said so: the same source says the same thing once.';
comment on column claim_events.detail is 'Codes, amounts and ids; never patient data.';
select tenant_table('claim_events');
select append_only('claim_events');
