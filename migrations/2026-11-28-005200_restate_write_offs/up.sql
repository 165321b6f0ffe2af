-- A later payer restates the whole charge, so what it writes off beyond the earlier payers depends on what
-- these decided. When they decide anew after it, the difference is posted; this says whose it is.
create table remit_restatements (
    organization_id uuid not null,
    entry_id uuid not null,
    remit_claim_id uuid not null,
    amount numeric(14,2) not null check (amount <> 0),
    primary key (organization_id, entry_id, remit_claim_id),
    foreign key (organization_id, entry_id) references entries (organization_id, id),
    foreign key (organization_id, remit_claim_id) references remit_claims (organization_id, id)
);
create index remit_restatements_of_decision on remit_restatements (organization_id, remit_claim_id);
comment on table remit_restatements is
    'What later payers'' decisions write off more, or less, since an earlier payer decided anew. One whose entry is reversed counts no more.';
comment on column remit_restatements.entry_id is
    'The entry that moved it; its source is the decision, or the reversal, that made it due.';
comment on column remit_restatements.remit_claim_id is 'The later payer''s decision.';
comment on column remit_restatements.amount is 'Written off more than before; negative: less.';
select tenant_table('remit_restatements');
select append_only('remit_restatements');

-- The further claims of a visit are asked for whenever a payer decides about it; most visits have none.
create index claims_further on claims (organization_id, account_claim_id) where id <> account_claim_id;
