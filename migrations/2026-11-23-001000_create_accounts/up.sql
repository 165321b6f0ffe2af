create domain account_number as smallint check (value in (
    1010, 1020, 1110, 1120, 1190,
    2010, 2020, 2030, 2040, 2110, 2120,
    4010, 4110, 4120, 4130, 4140, 4150, 4210,
    6010));
comment on domain account_number is
    'Accounts of the chart: 1 assets, 2 liabilities, 4 revenue and what lowers it, 6 expenses. The same for every practice, so transfers need no foreign key, which would lock the same few rows in every posting.';

create table accounts (
    organization_id uuid not null references organizations (id),
    number account_number not null,
    kind text not null,
    name text not null check (name = btrim(name) and char_length(name) between 1 and 60),
    general_ledger_account text check (char_length(general_ledger_account) between 1 and 60),
    primary key (organization_id, number),
    unique (organization_id, kind),
    check ((number, kind) in (
        (1010, 'insurance_cash'), (1020, 'patient_cash'),
        (1110, 'insurance_ar'), (1120, 'patient_ar'), (1190, 'receivable_transfers'),
        (2010, 'unapplied_cash'), (2020, 'suspense'), (2030, 'patient_credits'), (2040, 'refunds_payable'),
        (2110, 'payer_recoupments'), (2120, 'forwarding_balances'),
        (4010, 'charges'), (4110, 'contractual_adjustments'), (4120, 'denial_write_offs'),
        (4130, 'small_balance_write_offs'), (4140, 'discounts'), (4150, 'bad_debt'),
        (4210, 'interest_income'), (6010, 'levies')))
);
comment on table accounts is
    'Each practice''s chart of accounts: one account of every kind. The practice names it and maps it to its general ledger.';
comment on column accounts.number is 'What transfers refer to.';
comment on column accounts.general_ledger_account is 'Account of the practice''s own books that exports post to; null until mapped.';
select tenant_table('accounts');
grant update (name, general_ledger_account) on accounts to firstpass_service;
