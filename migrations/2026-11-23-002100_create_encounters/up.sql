create table charge_imports (
    organization_id uuid not null,
    file_id uuid not null,
    encounters integer not null check (encounters >= 0),
    lines integer not null check (lines >= 0),
    rows_rejected integer not null check (rows_rejected >= 0),
    charged numeric(14,2) not null,
    imported_at timestamptz not null default now(),
    primary key (organization_id, file_id),
    foreign key (organization_id, file_id) references files (organization_id, id)
);
comment on table charge_imports is 'A charge file that was imported; the same file again imports nothing.';
select tenant_table('charge_imports');
select append_only('charge_imports');

create table charge_import_problems (
    organization_id uuid not null,
    file_id uuid not null,
    row_no integer not null check (row_no >= 1),
    problem_no integer not null check (problem_no >= 1),
    column_name text,
    reason text not null,
    primary key (organization_id, file_id, row_no, problem_no),
    foreign key (organization_id, file_id) references charge_imports (organization_id, file_id)
);
comment on table charge_import_problems is 'What was wrong with a row that was not imported: the row itself is in the file.';
comment on column charge_import_problems.reason is 'What was expected; the value itself is not repeated.';
select tenant_table('charge_import_problems');
select append_only('charge_import_problems');

create table encounters (
    organization_id uuid not null,
    id uuid not null,
    visit_number text not null check (char_length(visit_number) between 1 and 50),
    patient_id uuid not null,
    billing_provider_id uuid not null,
    rendering_provider_id uuid,
    referring_provider_id uuid,
    place_of_service text not null,
    service_on date not null,
    diagnoses text[] not null,
    prior_authorization text,
    referral_number text,
    accident_on date,
    related_cause text,
    charged numeric(14,2) not null,
    file_id uuid not null,
    first_row integer not null check (first_row >= 1),
    last_row integer not null check (last_row >= first_row),
    created_at timestamptz not null default now(),
    primary key (organization_id, id),
    unique (organization_id, visit_number),
    foreign key (organization_id, patient_id) references patients (organization_id, id),
    foreign key (organization_id, billing_provider_id) references providers (organization_id, id),
    foreign key (organization_id, rendering_provider_id) references providers (organization_id, id),
    foreign key (organization_id, referring_provider_id) references providers (organization_id, id),
    foreign key (organization_id, file_id) references files (organization_id, id)
);
comment on table encounters is 'Visits with their charges, as the practice system reported them.';
comment on column encounters.visit_number is 'The practice system''s own number: the same visit is not charged twice.';
comment on column encounters.first_row is 'Rows of the file that the visit came from, counted from 1 with the heading.';
select tenant_table('encounters');
select append_only('encounters');

create table charge_lines (
    organization_id uuid not null,
    encounter_id uuid not null,
    line_no smallint not null check (line_no >= 1),
    procedure text not null,
    modifiers text[] not null default '{}',
    charged numeric(14,2) not null,
    units numeric(8,3) not null,
    pointers smallint[] not null,
    from_on date not null,
    thru_on date,
    primary key (organization_id, encounter_id, line_no),
    foreign key (organization_id, encounter_id) references encounters (organization_id, id)
);
comment on table charge_lines is 'Charges of a visit, as entered: a wrong code is kept and held by the scrubber.';
comment on column charge_lines.pointers is 'Positions in the visit''s diagnoses, from 1.';
select tenant_table('charge_lines');
select append_only('charge_lines');
