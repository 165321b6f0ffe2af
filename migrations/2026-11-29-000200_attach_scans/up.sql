-- An EOB on paper is scanned, and the scan stands beside what is typed from it: while it is typed, and after.
create table eob_draft_scans (
    organization_id uuid not null,
    draft_id uuid not null,
    file_id uuid not null,
    media_type text not null check (media_type in ('application/pdf', 'image/png', 'image/jpeg', 'image/tiff')),
    attached_at timestamptz not null default now(),
    attached_by text not null check (attached_by ~ '^usr_[0-9a-z]{26}$'),
    primary key (organization_id, draft_id, file_id),
    foreign key (organization_id, draft_id) references drafts (organization_id, id) on delete cascade,
    foreign key (organization_id, file_id) references files (organization_id, id)
);
comment on table eob_draft_scans is
    'Scans beside an EOB that a person is entering. They go with the draft; the files stay.';
comment on column eob_draft_scans.media_type is 'What the content is, whatever its sender calls it.';
select tenant_table('eob_draft_scans', 'select, insert, delete');

create table remittance_scans (
    organization_id uuid not null,
    remittance_id uuid not null,
    file_id uuid not null,
    media_type text not null check (media_type in ('application/pdf', 'image/png', 'image/jpeg', 'image/tiff')),
    attached_at timestamptz not null default now(),
    attached_by text not null check (attached_by ~ '^(usr|key)_[0-9a-z]{26}$' or attached_by ~ '^system:[a-z0-9_-]+$'),
    primary key (organization_id, remittance_id, file_id),
    foreign key (organization_id, remittance_id) references remittances (organization_id, id),
    foreign key (organization_id, file_id) references files (organization_id, id)
);
comment on table remittance_scans is 'Scans of the paper from which a remittance was entered by hand.';
comment on column remittance_scans.media_type is 'What the content is, whatever its sender calls it.';
select tenant_table('remittance_scans');
select append_only('remittance_scans');
