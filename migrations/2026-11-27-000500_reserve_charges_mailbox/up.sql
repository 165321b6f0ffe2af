alter table payers add constraint payers_mailbox_is_not_charges check (mailbox <> 'charges');
comment on constraint payers_mailbox_is_not_charges on payers is
    'The folder of this name holds the practice''s own charges.';
