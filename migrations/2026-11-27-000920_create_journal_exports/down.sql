drop table journal_exports;
drop function export_only_locked();
alter table accounts
    drop constraint general_ledger_number_is_a_number,
    drop constraint general_ledger_account_is_a_name,
    drop column general_ledger_number,
    add constraint accounts_general_ledger_account_check check (char_length(general_ledger_account) between 1 and 60);
comment on column accounts.general_ledger_account is
    'Account of the practice''s own books that exports post to; null until mapped.';
