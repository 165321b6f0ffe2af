-- What patients paid, and which visits it was applied to. Until then it waits in unapplied cash.

create table receipts (
    organization_id uuid not null references organizations (id),
    id uuid not null,
    patient_id uuid not null,
    amount numeric(14,2) not null check (amount > 0),
    method text not null check (method in ('cash', 'check', 'card', 'eft')),
    reference text check (reference = btrim(reference) and char_length(reference) between 1 and 50),
    received_on date not null,
    received_by text not null check (received_by ~ '^(usr|key)_[0-9a-z]{26}$' or received_by ~ '^system:[a-z0-9_-]+$'),
    created_at timestamptz not null default now(),
    returned_on date check (returned_on >= received_on),
    returned_by text check (returned_by ~ '^(usr|key)_[0-9a-z]{26}$' or returned_by ~ '^system:[a-z0-9_-]+$'),
    returned_why text check (returned_why = btrim(returned_why) and char_length(returned_why) between 1 and 500),
    primary key (organization_id, id),
    foreign key (organization_id, patient_id) references patients (organization_id, id),
    check ((returned_on is null) = (returned_by is null) and (returned_on is null) = (returned_why is null))
);
create index receipts_of_patient on receipts (organization_id, patient_id);
comment on table receipts is 'Payments of patients. What payers pay comes in remittances and is not here.';
comment on column receipts.reference is 'The check''s number or the receipt''s; never a card''s number.';
comment on column receipts.returned_on is 'It bounced, or was entered by mistake: its entry is reversed.';
select tenant_table('receipts', 'select, insert');
grant update (returned_on, returned_by, returned_why) on receipts to firstpass_service;

create table receipt_applications (
    organization_id uuid not null references organizations (id),
    id uuid not null,
    receipt_id uuid not null,
    target text not null check (target in ('visit', 'credit')),
    claim_id uuid,
    amount numeric(14,2) not null check (amount > 0),
    applied_on date not null,
    applied_by text not null check (applied_by ~ '^(usr|key)_[0-9a-z]{26}$' or applied_by ~ '^system:[a-z0-9_-]+$'),
    created_at timestamptz not null default now(),
    undone_on date check (undone_on >= applied_on),
    undone_by text check (undone_by ~ '^(usr|key)_[0-9a-z]{26}$' or undone_by ~ '^system:[a-z0-9_-]+$'),
    undone_why text check (undone_why = btrim(undone_why) and char_length(undone_why) between 1 and 500),
    primary key (organization_id, id),
    foreign key (organization_id, receipt_id) references receipts (organization_id, id),
    foreign key (organization_id, claim_id) references claims (organization_id, id),
    constraint a_credit_is_of_no_visit check (target = 'visit' or claim_id is null),
    check ((undone_on is null) = (undone_by is null) and (undone_on is null) = (undone_why is null))
);
create index receipt_applications_of_receipt on receipt_applications (organization_id, receipt_id);
comment on table receipt_applications is 'How much of a payment was applied to a visit, or is kept as the patient''s credit.';
comment on column receipt_applications.claim_id is
    'The visit''s account claim; null for the patient''s visits without a claim, and for a credit.';
select tenant_table('receipt_applications', 'select, insert');
grant update (undone_on, undone_by, undone_why) on receipt_applications to firstpass_service;

create function receipt_application_fits() returns trigger
language plpgsql as $$
begin
    -- Two applications at once would each see the money as free.
    if current_setting('transaction_isolation') <> 'read committed' then
        raise exception 'payments are applied in read committed transactions only'
            using errcode = 'invalid_transaction_state';
    end if;
    perform pg_advisory_xact_lock(hashtext('firstpass credits'), hashtext(new.organization_id::text));
    if new.amount + coalesce((select sum(a.amount) from public.receipt_applications a
            where a.organization_id = new.organization_id and a.receipt_id = new.receipt_id
            and a.undone_on is null), 0)
        > (select case when r.returned_on is null then r.amount else 0 end from public.receipts r
            where r.organization_id = new.organization_id and r.id = new.receipt_id) then
        raise exception 'payment % has less than is applied', new.receipt_id using errcode = 'check_violation';
    end if;
    return new;
end
$$;
comment on function receipt_application_fits() is 'No payment is applied above its amount, and none that was returned.';
revoke execute on function receipt_application_fits() from public;
create trigger application_fits before insert on receipt_applications
    for each row execute function receipt_application_fits();
