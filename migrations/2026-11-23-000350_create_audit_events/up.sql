create table audit_events (
    organization_id uuid not null references organizations (id),
    id uuid not null,
    occurred_at timestamptz not null default now(),
    actor text not null check (actor ~ '^(usr|key)_[0-9a-z]{26}$' or actor ~ '^system:[a-z0-9_-]+$'),
    action text not null check (action ~ '^[a-z0-9-]+/[a-z0-9-]+$'),
    subject_kind text not null check (subject_kind ~ '^[a-z]{3}$'),
    subject_id uuid not null,
    source_file_id uuid,
    detail jsonb not null default '{}' check (jsonb_typeof(detail) = 'object'),
    primary key (organization_id, id),
    foreign key (organization_id, source_file_id) references files (organization_id, id)
);
create index audit_events_by_subject on audit_events (organization_id, subject_id, id);
comment on table audit_events is
    'Who did what to which thing, when, and from which document. One for each transaction that changed something.';
comment on column audit_events.actor is 'usr_... or key_... as the id is shown, or system: and the job''s name.';
comment on column audit_events.action is 'feature/verb, such as remits/post.';
comment on column audit_events.subject_kind is 'Prefix of the subject''s id: clm, rem, ent.';
comment on column audit_events.detail is 'Counts, amounts and ids; never patient data.';
select tenant_table('audit_events');
select append_only('audit_events');
