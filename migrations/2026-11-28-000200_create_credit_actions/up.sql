-- What people decided about credit balances, and the payments of what is owed back. The balances
-- themselves are the ledger's: nothing here says how much anybody has too much.

create table credit_actions (
    organization_id uuid not null references organizations (id),
    id uuid not null,
    action text not null check (action in ('refund', 'credit_patient', 'move', 'wait_for_payer')),
    account account_number not null check (account in (1110, 1120, 2030)),
    claim_id uuid,
    payer_id uuid,
    patient_id uuid,
    since_entry_id uuid not null,
    to_claim_id uuid,
    amount numeric(14,2) not null check (amount > 0),
    note text check (note = btrim(note) and char_length(note) between 1 and 500),
    acted_on date not null,
    acted_by text not null check (acted_by ~ '^(usr|key)_[0-9a-z]{26}$' or acted_by ~ '^system:[a-z0-9_-]+$'),
    created_at timestamptz not null default now(),
    undone_on date check (undone_on >= acted_on),
    undone_by text check (undone_by ~ '^(usr|key)_[0-9a-z]{26}$' or undone_by ~ '^system:[a-z0-9_-]+$'),
    undone_why text check (undone_why = btrim(undone_why) and char_length(undone_why) between 1 and 500),
    primary key (organization_id, id),
    foreign key (organization_id, claim_id) references claims (organization_id, id),
    foreign key (organization_id, to_claim_id) references claims (organization_id, id),
    foreign key (organization_id, payer_id) references payers (organization_id, id),
    foreign key (organization_id, patient_id) references patients (organization_id, id),
    foreign key (organization_id, since_entry_id) references entries (organization_id, id),
    constraint a_payers_credit_is_of_a_claim check ((account = 1110) = (payer_id is not null)
        and (payer_id is null) <> (patient_id is null) and (account <> 1110 or claim_id is not null)),
    constraint what_is_done_fits_the_credit check (
        case action when 'refund' then true when 'move' then account <> 1110 else account = 1110 end
        and (to_claim_id is null or action = 'move')),
    check ((undone_on is null) = (undone_by is null) and (undone_on is null) = (undone_why is null))
);
create unique index credit_actions_wait_once on credit_actions (organization_id, since_entry_id, claim_id, payer_id)
    where action = 'wait_for_payer' and undone_on is null;
create index credit_actions_of_claim on credit_actions (organization_id, claim_id);
comment on table credit_actions is
    'What people did about credit balances. What an action moved is the ledger entry of its source; undoing it is that entry''s exact reversal.';
comment on column credit_actions.account is
    'Where the credit stood: 1110 a payer''s over-payment, 1120 a patient''s, 2030 what is kept for a patient.';
comment on column credit_actions.claim_id is 'The visit''s account claim; null where the patient has no claim.';
comment on column credit_actions.since_entry_id is
    'The entry that made the balance a credit. wait_for_payer stands for that credit and for no later one.';
comment on column credit_actions.to_claim_id is 'move: the visit that the credit paid; null for the patient''s visits without a claim.';
select tenant_table('credit_actions', 'select, insert');
grant update (undone_on, undone_by, undone_why) on credit_actions to firstpass_service;

create table refund_payments (
    organization_id uuid not null references organizations (id),
    id uuid not null,
    refund_entry_id uuid not null,
    method text not null check (method in ('check', 'eft')),
    reference text not null check (reference = btrim(reference) and char_length(reference) between 1 and 50),
    amount numeric(14,2) not null check (amount > 0),
    paid_on date not null,
    paid_by text not null check (paid_by ~ '^(usr|key)_[0-9a-z]{26}$' or paid_by ~ '^system:[a-z0-9_-]+$'),
    created_at timestamptz not null default now(),
    voided_on date check (voided_on >= paid_on),
    voided_by text check (voided_by ~ '^(usr|key)_[0-9a-z]{26}$' or voided_by ~ '^system:[a-z0-9_-]+$'),
    voided_why text check (voided_why = btrim(voided_why) and char_length(voided_why) between 1 and 500),
    primary key (organization_id, id),
    foreign key (organization_id, refund_entry_id) references entries (organization_id, id),
    check ((voided_on is null) = (voided_by is null) and (voided_on is null) = (voided_why is null))
);
create unique index refund_paid_once on refund_payments (organization_id, refund_entry_id) where voided_on is null;
comment on table refund_payments is
    'How refunds were paid. A refund is the ledger entry that put it into refunds payable; it is paid once, whole.';
comment on column refund_payments.reference is 'The check''s number, or the trace number of the transfer.';
comment on column refund_payments.voided_on is 'The check came back or was stopped: the refund is owed again.';
select tenant_table('refund_payments', 'select, insert');
grant update (voided_on, voided_by, voided_why) on refund_payments to firstpass_service;

-- What is owed back is few rows of many.
create index transfers_of_refunds on transfers (organization_id, entry_id) where 2040 in (debit_account, credit_account);
