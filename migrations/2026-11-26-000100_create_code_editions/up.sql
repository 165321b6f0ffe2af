create table code_editions (
    id uuid primary key,
    list text not null check (list ~ '^[a-z0-9-]{1,40}$'),
    name text not null check (char_length(name) between 1 and 200),
    valid_from date not null,
    whole_to date check (whole_to >= valid_from),
    source_name text not null check (char_length(source_name) between 1 and 1000),
    source_sha256 bytea not null check (octet_length(source_sha256) = 32),
    rows_read bigint not null check (rows_read > 0),
    rows_rejected bigint not null check (rows_rejected between 0 and rows_read),
    rows_held bigint not null check (rows_held >= 0),
    rows_added bigint not null check (rows_added >= 0),
    rows_ended bigint not null check (rows_ended >= 0),
    content_bytes bigint not null check (content_bytes > 0),
    content_sha256 bytea not null check (octet_length(content_sha256) = 32),
    imported_at timestamptz not null default now(),
    imported_by text not null check (imported_by ~ '^(usr|key)_[0-9a-z]{26}$' or imported_by ~ '^system:[a-z0-9_-]+$'),
    undone_at timestamptz,
    undone_by text check (undone_by ~ '^(usr|key)_[0-9a-z]{26}$' or undone_by ~ '^system:[a-z0-9_-]+$'),
    check ((undone_at is null) = (undone_by is null)),
    -- A file with rejected rows may lack a code: nothing can be called wrong by it.
    check (rows_rejected = 0 or whole_to is null)
);
comment on table code_editions is
    'Code lists that were imported, shared by all practices. A row is written once; an import that was a mistake is undone, never deleted.';
comment on column code_editions.list is 'Which list: icd10cm, hcpcs, ptp-practitioner.';
comment on column code_editions.valid_from is
    'The first day of service for which it answers; it does so until the next edition of its list begins.';
comment on column code_editions.whole_to is
    'The last day for which a code that it lacks is wrong; null where codes may be missing on any day.';
comment on column code_editions.source_sha256 is
    'Of the file; of the sorted hashes of several. The same file again is not imported again.';
-- Two answers for one day would make a claim's findings a matter of luck.
create unique index code_editions_one_a_day on code_editions (list, valid_from) where undone_at is null;
create unique index code_editions_once on code_editions (list, source_sha256) where undone_at is null;

create function refuse_all_but_undo() returns trigger
language plpgsql as $$
begin
    if old.undone_at is not null or new.undone_at is null
        or to_jsonb(old) - '{undone_at,undone_by}'::text[] <> to_jsonb(new) - '{undone_at,undone_by}'::text[]
    then
        raise exception '% is append-only: % refused', tg_table_name, lower(tg_op)
            using errcode = 'restrict_violation', hint = 'An edition can only be undone, once.';
    end if;
    return new;
end
$$;
comment on function refuse_all_but_undo() is
    'The trigger of code_editions: a row changes once, when it is undone. Raises for the owner, too.';
revoke execute on function refuse_all_but_undo() from public;
create trigger undo_only before update on code_editions for each row execute function refuse_all_but_undo();
create trigger append_only_rows before delete on code_editions for each row execute function refuse_change();
create trigger append_only_table before truncate on code_editions
    for each statement execute function refuse_change();
alter table code_editions enable always trigger undo_only;
alter table code_editions enable always trigger append_only_rows;
alter table code_editions enable always trigger append_only_table;
grant select, insert, update (undone_at, undone_by) on code_editions to firstpass_service;

create table code_edition_chunks (
    edition_id uuid not null references code_editions (id),
    chunk_no integer not null check (chunk_no >= 0),
    content bytea not null check (octet_length(content) between 1 and 1048576),
    primary key (edition_id, chunk_no)
);
comment on table code_edition_chunks is
    'Content of code_editions in the form that lookups search, 1,048,576 bytes a row; only the last may be shorter.';
-- Read as a whole at every start: bytes that need no unpacking are there sooner.
alter table code_edition_chunks alter column content set storage external;
grant select, insert on code_edition_chunks to firstpass_service;
select append_only('code_edition_chunks');
