drop table scrub_trial_results;
drop table scrub_trials;
