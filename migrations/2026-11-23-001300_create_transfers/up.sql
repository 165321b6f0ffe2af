create table transfers (
    organization_id uuid not null,
    entry_id uuid not null,
    line_no smallint not null check (line_no >= 1),
    debit_account account_number not null,
    credit_account account_number not null check (credit_account <> debit_account),
    amount numeric(14,2) not null check (amount > 0),
    claim_id uuid,
    payer_id uuid,
    patient_id uuid,
    primary key (organization_id, entry_id, line_no),
    foreign key (organization_id, entry_id) references entries (organization_id, id),
    constraint insurance_receivable_names_its_claim
        check (1110 not in (debit_account, credit_account) or claim_id is not null),
    constraint patient_receivable_names_its_patient
        check (1120 not in (debit_account, credit_account) or patient_id is not null),
    constraint interest_and_levies_move_no_receivable
        check (not (debit_account in (1110, 1120) and credit_account in (4210, 6010)
            or credit_account in (1110, 1120) and debit_account in (4210, 6010)))
);
create index transfers_by_claim on transfers (organization_id, claim_id) where claim_id is not null;
create index transfers_by_patient on transfers (organization_id, patient_id) where patient_id is not null;
comment on table transfers is
    'What entries move: a positive amount out of one account into another, so every entry sums to zero by its form.';
comment on column transfers.debit_account is 'Grows on its debit side.';
comment on column transfers.claim_id is 'The claim whose receivable moves. The foreign key comes with the table of claims.';
comment on column transfers.payer_id is 'The payer on the other side. The foreign key comes with the table of payers.';
comment on column transfers.patient_id is 'The patient. The foreign key comes with the table of patients.';
select tenant_table('transfers');
select append_only('transfers');
