alter table remit_exceptions drop column action, drop column provider_adjustment_id;
drop table remit_candidates;
