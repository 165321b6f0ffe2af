create table mail_schedules (
    organization_id uuid primary key references organizations (id),
    every_seconds integer not null default 30 check (every_seconds between 5 and 86400),
    release text not null default 'ready' check (release in ('queued', 'ready')),
    next_at timestamptz not null
);
comment on table mail_schedules is
    'How often each practice sends and receives. It has no row level security, since one worker serves all practices.';
comment on column mail_schedules.release is
    'What a round sends: queued: claims that a person submitted; ready: every claim that nothing stops.';
comment on column mail_schedules.next_at is 'When the next round is due; moved on by the worker that asks for it.';
grant select, insert, update on mail_schedules to firstpass_service;
