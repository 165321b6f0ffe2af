create table organizations (
    id uuid primary key,
    name text not null check (name = btrim(name) and char_length(name) between 1 and 60),
    time_zone text not null,
    control_number_prefix text not null unique check (control_number_prefix ~ '^[A-Z0-9]{1,4}$'),
    usage_indicator text not null default 'T' check (usage_indicator in ('T', 'P')),
    created_at timestamptz not null default now()
);
comment on table organizations is 'Practices: the tenants. No row level security, because a login finds its practice here.';
comment on column organizations.name is 'At most 60 characters: NM103 of loop 1000A holds no more.';
comment on column organizations.time_zone is 'IANA name, such as America/Chicago; decides what "today" is.';
comment on column organizations.control_number_prefix is
    'Begins every claim number this practice sends (CLM01), so that no two practices send the same one.';
comment on column organizations.usage_indicator is 'ISA15: T test, P production.';
grant select, insert on organizations to firstpass_service;
grant update (name, time_zone, usage_indicator) on organizations to firstpass_service;
