-- Which small balances a practice gives up, and what was given up by which version of a rule.

create table small_balance_rules (
    organization_id uuid not null references organizations (id),
    id uuid not null,
    side text not null check (side in ('payer', 'patient')),
    version integer not null check (version >= 1),
    limit_amount numeric(14,2) not null check (limit_amount > 0 and limit_amount <= 25),
    age_days integer not null check (age_days between 1 and 3650),
    in_force boolean not null,
    note text check (note = btrim(note) and char_length(note) between 1 and 500),
    made_on date not null,
    made_by text not null check (made_by ~ '^(usr|key)_[0-9a-z]{26}$' or made_by ~ '^system:[a-z0-9_-]+$'),
    created_at timestamptz not null default now(),
    primary key (organization_id, id),
    unique (organization_id, side, version),
    -- A routine waiver of what patients owe is an inducement (42 U.S.C. 1320a-7a(i)(6), 1320a-7b(b)).
    constraint what_patients_owe_is_given_up_for_a_reason check (side = 'payer' or not in_force or note is not null)
);
comment on table small_balance_rules is
    'Versions of a practice''s rules, one rule for each side. The newest version says what stands; none: nothing is given up.';
comment on column small_balance_rules.limit_amount is 'Balances up to this are small.';
comment on column small_balance_rules.age_days is 'Days since anything last moved on the balance.';
comment on column small_balance_rules.note is 'patient: the written policy by which patients'' balances are given up.';
select tenant_table('small_balance_rules');
select append_only('small_balance_rules');

create table small_balance_write_offs (
    organization_id uuid not null references organizations (id),
    id uuid not null,
    rule_id uuid not null,
    account account_number not null check (account in (1110, 1120)),
    claim_id uuid,
    payer_id uuid,
    patient_id uuid,
    last_entry_id uuid not null,
    amount numeric(14,2) not null check (amount > 0),
    written_off_on date not null,
    written_off_by text not null
        check (written_off_by ~ '^(usr|key)_[0-9a-z]{26}$' or written_off_by ~ '^system:[a-z0-9_-]+$'),
    created_at timestamptz not null default now(),
    undone_on date check (undone_on >= written_off_on),
    undone_by text check (undone_by ~ '^(usr|key)_[0-9a-z]{26}$' or undone_by ~ '^system:[a-z0-9_-]+$'),
    undone_why text check (undone_why = btrim(undone_why) and char_length(undone_why) between 1 and 500),
    primary key (organization_id, id),
    foreign key (organization_id, rule_id) references small_balance_rules (organization_id, id),
    foreign key (organization_id, claim_id) references claims (organization_id, id),
    foreign key (organization_id, payer_id) references payers (organization_id, id),
    foreign key (organization_id, patient_id) references patients (organization_id, id),
    foreign key (organization_id, last_entry_id) references entries (organization_id, id),
    check ((account = 1110) = (payer_id is not null) and (payer_id is null) <> (patient_id is null)
        and (account <> 1110 or claim_id is not null)),
    check ((undone_on is null) = (undone_by is null) and (undone_on is null) = (undone_why is null))
);
create index small_balance_write_offs_of_claim on small_balance_write_offs (organization_id, claim_id);
comment on table small_balance_write_offs is
    'Small balances that were given up, each by a version of a rule. What it moved is the ledger entry of its source.';
comment on column small_balance_write_offs.last_entry_id is
    'The last entry of the balance before it was given up. What a person undid is not given up again until something moves.';
select tenant_table('small_balance_write_offs', 'select, insert');
grant update (undone_on, undone_by, undone_why) on small_balance_write_offs to firstpass_service;
