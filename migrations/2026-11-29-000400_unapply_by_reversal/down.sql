comment on column remit_restorations.applies is
    'It is the entry with which a person applied the decision, posted anew; else it is the decision''s own.';
comment on table remit_restorations is
    'Decisions that stand again because the set whose reversal took them back was taken back itself. The newest entry of a decision, and the newest with which a person applied it, are those that stand.';
drop table remit_unapplyings;
