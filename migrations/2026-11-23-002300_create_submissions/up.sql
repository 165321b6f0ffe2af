create table control_sequences (
    organization_id uuid not null references organizations (id),
    name text not null check (name ~ '^[a-z0-9_:-]{1,80}$'),
    last_number bigint not null check (last_number >= 0),
    primary key (organization_id, name)
);
comment on table control_sequences is 'Control numbers already used: claim numbers, and interchange numbers by receiver.';
select tenant_table('control_sequences', 'select, insert, update');

create function control_sequence_only_rises() returns trigger
language plpgsql as $$
begin
    if new.last_number <= old.last_number then
        raise exception 'a control number is never used again' using errcode = 'restrict_violation';
    end if;
    return new;
end
$$;
create trigger only_rises before update on control_sequences
    for each row execute function control_sequence_only_rises();
revoke execute on function control_sequence_only_rises() from public;

create table batches (
    organization_id uuid not null,
    id uuid not null,
    payer_id uuid not null,
    file_id uuid not null,
    interchange_control_number text not null check (interchange_control_number ~ '^[0-9]{9}$'),
    group_control_number text not null check (group_control_number ~ '^[0-9]{1,9}$'),
    transaction_reference text not null,
    claims integer not null check (claims >= 1),
    charged numeric(14,2) not null,
    state text not null check (state in ('built', 'sent', 'accepted', 'partly_accepted', 'rejected')),
    created_at timestamptz not null default now(),
    sent_at timestamptz,
    primary key (organization_id, id),
    unique (organization_id, file_id),
    unique (organization_id, payer_id, interchange_control_number),
    unique (organization_id, transaction_reference),
    foreign key (organization_id, payer_id) references payers (organization_id, id),
    foreign key (organization_id, file_id) references files (organization_id, id),
    check ((state = 'built') = (sent_at is null))
);
comment on table batches is '837 files with their claims.';
comment on column batches.transaction_reference is 'BHT03: a 277CA names the batch by it.';
select tenant_table('batches', 'select, insert');
grant update (state, sent_at) on batches to firstpass_service;

create table submissions (
    organization_id uuid not null,
    id uuid not null,
    claim_id uuid not null,
    batch_id uuid,
    control_number text not null check (control_number ~ '^[A-Z0-9]{10,17}$'),
    set_control_number text check (set_control_number ~ '^[0-9]{4,9}$'),
    first_byte bigint,
    last_byte bigint check (last_byte >= first_byte),
    created_at timestamptz not null default now(),
    primary key (organization_id, id),
    unique (organization_id, control_number),
    foreign key (organization_id, claim_id) references claims (organization_id, id),
    foreign key (organization_id, batch_id) references batches (organization_id, id),
    check ((batch_id is null) = (set_control_number is null)),
    check ((batch_id is null) = (first_byte is null)),
    check ((first_byte is null) = (last_byte is null))
);
create unique index submissions_waiting on submissions (organization_id, claim_id) where batch_id is null;
create index submissions_by_claim on submissions (organization_id, claim_id, id);
create index submissions_by_batch on submissions (organization_id, batch_id);
comment on table submissions is 'Each sending of a claim, under a control number of its own (CLM01, CLP01).';
comment on column submissions.set_control_number is 'ST02 of the set that the claim travelled in: a 999 answers by set.';
comment on column submissions.first_byte is 'Where the claim stands in the batch''s file.';
select tenant_table('submissions', 'select, insert');
grant update (batch_id, set_control_number, first_byte, last_byte) on submissions to firstpass_service;

create table acknowledgements (
    organization_id uuid not null,
    id uuid not null,
    file_id uuid not null,
    set_ordinal integer not null check (set_ordinal >= 1),
    kind text not null check (kind in ('TA1', '999', '277CA')),
    batch_id uuid,
    outcome text not null check (outcome in ('accepted', 'partly_accepted', 'rejected', 'not_ours')),
    detail jsonb not null default '{}',
    received_at timestamptz not null default now(),
    primary key (organization_id, id),
    unique (organization_id, file_id, set_ordinal),
    foreign key (organization_id, file_id) references files (organization_id, id),
    foreign key (organization_id, batch_id) references batches (organization_id, id),
    check ((outcome = 'not_ours') = (batch_id is null))
);
comment on table acknowledgements is 'Answers to our batches: TA1, 999, 277CA. One that names no batch of ours is kept as not ours.';
comment on column acknowledgements.set_ordinal is 'Place of the set in its file, from 1; a TA1 is 1.';
select tenant_table('acknowledgements');
select append_only('acknowledgements');
