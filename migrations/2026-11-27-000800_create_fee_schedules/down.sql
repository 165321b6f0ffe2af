drop table fee_schedule_rows;
drop table fee_schedule_editions;
drop table fee_schedules;
