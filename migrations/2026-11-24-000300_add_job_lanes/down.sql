drop table job_runs;
drop index jobs_one_a_lane;
alter table jobs drop column lane;
