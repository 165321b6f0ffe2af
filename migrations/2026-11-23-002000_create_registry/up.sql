create table providers (
    organization_id uuid not null references organizations (id),
    id uuid not null,
    npi text not null check (npi ~ '^[12][0-9]{9}$'),
    taxonomy text check (taxonomy ~ '^[0-9A-Z]{9}X$'),
    organization_name text check (char_length(organization_name) between 1 and 60),
    last_name text check (char_length(last_name) between 1 and 60),
    first_name text check (char_length(first_name) between 1 and 35),
    tax_id text check (tax_id ~ '^[0-9]{9}$'),
    tax_id_is_ssn boolean not null default false,
    address_line_1 text,
    address_line_2 text,
    city text,
    state text check (state ~ '^[A-Z]{2}$'),
    zip text check (zip ~ '^([0-9]{5}|[0-9]{9})$'),
    bills boolean not null,
    created_at timestamptz not null default now(),
    primary key (organization_id, id),
    unique (organization_id, npi),
    check ((organization_name is null) <> (last_name is null)),
    check (not bills or (tax_id is not null and address_line_1 is not null and city is not null
                         and state is not null and zip is not null and taxonomy is not null))
);
comment on table providers is 'People and groups that render, refer or bill care.';
comment on column providers.bills is 'May stand in loop 2010AA: then its tax id, taxonomy and address are known.';
select tenant_table('providers', 'select, insert, update');

create table payers (
    organization_id uuid not null references organizations (id),
    id uuid not null,
    identifier text not null check (identifier ~ '^[A-Z0-9]{2,15}$'),
    name text not null check (char_length(name) between 1 and 60),
    filing_indicator text not null check (filing_indicator ~ '^[A-Z0-9]{1,2}$'),
    mailbox text not null check (mailbox ~ '^[a-z0-9_-]{1,40}$'),
    timely_filing_days integer not null check (timely_filing_days > 0),
    appeal_days integer not null check (appeal_days > 0),
    authorization_procedures text[] not null default '{}',
    created_at timestamptz not null default now(),
    primary key (organization_id, id),
    unique (organization_id, identifier)
);
comment on table payers is 'Insurers, as this practice deals with them.';
comment on column payers.identifier is 'NM109 of 1000B and 2010BB, and ISA08.';
comment on column payers.mailbox is 'The folder of the mailbox that files for this payer go to and come from.';
comment on column payers.timely_filing_days is 'Days from the first day of service to the payer''s receipt.';
comment on column payers.appeal_days is 'Days from the remittance to the appeal.';
comment on column payers.authorization_procedures is 'CPT and HCPCS codes that this payer pays only with prior authorization.';
select tenant_table('payers', 'select, insert, update');

create table patients (
    organization_id uuid not null references organizations (id),
    id uuid not null,
    account_number text not null check (char_length(account_number) between 1 and 38),
    last_name text not null check (char_length(last_name) between 1 and 60),
    first_name text check (char_length(first_name) between 1 and 35),
    middle_name text check (char_length(middle_name) between 1 and 25),
    suffix text check (char_length(suffix) between 1 and 10),
    born_on date not null,
    died_on date check (died_on >= born_on),
    sex text not null check (sex in ('F', 'M', 'U')),
    address_line_1 text not null,
    address_line_2 text,
    city text not null,
    state text not null check (state ~ '^[A-Z]{2}$'),
    zip text not null check (zip ~ '^([0-9]{5}|[0-9]{9})$'),
    created_at timestamptz not null default now(),
    primary key (organization_id, id),
    unique (organization_id, account_number)
);
comment on table patients is 'People who receive care.';
comment on column patients.account_number is 'The practice system''s own number for the patient: how charge files name them.';
select tenant_table('patients', 'select, insert, update');

create table coverages (
    organization_id uuid not null,
    id uuid not null,
    patient_id uuid not null,
    payer_id uuid not null,
    rank smallint not null check (rank between 1 and 11),
    member_id text not null check (char_length(member_id) between 2 and 80),
    group_number text check (char_length(group_number) between 1 and 50),
    relationship text not null check (relationship ~ '^[0-9A-Z]{2}$'),
    subscriber_last_name text not null,
    subscriber_first_name text,
    subscriber_born_on date,
    subscriber_sex text check (subscriber_sex in ('F', 'M', 'U')),
    valid_from date not null,
    valid_to date check (valid_to >= valid_from),
    created_at timestamptz not null default now(),
    primary key (organization_id, id),
    unique (organization_id, patient_id, rank, valid_from),
    foreign key (organization_id, patient_id) references patients (organization_id, id),
    foreign key (organization_id, payer_id) references payers (organization_id, id)
);
comment on table coverages is 'A patient''s insurance with one payer.';
comment on column coverages.rank is 'Whose turn it is to pay: 1 primary, 2 secondary.';
comment on column coverages.relationship is 'The patient''s relationship to the subscriber: 18 is the subscriber, 01 spouse, 19 child (PAT01).';
select tenant_table('coverages', 'select, insert, update');
