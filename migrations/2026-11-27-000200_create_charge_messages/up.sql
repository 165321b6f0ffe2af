create table charge_messages (
    organization_id uuid not null,
    id uuid not null,
    source text not null check (source in ('hl7', 'fhir', 'api', 'entry')),
    kind text not null check (char_length(kind) between 1 and 60),
    sender text not null check (char_length(sender) <= 200),
    message_id text not null check (char_length(message_id) <= 200),
    file_id uuid not null,
    state text not null check (state in ('received', 'accepted', 'rejected')),
    attempts integer not null check (attempts >= 0),
    explanation text,
    problems jsonb not null check (jsonb_typeof(problems) = 'array'),
    visits integer not null check (visits >= 0),
    received_at timestamptz not null,
    decided_at timestamptz,
    primary key (organization_id, id),
    unique (organization_id, source, sender, message_id, file_id),
    foreign key (organization_id, file_id) references files (organization_id, id),
    check ((state = 'received') = (decided_at is null)),
    check ((state = 'rejected') = (explanation is not null)),
    check (state = 'accepted' or visits = 0),
    check (state <> 'accepted' or jsonb_array_length(problems) = 0),
    check (state = 'received' or attempts >= 1)
);
create unique index charge_messages_accepted on charge_messages (organization_id, source, sender, message_id)
    where state = 'accepted' and message_id <> '';
create index charge_messages_newest on charge_messages (organization_id, state, id);
comment on table charge_messages is 'Messages that state charges, with what came of each; the bad ones are kept and can be replayed.';
comment on column charge_messages.message_id is
    'The sender''s own number (MSH-10, Bundle.identifier, Idempotency-Key): accepted once. Empty: none could be read.';
comment on column charge_messages.attempts is 'How often it was decided: more than once means that it was replayed.';
comment on column charge_messages.problems is 'What is wrong and where, without the values, which may be patient data.';
select tenant_table('charge_messages', 'select, insert, update');
