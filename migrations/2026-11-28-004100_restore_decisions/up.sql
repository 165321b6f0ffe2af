-- A set that is taken back may have taken earlier decisions back (CLP02 22). A reversal in the ledger is
-- final, so such a decision's entry is posted anew; this says whose entry that is.
create table remit_restorations (
    organization_id uuid not null,
    entry_id uuid not null,
    remit_claim_id uuid not null,
    remittance_id uuid not null,
    primary key (organization_id, entry_id),
    foreign key (organization_id, entry_id) references entries (organization_id, id),
    foreign key (organization_id, remit_claim_id) references remit_claims (organization_id, id),
    foreign key (organization_id, remittance_id) references remit_unpostings (organization_id, remittance_id)
        deferrable initially deferred
);
create index remit_restorations_of_decision on remit_restorations (organization_id, remit_claim_id, entry_id);
comment on table remit_restorations is
    'Decisions that stand again because the set whose reversal took them back was taken back itself. The newest entry of a decision is the one that stands.';
comment on column remit_restorations.entry_id is 'The decision''s entry, posted anew: the same transfers.';
comment on column remit_restorations.remit_claim_id is 'The decision that stands again.';
comment on column remit_restorations.remittance_id is 'The set that was taken back.';
select tenant_table('remit_restorations');
select append_only('remit_restorations');
comment on column remit_claims.reversed_by is
    'The reversal (CLP02 22) that took it back; none again once that one''s set was taken back.';
