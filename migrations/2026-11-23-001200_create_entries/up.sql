create table entries (
    organization_id uuid not null,
    id uuid not null,
    posting_id uuid not null,
    kind text not null check (kind in (
        'charge', 'claim_payment', 'provider_adjustment', 'patient_payment', 'adjustment', 'refund', 'transfer',
        'application')),
    source_kind text not null check (char_length(source_kind) between 1 and 40),
    source_id uuid not null,
    source_file_sha256 bytea check (octet_length(source_file_sha256) = 32),
    source_ordinal bigint check (source_ordinal >= 0),
    effective_on date not null,
    posted_at timestamptz not null default now(),
    reverses_id uuid check (reverses_id <> id),
    content_hash bytea not null check (octet_length(content_hash) = 32),
    primary key (organization_id, id),
    unique (organization_id, source_kind, source_id),
    check ((source_file_sha256 is null) = (source_ordinal is null)),
    foreign key (organization_id, reverses_id) references entries (organization_id, id),
    -- Deferred: the link is the last thing before commit. Nothing is posted past the chain.
    foreign key (organization_id, posting_id) references chain_links (organization_id, posting_id)
        deferrable initially deferred
);
create unique index entries_reversed_once on entries (organization_id, reverses_id) where reverses_id is not null;
comment on table entries is 'Documents of the ledger. What they move stands in transfers; a correction is a further entry.';
comment on column entries.posting_id is 'The transaction that posted it; chain_links has one link for each.';
comment on column entries.source_kind is 'What kind of document it comes from, such as remit_claim. One source posts once.';
comment on column entries.source_file_sha256 is
    'The file that the source came in, with source_ordinal its place there: the same after a replay into an empty database.';
comment on column entries.effective_on is 'Business date: of service, of payment, of the decision.';
comment on column entries.reverses_id is 'The entry that this one undoes, transfer by transfer. At most once, and never a reversal.';
comment on column entries.content_hash is
    'SHA-256 of the entry and its transfers without id, posting and posted_at: tells the same posting again from another one.';

create function refuse_reversal_of_a_reversal() returns trigger
language plpgsql as $$
begin
    if exists (select from entries
        where organization_id = new.organization_id and id = new.reverses_id and reverses_id is not null) then
        raise exception 'entry % reverses a reversal', new.id using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end
$$;
comment on function refuse_reversal_of_a_reversal() is 'A reversal is final: the original is posted again instead.';
revoke execute on function refuse_reversal_of_a_reversal() from public;
create trigger reversal_is_final before insert on entries
    for each row when (new.reverses_id is not null) execute function refuse_reversal_of_a_reversal();

select tenant_table('entries');
select append_only('entries');
