-- What people did about open recoupments (PLB) that no later file will clear: booked against a visit's
-- balance, or paid by a check of ours. The items themselves are sums and have no rows.

create table provider_adjustment_settlements (
    organization_id uuid not null references organizations (id),
    id uuid not null,
    provider_adjustment_id uuid not null,
    way text not null check (way in ('claim', 'refund')),
    payer_id uuid not null,
    claim_id uuid,
    amount numeric(14,2) not null check (amount <> 0),
    note text check (note = btrim(note) and char_length(note) between 1 and 500),
    settled_on date not null,
    settled_by text not null check (settled_by ~ '^(usr|key)_[0-9a-z]{26}$' or settled_by ~ '^system:[a-z0-9_-]+$'),
    created_at timestamptz not null default now(),
    undone_on date check (undone_on >= settled_on),
    undone_by text check (undone_by ~ '^(usr|key)_[0-9a-z]{26}$' or undone_by ~ '^system:[a-z0-9_-]+$'),
    undone_why text check (undone_why = btrim(undone_why) and char_length(undone_why) between 1 and 500),
    primary key (organization_id, id),
    foreign key (organization_id, provider_adjustment_id) references provider_adjustments (organization_id, id),
    foreign key (organization_id, payer_id) references payers (organization_id, id),
    foreign key (organization_id, claim_id) references claims (organization_id, id),
    constraint a_visit_is_named check (way <> 'claim' or claim_id is not null),
    constraint only_what_will_be_taken_is_paid_back check (way <> 'refund' or amount > 0),
    check ((undone_on is null) = (undone_by is null) and (undone_on is null) = (undone_why is null))
);
create index provider_adjustment_settlements_of_item
    on provider_adjustment_settlements (organization_id, provider_adjustment_id);
comment on table provider_adjustment_settlements is
    'What people did about open recoupments (2110). What one moved is the ledger entry of its source; undoing it is that entry''s exact reversal.';
comment on column provider_adjustment_settlements.provider_adjustment_id is
    'An amount of the item. Its set is not unposted while this stands.';
comment on column provider_adjustment_settlements.way is
    'claim: against what the payer owes, or paid too much, for a visit. refund: by a check of ours, which stands among the refunds.';
comment on column provider_adjustment_settlements.amount is
    'What it takes off the item''s balance: positive of what the payer will take, negative of what it took unannounced.';
comment on column provider_adjustment_settlements.claim_id is 'The visit''s account claim.';
select tenant_table('provider_adjustment_settlements', 'select, insert');
grant update (undone_on, undone_by, undone_why) on provider_adjustment_settlements to firstpass_service;
