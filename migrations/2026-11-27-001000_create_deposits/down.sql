drop index remittances_by_plain_trace;
drop table deposit_matches;
drop function deposit_match_fits();
drop table deposits;
drop table bank_accounts;
