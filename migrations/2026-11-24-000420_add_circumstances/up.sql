alter table encounters add column circumstances jsonb not null default '{}'
    check (jsonb_typeof(circumstances) = 'object');
comment on column encounters.circumstances is
    'What few visits need to say: where an accident happened, days before the visit, certificates, attachments.';
