alter table jobs add column lane text check (char_length(lane) between 1 and 200);
comment on column jobs.lane is 'Of the jobs with the same lane one is done at a time: those who share a mailbox wait for each other.';
create unique index jobs_one_a_lane on jobs (organization_id, lane) where state = 'leased';

create table job_runs (
    organization_id uuid not null references organizations (id),
    kind text not null check (kind ~ '^[a-z0-9_]+$'),
    unique_key text not null check (char_length(unique_key) <= 200),
    ended_at timestamptz not null,
    took_ms bigint not null check (took_ms >= 0),
    outcome text not null check (outcome in ('done', 'failed', 'dead')),
    detail jsonb not null default '{}',
    error text,
    last_done_at timestamptz,
    primary key (organization_id, kind, unique_key),
    check ((outcome = 'done') = (error is null))
);
comment on table job_runs is
    'The last run of each kind of work and key. Holds ids and counts, never patient data: it has no row level security, since one worker serves all practices.';
comment on column job_runs.unique_key is 'As in jobs; empty for work without one.';
comment on column job_runs.last_done_at is 'When it last came to its end; kept over failures that follow.';
grant select, insert, update on job_runs to firstpass_service;
