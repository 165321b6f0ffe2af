alter table payers drop constraint payers_mailbox_is_not_charges;
