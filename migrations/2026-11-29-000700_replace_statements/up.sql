-- A decision states the whole charge. One that a person posts although others about its claim stand moves its payment
-- beside theirs, but its write-off and the patient's share take the place of theirs: its entry moves the differences.
create table remit_replacements (
    organization_id uuid not null,
    remit_claim_id uuid not null,
    replaced_by uuid not null check (replaced_by <> remit_claim_id),
    primary key (organization_id, remit_claim_id, replaced_by),
    foreign key (organization_id, remit_claim_id) references remit_claims (organization_id, id),
    foreign key (organization_id, replaced_by) references remit_claims (organization_id, id)
);
create index remit_replacements_by on remit_replacements (organization_id, replaced_by);
comment on table remit_replacements is
    'Which decisions state anew what others about their claim had stated. It holds as long as both stand.';
comment on column remit_replacements.remit_claim_id is 'What it said of write-off and patient''s share counts no more.';
comment on column remit_replacements.replaced_by is 'What this one says of them counts instead.';
select tenant_table('remit_replacements');
select append_only('remit_replacements');

-- The exact reversal of a decision takes its write-off and share back, of which another one had moved the differences
-- only. That one counts whole from then on: what the reversal takes back of them is carried over to it.
create table remit_carryings (
    organization_id uuid not null,
    entry_id uuid not null,
    remit_claim_id uuid not null,
    reversal_id uuid not null,
    primary key (organization_id, entry_id),
    foreign key (organization_id, entry_id) references entries (organization_id, id),
    foreign key (organization_id, remit_claim_id) references remit_claims (organization_id, id),
    foreign key (organization_id, reversal_id) references remit_claims (organization_id, id)
);
create index remit_carryings_of_decision on remit_carryings (organization_id, remit_claim_id);
create index remit_carryings_of_reversal on remit_carryings (organization_id, reversal_id);
comment on table remit_carryings is
    'What a decision carries of one that it had replaced and that was taken back since. One whose entry is reversed counts no more.';
comment on column remit_carryings.entry_id is
    'The entry that moved it; its source is the reversal, or it is that entry posted anew.';
comment on column remit_carryings.remit_claim_id is 'The decision that counts whole by it.';
comment on column remit_carryings.reversal_id is 'The reversal (CLP02 22) that made it due.';
select tenant_table('remit_carryings');
select append_only('remit_carryings');
