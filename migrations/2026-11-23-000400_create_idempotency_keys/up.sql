create table idempotency_keys (
    organization_id uuid not null references organizations (id),
    key text not null check (char_length(key) between 1 and 200),
    request_hash bytea not null check (octet_length(request_hash) = 32),
    status smallint not null check (status between 200 and 399),
    response jsonb not null,
    created_at timestamptz not null default now(),
    primary key (organization_id, key)
);
comment on table idempotency_keys is
    'Answers already given: the same key with the same request gets the same answer, and nothing happens twice.';
comment on column idempotency_keys.request_hash is 'SHA-256 of the request; another request under the same key is refused.';
select tenant_table('idempotency_keys');
select append_only('idempotency_keys');
