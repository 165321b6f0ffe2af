drop table small_balance_schedules;
drop table night_rounds;
