create table charge_drafts (
    organization_id uuid not null references organizations (id),
    id uuid not null,
    user_id uuid not null references users (id),
    content jsonb not null check (jsonb_typeof(content) = 'object'),
    saved_at timestamptz not null,
    primary key (organization_id, id)
);
create index charge_drafts_of on charge_drafts (organization_id, user_id, saved_at);
comment on table charge_drafts is 'Visits that a person is entering; gone once the visit is charged.';
comment on column charge_drafts.content is 'The fields of the form as they were typed.';
select tenant_table('charge_drafts', 'select, insert, update, delete');
