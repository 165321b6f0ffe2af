drop table submitters;
drop table mail_schedules;
