create table night_rounds (
    organization_id uuid primary key references organizations (id),
    last_on date not null
);
comment on table night_rounds is
    'The last night for which each practice''s nightly work was asked for. It has no row level security, since one worker serves all practices.';
comment on column night_rounds.last_on is 'By the practice''s own clock: the date of the night''s morning.';
grant select, insert, update on night_rounds to firstpass_service;

create table small_balance_schedules (
    organization_id uuid primary key references organizations (id),
    nightly boolean not null,
    set_on date not null,
    set_by text not null check (set_by ~ '^(usr|key)_[0-9a-z]{26}$' or set_by ~ '^system:[a-z0-9_-]+$'),
    last_on date
);
comment on table small_balance_schedules is
    'Whether a practice''s rules about small balances run by themselves each night; none: only when a person says so.';
comment on column small_balance_schedules.set_by is 'Who said so last.';
comment on column small_balance_schedules.last_on is 'The last day on which they ran by themselves to the end.';
select tenant_table('small_balance_schedules', 'select, insert, update');
