-- Of a message that was cut on its way the part that came is kept. It must never be charged: it may read
-- as a whole one with fewer charges.
alter table charge_messages
    add column not_whole text,
    add check (not_whole is null or state <> 'accepted');
comment on column charge_messages.not_whole is
    'Why the file is not the whole message; it is then never charged. Empty: it is whole.';
