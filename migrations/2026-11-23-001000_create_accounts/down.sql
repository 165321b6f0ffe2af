drop table accounts;
drop domain account_number;
