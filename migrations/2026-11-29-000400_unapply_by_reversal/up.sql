-- What people moved when they fixed exceptions of a decision stands because of it, so the reversal (CLP02 22) of the
-- decision takes all of that back. There may be several such entries, so the source of each is the entry that it takes
-- back; this says which reversal did. Until now it was one, and its source the reversal.
create table remit_unapplyings (
    organization_id uuid not null,
    entry_id uuid not null,
    remit_claim_id uuid not null,
    primary key (organization_id, entry_id),
    foreign key (organization_id, entry_id) references entries (organization_id, id),
    foreign key (organization_id, remit_claim_id) references remit_claims (organization_id, id)
);
alter table entries no force row level security;
insert into remit_unapplyings (organization_id, entry_id, remit_claim_id)
select organization_id, id, source_id from entries where source_kind = 'remit_unapplying';
alter table entries force row level security;
create index remit_unapplyings_of_reversal on remit_unapplyings (organization_id, remit_claim_id);
comment on table remit_unapplyings is
    'Which reversals (CLP02 22) took back what people had moved when they fixed exceptions of the decisions that are taken back.';
comment on column remit_unapplyings.entry_id is 'The exact reversal of what a person had moved.';
comment on column remit_unapplyings.remit_claim_id is 'The reversal that took it back with its decision.';
select tenant_table('remit_unapplyings');
select append_only('remit_unapplyings');
comment on column remit_restorations.applies is
    'It is what a person moved when fixing an exception of the decision, posted anew; else it is the decision''s own entry.';
comment on table remit_restorations is
    'Decisions that stand again because the set whose reversal took them back was taken back itself. The newest entry of a decision is the one that stands; of what people moved for it, all that is not reversed.';
