create table charge_mappings (
    organization_id uuid not null references organizations (id),
    name text not null check (char_length(name) between 1 and 60 and name = btrim(name)),
    content jsonb not null check (jsonb_typeof(content) = 'object' and content ? 'columns'),
    saved_at timestamptz not null,
    primary key (organization_id, name)
);
comment on table charge_mappings is 'How a practice''s system names the columns of its charge files.';
comment on column charge_mappings.content is 'Our columns to their headings, their way of writing dates, and defaults.';
select tenant_table('charge_mappings', 'select, insert, update, delete');
