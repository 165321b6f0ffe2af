comment on table remit_restorations is
    'Decisions that stand again because the set whose reversal took them back was taken back itself. The newest entry of a decision is the one that stands.';
comment on column remit_restorations.entry_id is 'The decision''s entry, posted anew: the same transfers.';
alter table remit_restorations drop column applies;
