-- What a person applied was moved twice: into where it waited, and out of there. A reversal takes both back, so
-- a set with such a reversal that is taken back has both posted anew; this tells them apart.
alter table remit_restorations add column applies boolean not null default false;
alter table remit_restorations alter column applies drop default;
comment on column remit_restorations.applies is
    'It is the entry with which a person applied the decision, posted anew; else it is the decision''s own.';
comment on column remit_restorations.entry_id is 'What is posted anew: the same transfers.';
comment on table remit_restorations is
    'Decisions that stand again because the set whose reversal took them back was taken back itself. The newest entry of a decision, and the newest with which a person applied it, are those that stand.';
