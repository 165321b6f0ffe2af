-- Back-tests and comparisons of rules that are too long to wait for: what was asked, and what came out.
-- Neither is ever changed.

create table scrub_trials (
    organization_id uuid not null references organizations (id),
    id uuid not null,
    asked jsonb not null check (jsonb_typeof(asked) = 'object' and octet_length(asked::text) <= 65536),
    asked_at timestamptz not null,
    asked_by text not null check (asked_by ~ '^(usr|key)_[0-9a-z]{26}$' or asked_by ~ '^system:[a-z0-9_-]+$'),
    primary key (organization_id, id)
);
comment on table scrub_trials is 'Trials of rules on claims that were sent, asked for by a person and done by a worker.';
comment on column scrub_trials.asked is 'Which rule or which other rules, on which days and payer: no patient data.';
select tenant_table('scrub_trials');
select append_only('scrub_trials');

create table scrub_trial_results (
    organization_id uuid not null,
    trial_id uuid not null,
    result jsonb not null check (jsonb_typeof(result) = 'object'),
    ended_at timestamptz not null,
    primary key (organization_id, trial_id),
    foreign key (organization_id, trial_id) references scrub_trials (organization_id, id)
);
comment on table scrub_trial_results is 'What came out of a trial, at most once each; how far one has come is in jobs.';
comment on column scrub_trial_results.result is 'Counts and sums, and some claims with what the rules found in them.';
select tenant_table('scrub_trial_results');
select append_only('scrub_trial_results');
