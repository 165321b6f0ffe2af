drop table small_balance_write_offs;
drop table small_balance_rules;
