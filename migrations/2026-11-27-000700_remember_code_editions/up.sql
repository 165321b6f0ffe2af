create table code_bases (
    id uuid primary key,
    shipped text[] not null check (cardinality(shipped) > 0),
    editions uuid[] not null,
    first_used_at timestamptz not null default now()
);
comment on table code_bases is
    'Which states of all code lists together answered when claims were checked, shared by all practices. Written once each.';
comment on column code_bases.id is 'Made of the other columns: the same state has one row.';
comment on column code_bases.shipped is 'The editions that came with the program.';
comment on column code_bases.editions is 'The imported ones, of code_editions.';
create trigger append_only_rows before update or delete on code_bases for each row execute function refuse_change();
create trigger append_only_table before truncate on code_bases for each statement execute function refuse_change();
alter table code_bases enable always trigger append_only_rows;
alter table code_bases enable always trigger append_only_table;
grant select, insert on code_bases to firstpass_service;

alter table claims add column checked_with uuid references code_bases (id);
comment on column claims.checked_with is 'The code lists by which findings were found; null before the first check.';
grant update (checked_with) on claims to firstpass_service;
