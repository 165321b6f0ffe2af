create table proof_runs (
    organization_id uuid not null references organizations (id),
    id uuid not null,
    ran_at timestamptz not null,
    actor text not null check (actor ~ '^(usr|key)_[0-9a-z]{26}$' or actor ~ '^system:[a-z0-9_-]+$'),
    as_of date,
    holds boolean not null,
    proofs jsonb not null check (jsonb_typeof(proofs) = 'array'),
    digest bytea not null check (octet_length(digest) = 32),
    chain_head bytea check (octet_length(chain_head) = 32),
    chain_links bigint not null check (chain_links >= 0),
    primary key (organization_id, id),
    check ((chain_head is null) = (chain_links = 0))
);
comment on table proof_runs is
    'When the books were proved, by whom, and what came of it. An older chain head that is no longer in the chain shows that the past was rewritten.';
comment on column proof_runs.as_of is 'Last day that counted for balances; null for everything booked.';
comment on column proof_runs.proofs is 'Each proof: name, holds, detail.';
select tenant_table('proof_runs');
select append_only('proof_runs');
