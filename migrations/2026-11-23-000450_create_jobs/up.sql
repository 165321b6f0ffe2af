create table jobs (
    id uuid primary key,
    organization_id uuid not null references organizations (id),
    kind text not null check (kind ~ '^[a-z0-9_]+$'),
    payload jsonb not null,
    unique_key text check (char_length(unique_key) between 1 and 200),
    state text not null default 'ready' check (state in ('ready', 'leased', 'dead')),
    due_at timestamptz not null,
    attempts integer not null default 0 check (attempts >= 0),
    attempts_max integer not null check (attempts_max >= 1),
    worker text,
    last_error text,
    created_at timestamptz not null default now(),
    check ((state = 'leased') = (worker is not null))
);
create index jobs_due on jobs (due_at, id) where state <> 'dead';
create unique index jobs_waiting_once on jobs (organization_id, kind, unique_key) where state = 'ready';
create index jobs_by_organization on jobs (organization_id, state, id);
comment on table jobs is
    'Work to do later. Holds ids, never patient data: it has no row level security, since one worker serves all practices. A finished job is deleted.';
comment on column jobs.due_at is 'When the job may be claimed: for a leased job the end of the lease.';
comment on column jobs.unique_key is 'At most one waiting job of a kind has this key; asking again changes nothing.';
comment on column jobs.state is 'ready: waits; leased: a worker has it until due_at; dead: failed too often, waits for a person.';
grant select, insert, update, delete on jobs to firstpass_service;
