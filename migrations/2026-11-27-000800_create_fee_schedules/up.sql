-- What a payer pays for a procedure, as lists of prices that come in by file. An edition is a whole
-- list from its first day until the next one begins; undoing one lets the edition before answer again.

create table fee_schedules (
    organization_id uuid not null references organizations (id),
    id uuid not null,
    name text not null check (char_length(name) between 1 and 80 and name = btrim(name)),
    created_at timestamptz not null,
    created_by text not null check (created_by ~ '^(usr|key)_[0-9a-z]{26}$' or created_by ~ '^system:[a-z0-9_-]+$'),
    primary key (organization_id, id),
    unique (organization_id, name)
);
comment on table fee_schedules is 'Lists of prices by name; what each says is in its editions.';
select tenant_table('fee_schedules');
select append_only('fee_schedules');

create table fee_schedule_editions (
    organization_id uuid not null,
    id uuid not null,
    schedule_id uuid not null,
    effective_from date not null,
    file_id uuid,
    conversion_factor numeric(10,4) check (conversion_factor > 0),
    source text not null check (char_length(source) between 1 and 200),
    amends boolean not null,
    rows_read integer not null check (rows_read >= 0),
    rows_rejected integer not null check (rows_rejected between 0 and rows_read),
    added integer not null check (added >= 0),
    changed integer not null check (changed >= 0),
    unchanged integer not null check (unchanged >= 0),
    ended integer not null check (ended >= 0),
    problems jsonb not null check (jsonb_typeof(problems) = 'array'),
    imported_at timestamptz not null,
    imported_by text not null check (imported_by ~ '^(usr|key)_[0-9a-z]{26}$' or imported_by ~ '^system:[a-z0-9_-]+$'),
    undone_at timestamptz,
    undone_by text check (undone_by ~ '^(usr|key)_[0-9a-z]{26}$' or undone_by ~ '^system:[a-z0-9_-]+$'),
    primary key (organization_id, id),
    unique (organization_id, schedule_id, id),
    foreign key (organization_id, schedule_id) references fee_schedules (organization_id, id),
    foreign key (organization_id, file_id) references files (organization_id, id),
    check ((undone_at is null) = (undone_by is null)),
    check ((file_id is null) <> (conversion_factor is null)),
    check (not (amends and ended > 0))
);
create unique index fee_schedule_editions_file_once
    on fee_schedule_editions (organization_id, schedule_id, file_id) where undone_at is null;
create index fee_schedule_editions_by_day
    on fee_schedule_editions (organization_id, schedule_id, effective_from desc, id desc) where undone_at is null;
comment on table fee_schedule_editions is
    'Each import of a fee schedule. For a day answers the edition that began last, of those not undone.';
comment on column fee_schedule_editions.source is 'The file''s name, or the edition of relative values.';
comment on column fee_schedule_editions.conversion_factor is
    'Dollars a relative value unit (42 CFR 414.22): set when the prices were computed and not read.';
comment on column fee_schedule_editions.amends is
    'The file was a part of the list: what it lacks was taken over from the edition before.';
comment on column fee_schedule_editions.ended is 'Prices of the edition before that this one lacks.';
select tenant_table('fee_schedule_editions');
grant update (undone_at, undone_by) on fee_schedule_editions to firstpass_service;

create table fee_schedule_rows (
    organization_id uuid not null,
    edition_id uuid not null,
    row_no integer not null check (row_no >= 1),
    procedure text not null check (procedure ~ '^[0-9A-Z]{5}$'),
    modifier text not null default '' check (modifier ~ '^([0-9A-Z]{2})?$'),
    site text not null check (site in ('any', 'facility', 'nonfacility')),
    amount numeric(14,2) not null check (amount between 0 and 999999.99),
    valid_from date,
    valid_to date,
    ranked boolean,
    bilateral text check (bilateral in ('0', '1', '2', '3', '9')),
    primary key (organization_id, edition_id, row_no),
    foreign key (organization_id, edition_id) references fee_schedule_editions (organization_id, id),
    check (valid_to >= valid_from)
);
create unique index fee_schedule_rows_once on fee_schedule_rows
    (organization_id, edition_id, procedure, modifier, site, coalesce(valid_from, '0001-01-01'));
comment on table fee_schedule_rows is 'Prices of an edition.';
comment on column fee_schedule_rows.modifier is 'Empty: the whole service; else 26, TC or another that has a price of its own.';
comment on column fee_schedule_rows.site is 'For which places of service: CMS names facility and nonfacility (IOM 100-04, 12, 20.4.2).';
comment on column fee_schedule_rows.valid_from is 'Null: from the edition''s first day.';
comment on column fee_schedule_rows.ranked is
    'Whether the multiple procedure reduction applies (MULT PROC 1 to 3); null where nobody said.';
comment on column fee_schedule_rows.bilateral is 'BILAT SURG of the Medicare fee schedule; null where nobody said.';
select tenant_table('fee_schedule_rows');
select append_only('fee_schedule_rows');
