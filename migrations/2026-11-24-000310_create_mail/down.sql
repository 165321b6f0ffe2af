drop table mail_schedules;
