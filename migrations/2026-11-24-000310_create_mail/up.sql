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

create table submitters (
    organization_id uuid primary key references organizations (id),
    identifier text not null check (identifier ~ '^[A-Za-z0-9]{2,15}$'),
    contact text not null check (contact = btrim(contact) and char_length(contact) between 1 and 60),
    telephone text not null check (telephone ~ '^[0-9]{10}$')
);
comment on table submitters is 'As whom a practice sends its files: 837 loop 1000A (X222).';
comment on column submitters.identifier is 'NM109, ISA06 and GS02: the number under which receivers know the practice.';
comment on column submitters.contact is 'PER02: whom a receiver asks about a file.';
comment on column submitters.telephone is 'PER04, PER03 = TE: ten digits.';
select tenant_table('submitters', 'select, insert');
grant update (identifier, contact, telephone) on submitters to firstpass_service;
