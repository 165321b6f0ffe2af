create table files (
    organization_id uuid not null references organizations (id),
    id uuid not null,
    sha256 bytea not null check (octet_length(sha256) = 32),
    size_bytes bigint not null check (size_bytes >= 0),
    direction text not null check (direction in ('in', 'out')),
    name text not null check (char_length(name) between 1 and 255),
    created_at timestamptz not null default now(),
    primary key (organization_id, id),
    unique (organization_id, sha256)
);
comment on table files is 'Every byte that came in or went out, kept before it is parsed. Same bytes, same file.';
comment on column files.name is 'As the sender named it, or as we named it for the receiver.';
select tenant_table('files');
select append_only('files');

create table file_chunks (
    organization_id uuid not null,
    file_id uuid not null,
    chunk_no integer not null check (chunk_no >= 0),
    content bytea not null check (octet_length(content) between 1 and 262144),
    primary key (organization_id, file_id, chunk_no),
    -- Deferred: a stream's hash, which says whether the file is new, is known after its last chunk.
    foreign key (organization_id, file_id) references files (organization_id, id) deferrable initially deferred
);
comment on table file_chunks is 'Content of files, 262,144 bytes a row; only the last chunk may be shorter.';
select tenant_table('file_chunks');
select append_only('file_chunks');
