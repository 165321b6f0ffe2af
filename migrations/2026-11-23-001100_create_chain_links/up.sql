create table chain_links (
    organization_id uuid not null references organizations (id),
    number bigint not null check (number >= 1),
    posting_id uuid not null,
    entries bigint not null check (entries >= 1),
    first_entry_id uuid not null,
    last_entry_id uuid not null check (last_entry_id >= first_entry_id),
    previous_hash bytea not null check (octet_length(previous_hash) = 32),
    hash bytea not null check (octet_length(hash) = 32),
    linked_at timestamptz not null default now(),
    previous_number bigint generated always as (nullif(number - 1, 0)) stored,
    primary key (organization_id, number),
    unique (organization_id, posting_id),
    unique (organization_id, number, hash),
    -- The first link has no predecessor, every other one has: no gap, no fork.
    check (number > 1 or previous_hash = decode(repeat('00', 32), 'hex')),
    foreign key (organization_id, previous_number, previous_hash)
        references chain_links (organization_id, number, hash)
);
comment on table chain_links is
    'One row for each transaction that posted entries: hash covers the previous hash and every column of its entries and their transfers, in the order of entry ids. Shows tampering.';
comment on column chain_links.posting_id is 'Names the transaction on its entries.';
comment on column chain_links.first_entry_id is 'Lowest id of its entries; with last_entry_id the range in which they are found again.';
comment on column chain_links.previous_hash is 'Hash of the link before; 32 zero bytes for the first.';
select tenant_table('chain_links');
select append_only('chain_links');
